/**
 * A Firefox with a profile on disk that can be killed like a power cut kills it: every process of it at once,
 * with SIGKILL, and started again on the same profile.
 */
import puppeteer, { type Page } from "puppeteer-core";
import { ensureFirefox } from "./ensure_firefox.ts";

/** A running browser. */
export interface KillableFirefox {
  /** The one page of it. */
  readonly page: Page;
  /** Kills all its processes at once. */
  kill(): Promise<void>;
}

/** Starts Firefox on the profile in `folder`. */
export async function startKillableFirefox(folder: string): Promise<KillableFirefox> {
  // What a killed Firefox leaves behind would make the next one ask which profile to take.
  for (const file of ["lock", ".parentlock"]) await Deno.remove(`${folder}/${file}`).catch(() => {});
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: await ensureFirefox(),
    headless: true,
    userDataDir: folder,
  });
  const { pid } = browser.process()!;
  return {
    page: await browser.newPage(),
    async kill() {
      const gone = new Promise((resolve) => browser.process()!.once("exit", resolve));
      // Puppeteer starts a browser as the head of a process group: one signal reaches all of it.
      await new Deno.Command("kill", { args: ["-9", "--", `-${pid}`], stderr: "null" }).output();
      await gone;
      await browser.disconnect();
    },
  };
}
