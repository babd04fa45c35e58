/**
 * A Chromium with a profile on disk that can be killed like a power cut kills it: every process of it at once,
 * with SIGKILL, and started again on the same profile.
 */
import { type Browser, chromium, type Page } from "playwright";
import { ensureBrowser } from "../../../scripts/ensure_browser.ts";

/** A running browser. */
export interface KillableChromium {
  readonly browser: Browser;
  /** The one page of it. */
  readonly page: Page;
  /** Kills all its processes at once. */
  kill(): Promise<void>;
}

const startWaitMs = 20_000;

/** Starts Chromium on the profile in `folder`. */
export async function startKillableChromium(folder: string): Promise<KillableChromium> {
  const portFile = `${folder}/DevToolsActivePort`;
  await Deno.remove(portFile).catch(() => {});
  // A session of its own is a process group of its own: one signal reaches browser, renderers and services.
  const child = new Deno.Command("setsid", {
    args: [
      await ensureBrowser(),
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--remote-debugging-port=0",
      `--user-data-dir=${folder}`,
      "about:blank",
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const kill = async () => {
    await new Deno.Command("kill", { args: ["-9", "--", `-${child.pid}`], stderr: "null" }).output();
    await child.status;
  };
  try {
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${await readPort(portFile)}`);
    const [context] = browser.contexts();
    const page = context!.pages()[0] ?? await context!.newPage();
    return {
      browser,
      page,
      async kill() {
        await kill();
        await browser.close().catch(() => {});
      },
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function readPort(file: string): Promise<number> {
  for (let waited = 0; waited < startWaitMs; waited += 20) {
    const [port] = (await Deno.readTextFile(file).catch(() => "")).split("\n");
    if (port) return Number(port);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("Chromium did not say which port it listens on");
}
