import { assertEquals } from "@std/assert";
import type { SyncStatus } from "../../../client/sync_client_api.ts";
import { createShownStatus } from "../../../client/widget/shown_status.ts";
import { statusOf } from "./fake_sync_client.ts";
import { createVirtualClock } from "./virtual_clock.ts";

/** States in the order they were shown, repeats left out. */
function world() {
  const clock = createVirtualClock();
  const states: string[] = [];
  let last: SyncStatus | undefined;
  const shown = createShownStatus(clock, (status) => {
    if (last?.state !== status.state) states.push(status.state);
    last = status;
  });
  const set = (parts: Partial<SyncStatus>) => shown.update(statusOf(parts));
  return { clock, states, set, shown, last: () => last };
}

Deno.test("saving that takes less than 400 ms is never shown", () => {
  const { clock, states, set } = world();
  set({ state: "synced" });
  set({ state: "pending", pending: 1 });
  set({ state: "syncing", pending: 1 });
  clock.advance(399);
  set({ state: "synced" });
  clock.advance(10_000);
  assertEquals(states, ["synced", "pending", "synced"]);
});

Deno.test("saving is shown after 400 ms and then for at least 600 ms", () => {
  const { clock, states, set, last } = world();
  set({ state: "syncing", pending: 2 });
  clock.advance(400);
  assertEquals(states, ["pending", "syncing"]);
  set({ state: "synced" });
  clock.advance(599);
  assertEquals(last()?.state, "syncing");
  assertEquals(last()?.pending, 2);
  clock.advance(1);
  assertEquals(states, ["pending", "syncing", "synced"]);
});

Deno.test("offline is shown after 2 s, and not at all if the network is back by then", () => {
  const { clock, states, set } = world();
  set({ state: "synced" });
  set({ state: "offline" });
  clock.advance(1999);
  set({ state: "synced" });
  clock.advance(5000);
  assertEquals(states, ["synced"]);
  set({ state: "offline", pending: 1 });
  clock.advance(2000);
  assertEquals(states, ["synced", "pending", "offline"]);
});

Deno.test("a change that waits is never called saved while its state is held back", () => {
  const { states, set } = world();
  set({ state: "synced" });
  set({ state: "offline", pending: 1 });
  assertEquals(states, ["synced", "pending"]);
});

Deno.test("not knowing yet is never called saved", () => {
  const { clock, states, set } = world();
  set({ state: "syncing" });
  clock.advance(399);
  assertEquals(states, ["loading"]);
});

Deno.test("an attempt while the server is away keeps the trouble on show", () => {
  const { clock, states, set } = world();
  set({ state: "retrying", pending: 1 });
  set({ state: "syncing", pending: 1 });
  clock.advance(300);
  set({ state: "retrying", pending: 1 });
  clock.advance(10_000);
  assertEquals(states, ["retrying"]);
});

Deno.test("while offline or a saving is held back nothing is said that has ended", () => {
  const before: Partial<SyncStatus>[] = [
    { state: "failed", failed: 1 },
    { state: "conflict", conflicts: 1 },
    { state: "stale", pending: 2 },
    { state: "storage" },
    { state: "paused" },
  ];
  for (const ended of before) {
    for (const state of ["offline", "syncing"] as const) {
      const { states, set } = world();
      set(ended);
      set({ state, pending: 1 });
      assertEquals(states, [ended.state, "pending"], `before ${state}`);
    }
    const { states, set } = world();
    set(ended);
    set({ state: "offline" });
    assertEquals(states, [ended.state, "loading"]);
  }
});

Deno.test("lost storage cuts a shown saving short", () => {
  const { clock, states, set } = world();
  set({ state: "syncing", pending: 1 });
  clock.advance(450);
  set({ state: "storage", pending: 1 });
  assertEquals(states, ["pending", "syncing", "storage"]);
});

Deno.test("every status of the same state is shown, so that counts are right", () => {
  const { set, last } = world();
  set({ state: "pending", pending: 1 });
  set({ state: "pending", pending: 2 });
  assertEquals(last()?.pending, 2);
});

Deno.test("after stop no timer is left", () => {
  const { clock, set, shown } = world();
  set({ state: "offline" });
  assertEquals(clock.waiting, 1);
  shown.stop();
  assertEquals(clock.waiting, 0);
});
