/** Which languages the widget speaks. English comes with the code, each other one is a chunk. */

/** Code of a language that is fetched. */
export type LanguageCode = "de" | "fr" | "es" | "ja" | "ar";

/** The language of a BCP 47 tag, "" for English, null for one that the widget does not speak. */
export function shippedLanguage(tag: string): LanguageCode | "" | null {
  const code = /^(de|fr|es|ja|ar|en)(?![a-z])/i.exec(tag)?.[0].toLowerCase();
  return code === "en" ? "" : code as LanguageCode ?? null;
}
