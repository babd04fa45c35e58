/** Chromium under the tests' control. */
import { type Browser, chromium } from "playwright";
import { ensureBrowser } from "../../../scripts/ensure_browser.ts";

/** Starts a headless Chromium. The sandbox is off since it cannot start as root, as in most CI containers. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath: await ensureBrowser(),
    args: ["--no-sandbox"],
    // Playwright turns the back-forward cache off; people's browsers have it on.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}
