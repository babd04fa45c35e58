/** Loads the words of a language; in a bundle, its chunk. See `load_panel.ts`. */
import type { LanguageCode } from "./languages/shipped_languages.ts";
import type { Messages } from "./messages.ts";

const languages: Record<LanguageCode, () => Promise<{ messages: Messages }>> = {
  de: () => import("./languages/de.ts"),
  fr: () => import("./languages/fr.ts"),
  es: () => import("./languages/es.ts"),
  ja: () => import("./languages/ja.ts"),
  ar: () => import("./languages/ar.ts"),
};

/** Loads a language's module; rejects when it cannot be fetched. */
export function loadLanguage(code: LanguageCode): Promise<{ messages: Messages }> {
  return languages[code]();
}
