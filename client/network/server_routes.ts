/** The server's other routes, as far as a client asks for them. */
import {
  type HistoryEntry,
  isJsonObject,
  type ServerMigration,
  type ServerStatus,
} from "../../shared/mod.ts";
import type { Requests } from "./request.ts";

/** Rows of the audit trail asked for. */
const historyRowsMax = 100;
/** Far more calls than any account needs: a server that always says "more remains" must not spin us. */
const migrateCallsMax = 1_000;

/** Why a route could not be read, in words. */
export class RouteFailure extends Error {}

/** The audit trail of one entity, newest first. Rejects with a {@linkcode RouteFailure}. */
export async function readHistory(
  requests: Requests,
  endpoint: string,
  type: string,
  id: string,
): Promise<HistoryEntry[]> {
  const query = new URLSearchParams({ entityType: type, entityId: id, limit: String(historyRowsMax) });
  const url = `${endpoint}/history?${query}`;
  return (await call<{ changes: HistoryEntry[] }>(requests, "GET", url, "changes")).changes;
}

/** The server's account of the user. Rejects with a {@linkcode RouteFailure}. */
export function readServerStatus(requests: Requests, endpoint: string): Promise<ServerStatus> {
  return call(requests, "GET", `${endpoint}/status`, "devices");
}

/** Migrates until nothing remains; counts are summed. Rejects with a {@linkcode RouteFailure}. */
export async function migrateOnServer(requests: Requests, endpoint: string): Promise<ServerMigration> {
  let sum: ServerMigration | undefined;
  for (let n = 0; n < migrateCallsMax; n++) {
    const answer = await call<ServerMigration>(requests, "POST", `${endpoint}/migrate`, "skipped", "{}");
    sum = sum === undefined ? answer : {
      ...answer,
      migrated: sum.migrated || answer.migrated,
      entriesConverted: sum.entriesConverted + answer.entriesConverted,
      goalsConverted: sum.goalsConverted + answer.goalsConverted,
      skipped: [...sum.skipped, ...answer.skipped],
    };
    if (answer.remaining === 0) break;
  }
  return sum!;
}

/** The JSON answer of a route, known by its field `field`. Rejects with a {@linkcode RouteFailure}. */
export async function call<T>(
  requests: Requests,
  method: "GET" | "POST",
  url: string,
  field: string & keyof T,
  json?: string,
): Promise<T> {
  const response = await requests.send(method, url, json);
  if (typeof response === "string") {
    throw new RouteFailure(`The server was not asked: ${response}. Try again when online and signed in.`);
  }
  const text = await response.text();
  if (response.status !== 200) {
    throw new RouteFailure(`The server answered ${response.status}. Try again later.`);
  }
  try {
    const answer: unknown = JSON.parse(text);
    // Something else may answer in the server's stead, and in JSON too.
    if (isJsonObject(answer) && Object.hasOwn(answer, field)) return answer as T;
  } catch {
    // Half an answer, or no JSON.
  }
  throw new RouteFailure("The server's answer was not complete. Try again.");
}
