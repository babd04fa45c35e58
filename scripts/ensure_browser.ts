/**
 * Finds a Chromium that the browser tests can drive, and installs one if there is none. It never gives up
 * silently: without a browser it says exactly what to run.
 */
import { chromium } from "playwright";
import { installCommand, installDebianPackages, succeeds } from "./install_debian_packages.ts";

const systemPaths: readonly string[] = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** The version in deno.lock: a bare `npm:playwright` would be another entry of the frozen lock file. */
const playwrightCommand = "node_modules/playwright/cli.js";

/**
 * The path of a browser's executable: `CHROME_PATH`, a system browser, Playwright's own, or one that is
 * installed now. Rejects with what to do if none can be had.
 */
export async function ensureBrowser(): Promise<string> {
  const found = await findBrowser();
  if (found !== null) return found;
  console.log("No browser found. Installing one.");
  for (const install of installers) {
    const installed = await install() ? await findBrowser() : null;
    if (installed !== null) return installed;
  }
  throw new Error(
    [
      "The browser tests need Chromium or Chrome; none was found and none could be installed.",
      "Do one of these and run the tests again:",
      `  ${installCommand(["chromium"])}`,
      `  deno run -A ${playwrightCommand} install chromium`,
      "  CHROME_PATH=/path/to/chrome deno task test",
      "  SKIP_BROWSER=1 deno task test   (skips the browser tests and says so)",
    ].join("\n"),
  );
}

/** The path of a browser that is already there, or null. */
export async function findBrowser(): Promise<string | null> {
  const named = Deno.env.get("CHROME_PATH");
  if (named) {
    if (await isFile(named)) return named;
    throw new Error(`CHROME_PATH names no file: ${named}. Correct it, or unset it to have a browser found.`);
  }
  for (const path of [...systemPaths, chromium.executablePath()]) if (await isFile(path)) return path;
  return null;
}

/** Ways to install a browser here, in the order that they are tried. */
const installers: readonly (() => Promise<boolean>)[] = [
  () => installDebianPackages(["chromium"]),
  () => succeeds([Deno.execPath(), "run", "-A", playwrightCommand, "install", "chromium"]),
];

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

if (import.meta.main) {
  try {
    console.log(await ensureBrowser());
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
