import { assertEquals } from "@std/assert";
import { stateLabel } from "../../../client/widget/labels.ts";
import { type SyncState, syncStates } from "../../../client/sync_client_api.ts";
import { statusOf } from "./fake_sync_client.ts";

const nowMs = Date.UTC(2026, 0, 15, 12);
const threeDaysAgo = nowMs - 3 * 86_400_000;

Deno.test("every state has its label", () => {
  const counts = { pending: 3, failed: 2, conflicts: 4, oldestPendingAt: threeDaysAgo };
  const labels = Object.fromEntries(
    syncStates.map((state) => [state, stateLabel(statusOf({ state, ...counts }), {}, "en", nowMs)]),
  );
  assertEquals(labels, {
    storage: "Not saved on this device",
    lost: "Some changes may be lost",
    failed: "2 couldn't be saved",
    conflict: "4 need your choice",
    auth: "Sign in to sync",
    paused: "Sync paused",
    stale: "3 unsynced for 3 days",
    retrying: "Can't reach server",
    offline: "Offline · 3 saved on this device",
    syncing: "Saving 3…",
    pending: "3 waiting to sync",
    loading: "Checking…",
    synced: "All changes saved",
  });
});

Deno.test("one conflict needs, none waiting is just offline, and a look for news is not saving", () => {
  const label = (state: SyncState, n: number) =>
    stateLabel(statusOf({ state, pending: n, conflicts: n }), {}, "en", nowMs);
  assertEquals(label("conflict", 1), "1 needs your choice");
  assertEquals(label("offline", 0), "Offline");
  assertEquals(label("syncing", 0), "Checking…");
});

Deno.test("numbers are written as the language writes them", () => {
  const status = statusOf({ state: "pending", pending: 1234 });
  assertEquals(stateLabel(status, {}, "en", nowMs), "1,234 waiting to sync");
  assertEquals(stateLabel(status, {}, "de", nowMs), "1.234 waiting to sync");
});

Deno.test("a site's own words take the plural of their language", () => {
  const messages = { pending: { one: "{n} změna čeká", few: "{n} změny čekají", other: "{n} změn čeká" } };
  const labels = [1, 3, 7].map((pending) =>
    stateLabel(statusOf({ state: "pending", pending }), messages, "cs", nowMs)
  );
  assertEquals(labels, ["1 změna čeká", "3 změny čekají", "7 změn čeká"]);
});

Deno.test("a clock that was set back never shows a negative age", () => {
  const status = statusOf({ state: "stale", pending: 1, oldestPendingAt: nowMs + 3_600_000 });
  assertEquals(stateLabel(status, {}, "en", nowMs), "1 unsynced for 0 seconds");
});
