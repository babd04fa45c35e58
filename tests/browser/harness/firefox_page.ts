/** A page in a real Firefox, by WebDriver BiDi. */
import puppeteer, { type KeyInput } from "puppeteer-core";
import type { DrivenPage } from "./driven_page.ts";
import { ensureFirefox } from "./ensure_firefox.ts";

/** Starts Firefox with one empty page. */
export async function openFirefoxPage(): Promise<DrivenPage> {
  const executablePath = await ensureFirefox();
  const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
  const page = await browser.newPage();
  return {
    goto: async (url) => void await page.goto(url),
    // Puppeteer's own types know handles, which do not travel here.
    evaluate: (work, ...args) => page.evaluate(work as (...args: unknown[]) => never, ...args),
    press: (key) => page.keyboard.press(key as KeyInput),
    close: () => browser.close(),
  };
}
