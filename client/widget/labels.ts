/** State → label, exactly the table of the element's contract. Pure: the time is passed in. */
import type { SyncStatus } from "../sync_client_api.ts";
import { formatMessage } from "./format_message.ts";
import { english, type Messages } from "./messages.ts";
import { spokenDuration } from "./spoken_time.ts";

/** The label of a status; `nowMs` is wall time. */
export function stateLabel(status: SyncStatus, messages: Messages, lang: string, nowMs: number): string {
  const { state } = status;
  return formatMessage(messages[state] ?? english[state], {
    n: state === "failed" ? status.failed : state === "conflict" ? status.conflicts : status.pending,
    when: spokenDuration(nowMs - (status.oldestPendingAt ?? nowMs), lang),
  }, lang);
}
