/** Fills a message in: chooses the text for the count and puts the values where their names stand. */
import type { Message } from "./messages.ts";

/** Values of a message; `n` also chooses the plural. */
export interface MessageValues {
  n?: number;
  when?: string;
  what?: string;
}

/** `lang` is a BCP 47 tag; an unknown placeholder stays as it is, so that a typo is seen. */
export function formatMessage(message: Message, values: MessageValues, lang: string): string {
  const { n = 0 } = values;
  const text = typeof message === "string"
    ? message
    : message["=" + n] ?? message[new Intl.PluralRules(lang).select(n)] ?? message.other ?? "";
  return text.replace(/\{(n|when|what)\}/g, (all, name: keyof MessageValues) => {
    const value = values[name];
    return value === undefined ? all : typeof value === "number" ? value.toLocaleString(lang) : value;
  });
}
