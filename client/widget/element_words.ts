/**
 * The words of one element: the site's, else those of the page's language, else English. A language is fetched
 * when the page is in it; until it is there, or without it, English stands.
 */
import { type LanguageCode, shippedLanguage } from "./languages/shipped_languages.ts";
import { loadLanguage } from "./load_language.ts";
import type { Messages } from "./messages.ts";

/** Words that follow their element's language. */
export interface ElementWords {
  /** Follows the language of the page, until `stop()`. */
  start(): void;
  stop(): void;
  /** Fetches the words of the language that the element is in now. */
  update(): void;
  /** What replaces the English words. */
  all(): Messages;
  /** What words and numbers are written in: the page's language, if there are words for it. */
  lang(): string;
  /** For `dir`: the language's own where it was set on the element alone, else the page's. */
  dir(): "rtl" | "";
}

/** Calls `changed` when the words, or the page's language, are others. */
export function createElementWords(
  element: Element & { messages: Messages | undefined },
  changed: () => void,
): ElementWords {
  let language: LanguageCode | "" = "";
  let fetched: Messages = {};
  const observer = new MutationObserver(changed);

  function lang(): string {
    const tag = languageAround(element);
    const code = shippedLanguage(tag);
    if (code === null && !Object.keys({ ...element.messages }).length) return "en";
    try {
      // As many a server writes it: en_US.
      return Intl.getCanonicalLocales(tag.replaceAll("_", "-"))[0]!;
    } catch {
      // No language tag at all, and `Intl` would throw at every draw.
      return code || "en";
    }
  }

  return {
    start: () => observer.observe(document.documentElement, { attributeFilter: ["lang"] }),
    stop: () => observer.disconnect(),
    update() {
      const code = shippedLanguage(lang()) ?? "";
      if (code === language) return;
      language = code;
      fetched = {};
      if (code === "") return;
      loadLanguage(code).catch(() => null).then((module) => {
        if (language !== code) return;
        if (!module) return language = "";
        fetched = module.messages;
        changed();
      });
    },
    all: () => ({ ...fetched, ...element.messages }),
    lang,
    dir: () => language === "ar" ? "rtl" : "",
  };
}

/** The language around an element, also from outside the shadow trees that it is in. */
function languageAround(element: Element): string {
  for (let at: Element | undefined = element; at; at = (at.getRootNode() as ShadowRoot).host) {
    const found = at.closest<HTMLElement>("[lang]")?.lang;
    if (found) return found;
  }
  return navigator.language;
}
