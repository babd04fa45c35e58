/**
 * The words of one element: the site's, else those of the page's language, else English. A language is fetched
 * when the page is in it; until it is there, or without it, English stands.
 */
import { type LanguageCode, shippedLanguage } from "./languages/shipped_languages.ts";
import { loadLanguage } from "./load_language.ts";
import type { Messages } from "./messages.ts";

/** Words that follow their element's language. */
export class ElementWords {
  #language: LanguageCode | "" = "";
  #fetched: Messages = {};
  #observer: MutationObserver | undefined;

  constructor(
    private readonly element: Element & { messages: Messages | undefined },
    /** The words, or the page's language, are others now. */
    private readonly changed: () => void,
  ) {}

  /** Follows the language of the page, until `stop()`. */
  start(): void {
    this.#observer = new MutationObserver(this.changed);
    this.#observer.observe(document.documentElement, { attributeFilter: ["lang"] });
  }

  stop(): void {
    this.#observer?.disconnect();
  }

  /** Fetches the words of the language that the element is in now. */
  update(): void {
    const code = shippedLanguage(this.lang) ?? "";
    if (code === this.#language) return;
    this.#language = code;
    this.#fetched = {};
    if (code === "") return;
    loadLanguage(code).catch(() => null).then((module) => {
      if (this.#language !== code) return;
      if (!module) return this.#language = "";
      this.#fetched = module.messages;
      this.changed();
    });
  }

  /** What replaces the English words. */
  get all(): Messages {
    return { ...this.#fetched, ...this.element.messages };
  }

  /** What words and numbers are written in: the page's language, if there are words for it. */
  get lang(): string {
    const tag = languageAround(this.element);
    const code = shippedLanguage(tag);
    if (code === null && Object.keys(this.element.messages ?? {}).length === 0) return "en";
    try {
      // As many a server writes it: en_US.
      return Intl.getCanonicalLocales(tag.replaceAll("_", "-"))[0]!;
    } catch {
      // No language tag at all, and `Intl` would throw at every draw.
      return code || "en";
    }
  }

  /** For `dir`: the language's own where it was set on the element alone, else the page's. */
  get dir(): "rtl" | "" {
    return this.#language === "ar" ? "rtl" : "";
  }
}

/** The language around an element, also from outside the shadow trees that it is in. */
function languageAround(element: Element): string {
  for (let at: Element | undefined = element; at; at = (at.getRootNode() as ShadowRoot).host) {
    const found = at.closest<HTMLElement>("[lang]")?.lang;
    if (found) return found;
  }
  return navigator.language;
}
