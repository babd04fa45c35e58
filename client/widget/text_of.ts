/** Words of one part of the widget: the site's, else the language's, else the part's own English. */
import { formatMessage, type MessageValues } from "./format_message.ts";
import type { Message, MessageKey, Messages } from "./messages.ts";

/** The message for `key` with `values` put in. */
export type TextOf<Key> = (key: Key, values?: MessageValues) => string;

/** Reads `words` and `lang` at every call, since both may change while the page lives. */
export function textOf<Key extends MessageKey>(
  english: Readonly<Record<Key, Message>>,
  words: () => Messages,
  lang: () => string,
): TextOf<Key> {
  return (key, values = {}) => formatMessage(words()[key] ?? english[key], values, lang());
}
