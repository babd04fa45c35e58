import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { deriveState, isOffline, type StatusFacts } from "../../client/status.ts";
import { type SyncErrorCode, type SyncState, syncStates } from "../../client/sync_client_api.ts";

const calm: StatusFacts = {
  storageProblem: null,
  lost: null,
  failed: 0,
  conflicts: 0,
  pending: 0,
  oldestPendingAt: null,
  signedOut: false,
  pausedBy: null,
  lastError: null,
  browserOnline: true,
  syncing: false,
  headConfirmed: true,
  nowMs: 1e12,
  staleAfterMs: 1000,
};
const error = (code: SyncErrorCode) => ({ lastError: { code, message: "m" } });

/** For each state facts that alone bring it about. */
const causes: Record<SyncState, Partial<StatusFacts>> = {
  storage: { storageProblem: "full" },
  lost: { lost: "gone" },
  failed: { failed: 1 },
  conflict: { conflicts: 1 },
  auth: { signedOut: true },
  paused: { pausedBy: "service" },
  stale: { pending: 1, oldestPendingAt: 1e12 - 1000 },
  retrying: error("busy"),
  offline: error("offline"),
  syncing: { pending: 1, syncing: true },
  pending: { pending: 1 },
  loading: { headConfirmed: false },
  synced: {},
};

Deno.test("each state is shown for its own reason", () => {
  for (const state of syncStates) assertEquals(deriveState({ ...calm, ...causes[state] }), state);
});

Deno.test("of two reasons the earlier state of the list wins", () => {
  const merged = (a: SyncState, b: SyncState) => ({ ...calm, ...causes[b], ...causes[a] });
  syncStates.forEach((first, i) => {
    for (const second of syncStates.slice(i + 1)) {
      // One error at a time: there is no retrying while offline.
      if (first === "retrying" && second === "offline") continue;
      if (first === "syncing" && second === "loading") continue;
      assertEquals(deriveState(merged(first, second)), first, `${first} over ${second}`);
    }
  });
});

Deno.test("`synced` is never shown without proof: nothing waits, nothing failed, the head is confirmed", () => {
  const facts = fc.record({
    storageProblem: fc.constantFrom(null, "full"),
    lost: fc.constantFrom(null, "gone"),
    failed: fc.nat(1),
    conflicts: fc.nat(1),
    pending: fc.nat(1),
    oldestPendingAt: fc.constantFrom(null, 0, 1e12),
    signedOut: fc.boolean(),
    pausedBy: fc.constantFrom(null, "site" as const, "service" as const, "erased" as const),
    lastError: fc.constantFrom(null, { code: "offline" as const, message: "" }, {
      code: "busy" as const,
      message: "",
    }),
    browserOnline: fc.boolean(),
    syncing: fc.boolean(),
    headConfirmed: fc.boolean(),
    nowMs: fc.constant(1e12),
    staleAfterMs: fc.constant(1000),
  });
  fc.assert(
    fc.property(facts, (facts) => {
      if (deriveState(facts) !== "synced") return;
      assertEquals([facts.pending, facts.failed, facts.conflicts, facts.headConfirmed], [0, 0, 0, true]);
      assertEquals([facts.lastError, facts.pausedBy, facts.signedOut, facts.storageProblem], [
        null,
        null,
        false,
        null,
      ]);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("what a request said counts, not what the browser believes", () => {
  const offline = (code: SyncErrorCode | null, browserOnline: boolean) =>
    isOffline({ lastError: code === null ? null : { code, message: "" }, browserOnline });
  assertEquals(offline("offline", true), true);
  assertEquals(offline("busy", false), false);
  assertEquals(offline("timeout", true), false);
  assertEquals(offline("timeout", false), true);
  assertEquals(offline(null, false), true);
  assertEquals(offline(null, true), false);
});

Deno.test("pending changes are stale from the given age on, not before", () => {
  const state = (ageMs: number) => deriveState({ ...calm, pending: 1, oldestPendingAt: 1e12 - ageMs });
  assertEquals([state(999), state(1000)], ["pending", "stale"]);
});
