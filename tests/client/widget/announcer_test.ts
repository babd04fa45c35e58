import { assertEquals } from "@std/assert";
import { createAnnouncer } from "../../../client/widget/announcer.ts";
import { createVirtualClock } from "./virtual_clock.ts";

/** `said` is what was put into a region, `now` what the regions hold; an alert begins with "!". */
function world() {
  const clock = createVirtualClock();
  const said: string[] = [];
  let now = "";
  const announcer = createAnnouncer(clock, (polite, alert) => {
    now = alert ? `! ${alert}` : polite;
    if (now) said.push(now);
  });
  return { clock, said, announcer, now: () => now };
}

Deno.test("ordinary saving is silent", () => {
  const { said, announcer } = world();
  for (const state of ["loading", "synced", "pending", "syncing", "synced"] as const) {
    announcer.update(state, state);
  }
  assertEquals(said, []);
});

Deno.test("a move into trouble and the first recovery are said", () => {
  const { clock, said, announcer } = world();
  announcer.update("offline", "Offline");
  clock.advance(20_000);
  announcer.update("pending", "1 waiting");
  announcer.update("synced", "All changes saved");
  clock.advance(20_000);
  announcer.update("pending", "1 waiting");
  announcer.update("synced", "All changes saved");
  assertEquals(said, ["Offline", "All changes saved"]);
});

Deno.test("at most one announcement in ten seconds, and then the newest", () => {
  const { clock, said, announcer } = world();
  announcer.update("offline", "Offline");
  clock.advance(1000);
  announcer.update("synced", "All changes saved");
  announcer.update("retrying", "Can't reach server");
  clock.advance(8999);
  assertEquals(said, ["Offline"]);
  clock.advance(1);
  assertEquals(said, ["Offline", "Can't reach server"]);
});

Deno.test("what may be lost is an alert and does not wait", () => {
  const { said, announcer } = world();
  announcer.update("offline", "Offline");
  announcer.update("storage", "Not saved on this device");
  assertEquals(said, ["Offline", "! Not saved on this device"]);
});

Deno.test("the regions hold nothing that is no longer so", () => {
  const { clock, announcer, now } = world();
  announcer.update("storage", "Not saved on this device");
  assertEquals(now(), "! Not saved on this device");
  announcer.update("pending", "1 waiting");
  assertEquals(now(), "");
  announcer.update("synced", "All changes saved");
  assertEquals(now(), "All changes saved");
  announcer.update("pending", "5 waiting");
  assertEquals(now(), "");
  clock.advance(20_000);
  announcer.update("offline", "Offline");
  announcer.update("retrying", "Can't reach server");
  assertEquals(now(), "", "the next announcement waits, the last one is over");
});

Deno.test("an announcement that waits is not made when it is over", () => {
  const { clock, said, announcer } = world();
  announcer.update("offline", "Offline");
  clock.advance(2000);
  announcer.update("retrying", "Can't reach server");
  clock.advance(1000);
  announcer.update("paused", "Sync paused");
  clock.advance(30_000);
  assertEquals(said, ["Offline"]);
  assertEquals(clock.waiting, 0);
});

Deno.test("a recovery whose announcement came to nothing is said the next time", () => {
  const { clock, said, announcer } = world();
  announcer.update("offline", "Offline");
  clock.advance(1000);
  announcer.update("synced", "All changes saved");
  announcer.update("pending", "1 waiting");
  clock.advance(30_000);
  announcer.update("synced", "All changes saved");
  assertEquals(said, ["Offline", "All changes saved"]);
});

Deno.test("a trouble that was over before it could be said has no recovery to tell", () => {
  const { clock, said, announcer } = world();
  announcer.update("offline", "Offline");
  clock.advance(10_000);
  announcer.update("synced", "All changes saved");
  announcer.update("retrying", "Can't reach server");
  announcer.update("pending", "1 waiting");
  clock.advance(30_000);
  announcer.update("synced", "All changes saved");
  assertEquals(said, ["Offline", "All changes saved"]);
});
