/** One request makes the server work on a bounded part, whatever becomes of its changes; the rest is `retry`. */
import { assert, assertEquals } from "@std/assert";
import { budget } from "../../../api/ledger/budget.ts";
import { limits, type SyncResponse } from "../../../shared/mod.ts";
import { created, deviceA, deviceB, onEveryStore, type TestChange, updated } from "./ledger_world.ts";

const changesMax = limits.changesPerRequestMax;
/** Just below the bound of an entity. */
const nearlyFull = { text: "x".repeat(limits.entityBytesMax - 100) };
const tooMuch = "y".repeat(500);

/** How many changes were looked at; the others must be a suffix of `retry`. */
function lookedAt({ results }: SyncResponse): number {
  const done = results.findIndex(({ status }) => status === "retry");
  assert(results.slice(done).every(({ status }) => status === "retry"));
  return done;
}

const refused: [string, (i: number) => TestChange][] = [
  ["edits", (i) => updated("e", { [`f${i}`]: tooMuch }, { baseVersion: 1 })],
  ["creations that add a field", (i) => created("e", { [`f${i}`]: tooMuch }, { baseVersion: 0 })],
];
for (const [what, change] of refused) {
  onEveryStore(`of ${what} that a large entity has no room for only some are looked at`, async ({ sync }) => {
    await sync(0, [created("e", nearlyFull)], { deviceId: deviceA });
    const answer = await sync(1, Array.from({ length: changesMax }, (_, i) => change(i)), {
      deviceId: deviceB,
    });
    const looked = lookedAt(answer);
    assert(looked > 0 && looked <= budget.touchedBytesMax / limits.entityBytesMax + 1, `${looked}`);
    assert(answer.results.slice(0, looked).every(({ code }) => code === "too_large"));
  });
}

onEveryStore("an entity weighs with the names that it remembers, not by its data alone", async ({ sync }) => {
  const names = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(120, "\u0001"));
  await sync(0, [created("e", { n: 0 }), updated("e", {}, { unset: names })], { deviceId: deviceA });
  const edits = Array.from({ length: changesMax }, (_, n) => updated("e", { n }));
  let left = edits;
  for (let requests = 0; left.length > 0 && requests < 3; requests++) {
    const looked = lookedAt(await sync(2, left, { deviceId: deviceA }));
    // Read and written, and each name is 6 bytes for a unit.
    assert(looked > 0 && looked <= budget.touchedBytesMax / (2 * 1000 * 6 * 117) + 1, `${looked}`);
    left = left.slice(looked);
  }
});

onEveryStore("many changes of small entities are all settled by one request", async ({ sync }) => {
  const data = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`field${i}`, "x".repeat(40)]));
  const { results } = await sync(0, Array.from({ length: changesMax }, (_, i) => created(`e${i}`, data)), {
    deviceId: deviceA,
  });
  assertEquals(new Set(results.map(({ status }) => status)), new Set(["applied"]));
  const edits = Array.from({ length: changesMax }, (_, i) => updated(`e${i}`, { field0: "y" }));
  const again = await sync(changesMax, edits, { deviceId: deviceA });
  assertEquals(new Set(again.results.map(({ status }) => status)), new Set(["applied"]));
});
