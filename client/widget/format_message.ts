/** Fills a message in: chooses the text for the count and puts the values where their names stand. */
import type { Message } from "./messages.ts";

/** Values of a message by name; `n` also chooses the plural. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** `lang` is a BCP 47 tag; an unknown placeholder stays as it is, so that a typo is seen. */
export function formatMessage(message: Message, values: MessageValues, lang: string): string {
  const n = Number(values.n ?? 0);
  const text = typeof message === "string"
    ? message
    : message["=" + n] ?? message[new Intl.PluralRules(lang).select(n)] ?? message.other ?? "";
  return text.replace(/\{(\w+)\}/g, (all, name: string) => values[name]?.toLocaleString(lang) ?? all);
}
