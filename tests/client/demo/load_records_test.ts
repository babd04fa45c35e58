import { assertEquals } from "@std/assert";
import { makeDemoRecords } from "../../../client/demo/demo_records.ts";
import { type LoadProgress, loadRecords } from "../../../client/demo/load_records.ts";
import type { QueuedChange } from "../../../client/sync_client_api.ts";
import type { VerdictStatus } from "../../../shared/mod.ts";

/** A client that stores at once; each change is answered when the test says so. */
function standIn() {
  const answers: ((status: VerdictStatus) => void)[] = [];
  return {
    answers,
    queueChange({ entityId: changeId = "" }: { entityId?: string }): Promise<QueuedChange> {
      const { promise: synced, resolve } = Promise.withResolvers<Awaited<QueuedChange["synced"]>>();
      answers.push((status) => resolve({ changeId, status }));
      return Promise.resolve({ changeId, synced });
    },
  };
}

Deno.test("loading ends when the server has answered for every record, and what it refused is not said to be there", async () => {
  const sync = standIn();
  const told: LoadProgress[] = [];
  let isOver = false;
  const loading = loadRecords(sync, makeDemoRecords(1, 30), (progress) => told.push(progress))
    .then(() => isOver = true);
  while (told.at(-1)?.phase !== "syncing") await Promise.resolve();
  for (const answer of sync.answers.slice(0, 28)) answer("applied");
  sync.answers[28]!("rejected");
  while (told.at(-1)!.refused === 0) await Promise.resolve();
  assertEquals(told.at(-1), { phase: "syncing", done: 28, refused: 1, total: 30 });
  assertEquals(isOver, false);
  sync.answers[29]!("duplicate");
  await loading;
  assertEquals(told.at(-1), { phase: "done", done: 29, refused: 1, total: 30 });
});
