import { assertEquals } from "@std/assert";
import { createAnnouncer } from "../../../client/widget/announcer.ts";
import { createVirtualClock } from "./virtual_clock.ts";

function world() {
  const clock = createVirtualClock();
  const said: string[] = [];
  const announcer = createAnnouncer(clock, (polite, alert) => said.push(alert ? `! ${alert}` : polite));
  return { clock, said, announcer };
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
