/** Statuses of a user who has made device ids up, and has thousands of notes: they are not all read at once. */
import { assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { v1World } from "../legacy_v1/v1_world.ts";

Deno.test("of many status requests of one user, of both protocols, two at a time list devices", async () => {
  const store = memoryLedgerStore();
  let running = 0;
  let most = 0;
  const { call } = v1World({
    ...store,
    async listDevices(...args) {
      most = Math.max(most, ++running);
      await new Promise((resolve) => void setTimeout(resolve, 0));
      running--;
      return await store.listDevices(...args);
    },
  });
  const paths = Array.from({ length: 20 }, (_, i) => i % 2 ? "/api/sync/status" : "/api/sync/v2/status");
  const answers = await Promise.all(paths.map((path) => call("GET", path, undefined, {})));
  assertEquals(answers.map(({ status }) => status), paths.map(() => 200));
  assertEquals(most, 2);
});
