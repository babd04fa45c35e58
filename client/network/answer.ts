/**
 * What an HTTP answer means for the queue. Only a complete, well-formed answer of the sync server settles
 * anything; a captive portal's page, a proxy's error or half a body leaves everything as it was.
 */
import { readProblem, readSyncResponse, type SyncResponse } from "../../shared/mod.ts";
import type { TransportResponse } from "../ports.ts";
import type { SyncError } from "../sync_client_api.ts";

/** An exchange's outcome before anything is applied. */
export type Answer =
  | { ok: true; response: SyncResponse }
  | {
    ok: false;
    error: SyncError;
    /** The request was refused as a whole, so that a smaller one may go through: 400, 413 or 500. */
    refused?: "invalid_change" | "too_large" | "server_error";
    /** The server does not take gzip. */
    encodingRefused?: true;
  };

/** Longest `Retry-After` that is obeyed. */
const retryAfterMaxMs = 60 * 60 * 1000;

/** Reads the answer to a request that pushed `changeIds` from `cursor`. Never throws. */
export async function readAnswer(
  response: TransportResponse,
  changeIds: readonly string[],
  cursor: number,
): Promise<Answer> {
  let body: unknown;
  try {
    body = JSON.parse(await response.text());
  } catch {
    body = undefined;
  }
  if (response.status === 200) {
    const parsed = readSyncResponse(body, changeIds);
    // Without a reset no sound answer lies behind the cursor: using it would fold changes a second time.
    if (parsed && (parsed.reset !== undefined || liesAhead(parsed, cursor))) {
      return { ok: true, response: parsed };
    }
    return body === undefined
      ? failure(
        "offline",
        "Something other than the sync server answered, perhaps a sign-in page of this network.",
      )
      : failure("invalid_answer", "The server's answer was not complete. Nothing was taken from the queue.");
  }
  return readFailure(response, body);
}

function liesAhead({ latestServerVersion, newChanges: [first] }: SyncResponse, cursor: number): boolean {
  return latestServerVersion >= cursor && (first === undefined || first.version > cursor);
}

function readFailure(response: TransportResponse, body: unknown): Answer {
  const { status } = response;
  const problem = readProblem(body);
  const detail = problem?.detail;
  const retryAfterMs = readRetryAfterMs(response.header("retry-after"));
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (status) {
    case 400:
      // A 400 that is not ours says nothing about our changes.
      if (!problem) {
        return failure("server_error", "The server refused the request (400) without saying why.");
      }
      return { ...failure("invalid_request", detail!), refused: "invalid_change" };
    case 401:
      return failure("unauthenticated", detail ?? "Sign in to sync.");
    case 403:
      return failure("forbidden", detail ?? "This account may not sync here.");
    case 413:
      return {
        ...failure("too_large", detail ?? "The request is too large for the server."),
        refused: "too_large",
      };
    case 415:
      return {
        ...failure("invalid_request", detail ?? "The server refused the request's form."),
        encodingRefused: true,
      };
    case 429:
      return failure("rate_limited", detail ?? "Too many requests.", wait);
    case 500:
      return { ...failure("server_error", detail ?? "The server failed.", wait), refused: "server_error" };
    case 503:
      return problem?.code === "paused"
        ? failure("paused", problem.detail, wait)
        : failure("busy", detail ?? "The server is busy.", wait);
  }
  if (!problem && status < 500) {
    return failure("offline", `Something other than the sync server answered (${status}).`);
  }
  return failure("server_error", detail ?? `The server could not answer (${status}).`, wait);
}

function failure(
  code: SyncError["code"],
  message: string,
  more: { retryAfterMs?: number } = {},
): Extract<Answer, { ok: false }> {
  return { ok: false, error: { code, message, ...more } };
}

/** Seconds of a `Retry-After`; an HTTP date is not used, because it would bring a clock in. */
function readRetryAfterMs(header: string | null): number | undefined {
  if (header === null || !/^\d{1,9}$/.test(header.trim())) return undefined;
  return Math.min(Number(header) * 1000, retryAfterMaxMs);
}
