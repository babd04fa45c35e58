/**
 * Measures the engine in a real Chromium at scale: `queueChange` (durable) with an empty database and with many
 * entities, the first pull of many entities into an empty profile, and reopening with them. Prints medians; times
 * are only comparable within one run of this script.
 *
 *     deno run -A tests/bench/browser_scale.ts [entities…]        default: 10000 100000
 */
import { buildClient } from "../../scripts/build_client.ts";
import { makeDemoRecords } from "../../client/demo/demo_records.ts";
import type { Page } from "playwright";
import { startEngine, waitForState } from "../browser/engine_page.ts";
import { withWorld } from "../browser/harness/world.ts";
import type { ServerProcess } from "../browser/harness/server_process.ts";
import { countsOrExit } from "./counts_or_exit.ts";

/** More would take days. */
const sizesMax = 16;
const sizes = countsOrExit([10_000, 100_000], sizesMax);
const writes = 200;
const reopenings = 3;

await buildClient();
for (const size of [0, ...sizes]) {
  await withWorld(async ({ device, server }) => {
    await fill(server, size);
    const one = await device();
    const page = await one.openBlankTab();
    const pullMs = await timed(async () => {
      await startEngine(page, server, "ada");
      await page.waitForFunction(() => sync.status.state === "synced", null, { timeout: 300_000 });
    });
    const requests = await page.evaluate(() =>
      sync.debug.timeline().filter(({ what }) => what === "applied").length
    );
    const reopenMs: number[] = [];
    for (let n = 0; n < reopenings; n++) {
      await page.reload();
      reopenMs.push(await timed(() => startEngine(page, server, "ada")));
    }
    const write = await writeTimes(page);
    console.log({
      entities: size,
      pullMs: Math.round(pullMs),
      pages: requests,
      reopenMs: Math.round(median(reopenMs)),
      queueChangeP50Ms: quantile(write, 0.5),
      queueChangeP95Ms: quantile(write, 0.95),
    });
    await waitForState(page, "synced");
  }, { serverEnv: { RATE_LIMIT_PER_MINUTE: "1000000", RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "1000000" } });
}

/** Gives ada `size` entities, by HTTP. */
async function fill(server: ServerProcess, size: number): Promise<void> {
  const token = await server.token("ada");
  const records = makeDemoRecords(1, Math.min(size, 1000));
  for (let from = 0; from < size; from += 500) {
    const changes = Array.from({ length: Math.min(500, size - from) }, (_, n) => {
      const { type, data } = records[(from + n) % records.length]!;
      const id = `${data.id}-${from + n}`;
      return {
        changeId: crypto.randomUUID(),
        type: "CREATED",
        entityType: type,
        entityId: id,
        data: { ...data, id },
        timestamp: Date.now(),
        baseVersion: 0,
      };
    });
    const response = await fetch(server.endpoint, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ lastKnownServerVersion: from, changes, limit: 1 }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
}

/** Each write awaited alone: what a person's single edit costs. */
function writeTimes(page: Page): Promise<number[]> {
  return page.evaluate(async (writes) => {
    const times: number[] = [];
    for (let n = 0; n < writes; n++) {
      const start = performance.now();
      await sync.create("goal", { id: `w${n}`, title: "Perform Clair de Lune from memory", progress: n });
      times.push(performance.now() - start);
    }
    return times;
  }, writes);
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.floor(sorted.length * share)]! * 10) / 10;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}
