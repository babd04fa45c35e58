/**
 * A write that was acknowledged survives the browser being killed at any moment. `KILLS=100` kills as often;
 * `SEED` chooses the moments.
 */
import { assertEquals } from "@std/assert";
import { seededRandom } from "../../client/demo/seeded_random.ts";
import { serverStatus, startEngine, waitForState } from "./engine_page.ts";
import { startKillableChromium } from "./harness/killable_chromium.ts";
import { startServerProcess } from "./harness/server_process.ts";

const kills = Number(Deno.env.get("KILLS") ?? 4);
const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
/** Longest time a browser writes before it is killed. */
const lifeMsMax = 400;

Deno.test(`every acknowledged write is there after ${kills} SIGKILLs, and reaches the server once`, async () => {
  console.log(`KILLS=${kills} SEED=${seed}`);
  const random = seededRandom(seed);
  const server = await startServerProcess();
  const profile = await Deno.makeTempDir({ prefix: "killed_profile_" });
  const acknowledged = new Set<string>();
  try {
    for (let round = 0; round <= kills; round++) {
      const chromium = await startKillableChromium(profile);
      const { page } = chromium;
      // A page of the server's origin without a script of its own.
      await page.goto(`${server.origin}/healthz`);
      await startEngine(page, server, "ada");
      const kept = new Set(await page.evaluate(() => sync.list("goal").map(({ id }) => id as string)));
      const missing = [...acknowledged].filter((id) => !kept.has(id));
      assertEquals(missing, [], `round ${round}, SEED=${seed}`);
      if (round === kills) {
        await page.evaluate(() => sync.manualSync());
        await waitForState(page, "synced");
        const { totalChanges, entityCount } = await serverStatus(server, "ada");
        assertEquals(totalChanges, entityCount, "no change is in the log twice");
        assertEquals(entityCount, await page.evaluate(() => sync.list("goal").length));
        await chromium.kill();
        break;
      }
      await page.exposeFunction("acknowledge", (id: string) => void acknowledged.add(id));
      const writing = page.evaluate(async (round) => {
        const { acknowledge } = globalThis as unknown as { acknowledge(id: string): Promise<void> };
        const write = async (lane: number) => {
          for (let n = 0;; n++) {
            await acknowledge(await sync.create("goal", { id: `${round}-${lane}-${n}`, n }));
          }
        };
        await Promise.all([0, 1, 2, 3].map(write));
      }, round).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, random.next() * lifeMsMax));
      await chromium.kill();
      await writing;
    }
    console.log(`${kills} kills survived, ${acknowledged.size} acknowledged writes checked`);
  } finally {
    await server.stop();
    await Deno.remove(profile, { recursive: true });
  }
});
