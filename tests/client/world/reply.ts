/** Answers that never came from the sync server, for network rules. */
import type { TransportRequest, TransportResponse } from "../../../client/ports.ts";
import { type ProblemCode, problems, type SyncRequest } from "../../../shared/mod.ts";

/** Any HTTP answer. */
export function reply(status: number, body: string, headers: Record<string, string> = {}): TransportResponse {
  return {
    status,
    header: (name) => headers[name.toLowerCase()] ?? null,
    text: () => Promise.resolve(body),
  };
}

/** A problem of the contract. */
export function refuse(code: ProblemCode, headers: Record<string, string> = {}): TransportResponse {
  const { status, title } = problems[code];
  const body = {
    type: `about:blank#${code}`,
    title,
    status,
    detail: `Refused: ${code}.`,
    code,
    requestId: "r",
  };
  return reply(status, JSON.stringify(body), headers);
}

/** A hotel's sign-in page. */
export function captivePortal(): TransportResponse {
  return reply(200, "<!doctype html><title>Welcome</title>");
}

/** The exchange that a request asks for; null for other routes. Inflates compressed bodies. */
export async function readExchange({ body }: TransportRequest): Promise<SyncRequest | null> {
  if (body === undefined) return null;
  const text = typeof body === "string"
    ? body
    : await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  return JSON.parse(text);
}

/** The answer of a server that refuses every change of `sent`, as a site's schema may; nothing else is in it. */
export function rejectEach(sent: SyncRequest, serverTimeMs: number): TransportResponse {
  const { changes, epoch = "e", lastKnownServerVersion: cursor } = sent;
  return reply(
    200,
    JSON.stringify({
      newChanges: [],
      latestServerVersion: cursor,
      serverVersion: cursor,
      hasMore: false,
      epoch,
      serverTime: new Date(serverTimeMs).toISOString(),
      results: changes.map(({ changeId }) => ({
        changeId,
        status: "rejected",
        code: "invalid_data",
        reason: "No.",
      })),
    }),
  );
}
