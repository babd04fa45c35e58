/**
 * The page's lifecycle from `document` and `window`. Where there is no document (a worker, a server) the page
 * counts as visible and online, and no signals come.
 */
import type { PageSignal, PageSignals } from "../ports.ts";

export const browserSignals: PageSignals = {
  visible: () => typeof document === "undefined" || document.visibilityState !== "hidden",
  online: () => typeof navigator === "undefined" || navigator.onLine !== false,
  listen(receive) {
    if (typeof document === "undefined") return () => {};
    const listeners: [EventTarget, string, () => PageSignal][] = [
      [globalThis, "focus", () => "focus"],
      [globalThis, "online", () => "online"],
      [globalThis, "offline", () => "offline"],
      [globalThis, "pageshow", () => "resume"],
      [globalThis, "pagehide", () => "pagehide"],
      [document, "resume", () => "resume"],
      [document, "visibilitychange", () => document.visibilityState === "hidden" ? "hidden" : "visible"],
    ];
    const bound = listeners.map(([target, type, signal]) => {
      const listener = () => receive(signal());
      target.addEventListener(type, listener);
      return () => target.removeEventListener(type, listener);
    });
    return () => bound.forEach((unbind) => unbind());
  },
};
