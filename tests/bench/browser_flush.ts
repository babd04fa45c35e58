/**
 * Measures in a real Chromium against a real server process on the same machine: queueing 1,000 realistic
 * changes offline (each durable), flushing them, and pulling them on a new device. Prints every run and the
 * medians; times are only comparable within one run of this script.
 *
 *     deno run -A tests/bench/browser_flush.ts [runs]
 */
import { buildClient } from "../../scripts/build_client.ts";
import { makeDemoRecords } from "../../client/demo/demo_records.ts";
import { startEngine, waitForState } from "../browser/engine_page.ts";
import { withWorld } from "../browser/harness/world.ts";
import { countsOrExit } from "./counts_or_exit.ts";

const runs = countsOrExit([5])[0]!;
const records = makeDemoRecords(1, 1000);
const rows: { queuedMs: number; flushMs: number; requests: number; pullMs: number }[] = [];

await buildClient();
for (let run = 0; run < runs; run++) {
  await withWorld(async ({ device, server }) => {
    const writer = await device();
    const page = await writer.openBlankTab();
    await startEngine(page, server, "ada");
    await waitForState(page, "synced");
    await writer.goOffline();
    const queuedMs = await page.evaluate(async (records) => {
      const start = performance.now();
      await Promise.all(records.map(({ type, data }) => sync.create(type, data)));
      return performance.now() - start;
    }, records);
    await writer.goOnline();
    let requests = 0;
    page.on("request", (request) => void (requests += request.url().endsWith("/sync/v2") ? 1 : 0));
    const flushMs = await page.evaluate(async () => {
      const start = performance.now();
      while (sync.status.pending > 0) await sync.manualSync();
      return performance.now() - start;
    });
    const reader = await (await device()).openBlankTab();
    const began = performance.now();
    await startEngine(reader, server, "ada");
    await waitForState(reader, "synced");
    rows.push({ queuedMs, flushMs, requests, pullMs: performance.now() - began });
    console.log(`run ${run + 1}:`, rows.at(-1));
  });
}
console.log(
  "medians:",
  Object.fromEntries(
    (["queuedMs", "flushMs", "requests", "pullMs"] as const).map((
      key,
    ) => [key, median(rows.map((row) => row[key]))]),
  ),
);

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length / 2)]! * 10) / 10;
}
