/** A full state is pulled without being held more than once. */
import { assert, assertEquals } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { budget } from "../../../api/ledger/budget.ts";
import { entry, v1World } from "./v1_world.ts";

Deno.test("a large state is read a slice at a time, held as text, and answered piece by piece", async () => {
  const store = memoryLedgerStore();
  let most = 0;
  const { app, ledger, push } = v1World({
    ...store,
    async listEntities(...args) {
      const list = await store.listEntities(...args);
      most = Math.max(most, list.entities.reduce((sum, { dataBytes }) => sum + dataBytes, 0));
      return list;
    },
  });
  const notes = "\u266a".repeat(60_000);
  const at = (n: number) => new Date(Date.UTC(2025, 0, 1 + n)).toISOString();
  for (let n = 0; n < 24; n += 4) {
    const entries = [0, 1, 2, 3].map((k) => entry(`e${n + k}`, { notes, updatedAt: at(n + k) }));
    await push({ entries, goals: [{ id: `g${n}` }] });
  }
  const pulled = await ledger.v1.pull("ada", undefined);
  assert(pulled.ok && pulled.records.logbook_entry.every((text) => typeof text === "string"));
  assert(most > 0 && most <= budget.bytesPerSliceMax, `${most} bytes at once`);

  const answer = await app.request("/api/sync/pull", {
    method: "POST",
    headers: { Authorization: "Bearer ada" },
  });
  assertEquals([answer.headers.get("Content-Type"), answer.headers.get("Content-Length")], [
    "application/json",
    null,
  ]);
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body!) chunks.push(chunk);
  assert(chunks.length > 24 && chunks.every(({ byteLength }) => byteLength <= 64 * 1024));
  const body = JSON.parse(await new Blob(chunks as BlobPart[]).text());
  assertEquals(Object.keys(body), ["entries", "goals", "syncToken", "timestamp"]);
  assertEquals(
    body.entries.map(({ id }: { id: string }) => id),
    Array.from({ length: 24 }, (_, n) => `e${23 - n}`),
  );
  assert(body.entries.every((one: { notes: string }) => one.notes === notes));
  assertEquals([body.goals.length, body.syncToken], [6, pulled.token]);
});
