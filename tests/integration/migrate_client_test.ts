/** A real client and a real server: what the older system kept on both sides comes together once. */
import { assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../api/adapters/memory_ledger_store.ts";
import { systemClock } from "../../api/adapters/system_clock.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { systemRandom } from "../../api/adapters/system_random.ts";
import { createApp, createLedger, plainAuthenticator, plainToken } from "../../api/mod.ts";
import { createSyncClient, fetchTransport, memoryStore } from "../../client/mod.ts";
import { entryRow, legacyRow, putRows } from "../api/legacy/legacy_rows.ts";

function world() {
  const store = memoryLedgerStore({ stepsPerCommitMax: 10 });
  const deps = { store, clock: systemClock(), ids: systemIds(), random: systemRandom() };
  const app = createApp({ ledger: createLedger(deps), authenticator: plainAuthenticator() });
  const asked: string[] = [];
  const client = createSyncClient({
    endpoint: "http://sync.test/api/sync/v2",
    getToken: () => plainToken("ada"),
    autoSync: false,
    ports: {
      store: memoryStore(),
      transport: fetchTransport((url, init) => {
        asked.push(String(url).split("/").at(-1)!);
        return app.request(url, init);
      }),
    },
  });
  return { store, client, asked };
}

Deno.test("client.migrate() calls until nothing remains, and sums up what the calls report", async () => {
  const { store, client, asked } = world();
  await putRows(store, "ada", [
    ...Array.from({ length: 200 }, (_, i) => entryRow(i)),
    legacyRow("goal", "aaa", {}, { data: "{" }),
    legacyRow("goal", "g1", { title: "Scales" }),
    legacyRow("goal", "g2"),
    legacyRow("logbook_entry", "zzz", {}, { data: "[" }),
  ]);
  const sum = await client.migrate();
  assertEquals(asked.filter((path) => path === "migrate").length, 3);
  assertEquals([sum.migrated, sum.alreadyMigrated, sum.remaining], [true, false, 0]);
  assertEquals([sum.entriesConverted, sum.goalsConverted], [200, 2]);
  assertEquals(sum.skipped.map(({ entityId }) => entityId), ["aaa", "zzz"]);
  assertEquals((await client.manualSync()).error, undefined);
  assertEquals(client.list("logbook_entry").length, 200);
  assertEquals(client.get("goal", "g1"), { id: "g1", title: "Scales" });
  const again = await client.migrate();
  assertEquals([again.migrated, again.alreadyMigrated, again.skipped.length], [false, true, 2]);
  await client.close();
});
