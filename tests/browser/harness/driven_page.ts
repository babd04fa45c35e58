/**
 * A page of whatever browser, driven from a test by the few things that every driver can do: evaluate, press
 * keys, go to an address. What Playwright gives for Chromium and no other driver has is not in it.
 */

/** Keys by their names in `KeyboardEvent.key`. */
export type Key = "Enter" | "Escape" | "Tab" | " ";

/** A page. */
export interface DrivenPage {
  goto(url: string): Promise<void>;
  /** Runs `work` on the page; arguments and result travel as JSON. */
  evaluate<A extends unknown[], R>(work: (...args: A) => R, ...args: A): Promise<Awaited<R>>;
  /** Presses and releases a key as a person does: it goes to whatever has the focus. */
  press(key: Key): Promise<void>;
  close(): Promise<void>;
}

const waitMsMax = 20_000;
const pollMs = 40;

/** Waits until `holds` is true on the page; fails with what the test says it waited for. */
export async function waitOn<A extends unknown[]>(
  page: DrivenPage,
  what: string,
  holds: (...args: A) => boolean | Promise<boolean>,
  ...args: A
): Promise<void> {
  const end = Date.now() + waitMsMax;
  while (Date.now() < end) {
    if (await page.evaluate(holds, ...args)) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`Waited ${waitMsMax / 1000} s in vain for: ${what}`);
}
