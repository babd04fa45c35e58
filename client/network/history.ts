/** The server's audit trail of one entity, newest first. */
import type { HistoryEntry } from "../sync_client_api.ts";
import type { Requests } from "./request.ts";

/** Rows asked for. */
const historyRowsMax = 100;

/** Reads the trail; a string says why it could not be read. */
export async function readHistory(
  requests: Requests,
  endpoint: string,
  type: string,
  id: string,
): Promise<HistoryEntry[] | string> {
  const query = new URLSearchParams({ entityType: type, entityId: id, limit: String(historyRowsMax) });
  const response = await requests.send("GET", `${endpoint}/history?${query}`);
  const failed = typeof response === "string" ? response : `the server answered ${response.status}`;
  if (typeof response === "string" || response.status !== 200) {
    return `Cannot read the history: ${failed}. Try again when the server can be reached.`;
  }
  try {
    return JSON.parse(await response.text()).changes;
  } catch {
    return "Cannot read the history: the answer was not complete. Try again.";
  }
}
