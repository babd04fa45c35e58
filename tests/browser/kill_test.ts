/**
 * A write that was acknowledged survives the browser being killed at any moment. `KILLS=100` kills as often;
 * `SEED` chooses the moments.
 */
import { startEngine, waitForState } from "./engine_page.ts";
import { startFirefoxEngine, waitForFirefoxState } from "./firefox_engine_page.ts";
import { startKillableChromium } from "./harness/killable_chromium.ts";
import { startKillableFirefox } from "./harness/killable_firefox.ts";
import { type KillableEngine, surviveKills } from "./survive_kills.ts";

const asked = Deno.env.get("KILLS");
const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
/** Firefox takes four times as long to come up. */
const [chromiumKills, firefoxKills] = asked === undefined ? [4, 1] : [Number(asked), Number(asked)];

Deno.test(`every acknowledged write is there after ${chromiumKills} SIGKILLs, and reaches the server once`, () =>
  surviveKills(chromiumKills, seed, async (profile, server): Promise<KillableEngine> => {
    const { page, kill } = await startKillableChromium(profile);
    // A page of the server's origin without a script of its own.
    await page.goto(`${server.origin}/healthz`);
    await startEngine(page, server, "ada");
    return {
      evaluate: (work, round) => page.evaluate(work as (round: number) => never, round),
      exposeFunction: (name, call) => page.exposeFunction(name, call),
      waitForState: (state) => waitForState(page, state),
      kill,
    };
  }));

Deno.test(`Firefox: every acknowledged write is there after ${firefoxKills} SIGKILLs, and reaches the server once`, () =>
  surviveKills(firefoxKills, seed, async (profile, server): Promise<KillableEngine> => {
    const { page, kill } = await startKillableFirefox(profile);
    await startFirefoxEngine(page, server, "ada");
    return {
      evaluate: (work, round) => page.evaluate(work as (round: number) => never, round),
      exposeFunction: (name, call) => page.exposeFunction(name, call),
      waitForState: async (state) => void await waitForFirefoxState(page, state),
      kill,
    };
  }));
