/** Writes in a browser that is killed again and again on one profile: what was acknowledged must be there. */
import { assertEquals } from "@std/assert";
import { seededRandom } from "../../client/demo/seeded_random.ts";
import { serverStatus } from "./engine_page.ts";
import { type ServerProcess, startServerProcess } from "./harness/server_process.ts";

/** A browser on a profile, with the engine on its one page as `globalThis.sync`, signed in as ada. */
export interface KillableEngine {
  /** Runs `work` on the page. */
  evaluate<R>(work: (round: number) => R | Promise<R>, round: number): Promise<R>;
  exposeFunction(name: string, call: (id: string) => void): Promise<unknown>;
  waitForState(state: string): Promise<void>;
  /** Kills all processes of the browser at once, with SIGKILL. */
  kill(): Promise<void>;
}

/** Longest time a browser writes before it is killed. */
const lifeMsMax = 400;

/** Kills `kills` times at moments chosen by `seed`; `start` opens a browser on the profile in a folder. */
export async function surviveKills(
  kills: number,
  seed: number,
  start: (profile: string, server: ServerProcess) => Promise<KillableEngine>,
): Promise<void> {
  console.log(`KILLS=${kills} SEED=${seed}`);
  const random = seededRandom(seed);
  const server = await startServerProcess();
  const profile = await Deno.makeTempDir({ prefix: "killed_profile_" });
  const acknowledged = new Set<string>();
  try {
    for (let round = 0; round <= kills; round++) {
      const browser = await start(profile, server);
      const ids = await browser.evaluate(() => sync.list("goal").map(({ id }) => id as string), round);
      const kept = new Set(ids);
      const missing = [...acknowledged].filter((id) => !kept.has(id));
      assertEquals(missing, [], `round ${round}, SEED=${seed}`);
      if (round === kills) {
        await browser.evaluate(() => sync.manualSync(), round);
        await browser.waitForState("synced");
        const { totalChanges, entityCount } = await serverStatus(server, "ada");
        assertEquals(totalChanges, entityCount, "no change is in the log twice");
        assertEquals(entityCount, await browser.evaluate(() => sync.list("goal").length, round));
        await browser.kill();
        break;
      }
      await browser.exposeFunction("acknowledge", (id) => void acknowledged.add(id));
      const writing = browser.evaluate(async (round) => {
        const { acknowledge } = globalThis as unknown as { acknowledge(id: string): Promise<void> };
        const write = async (lane: number) => {
          for (let n = 0;; n++) {
            await acknowledge(await sync.create("goal", { id: `${round}-${lane}-${n}`, n }));
          }
        };
        await Promise.all([0, 1, 2, 3].map(write));
      }, round).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, random.next() * lifeMsMax));
      await browser.kill();
      await writing;
    }
    console.log(`${kills} kills survived, ${acknowledged.size} acknowledged writes checked`);
  } finally {
    await server.stop();
    await Deno.remove(profile, { recursive: true });
  }
}
