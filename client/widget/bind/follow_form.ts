/**
 * Keeps whatever form a selector names bound: also one that comes later, and the next one where a framework renders
 * it anew.
 */
import type { Clock } from "../../ports.ts";

/** A form that is not there by then is missed, on the console; it is still bound when it comes. */
export const missedAfterMs = 5000;

/** What is followed, and with what. */
export interface FollowOptions {
  root: Document | ShadowRoot;
  selector: string;
  clock: Clock;
  /** Binds a form; returns the end of it. */
  bind(form: HTMLFormElement): () => void;
  failed(error: unknown): void;
}

/** Follows until the function that it returns is called; throws if the selector is none. */
export function followForm({ root, selector, clock, bind, failed }: FollowOptions): () => void {
  let found: Element | null = null;
  let stop = () => {};
  const required = `bind="${selector}" must be the selector of a <form> on the page`;

  function look(): void {
    const now = root.querySelector(selector);
    if (now === found) return;
    found = now;
    stop();
    stop = () => {};
    if (now?.localName === "form") stop = bind(now as HTMLFormElement);
    else if (now) failed(`Cannot bind the form: ${required}, but is that of a <${now.localName}>.`);
  }

  look();
  const observer = new MutationObserver(look);
  observer.observe(root, { childList: true, subtree: true });
  const cancel = clock.setTimer(missedAfterMs, () => {
    if (!found) {
      failed(`Cannot bind the form: ${required}, and there is none yet. It is bound when it comes.`);
    }
  });
  return () => {
    observer.disconnect();
    cancel();
    stop();
  };
}
