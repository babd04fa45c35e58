/** Which entries are listed, newest first. Pure. */
import type { Entry } from "./records.ts";

/** What is looked for; "" means anything. */
export interface EntryFilter {
  /** Every word must occur somewhere in the entry; case and accents do not matter. */
  words: string;
  kind: string;
  instrument: string;
}

const searchable = new WeakMap<Entry, string>();

/** Entries that match, newest first. */
export function filterEntries(entries: readonly Entry[], { words, kind, instrument }: EntryFilter): Entry[] {
  const wanted = folded(words).split(/\s+/).filter(Boolean);
  return entries
    .filter((entry) =>
      (!kind || entry.kind === kind) && (!instrument || entry.instrument === instrument) &&
      wanted.every((word) => searchText(entry).includes(word))
    )
    .sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1));
}

function searchText(entry: Entry): string {
  let text = searchable.get(entry);
  if (text === undefined) {
    const { pieces, techniques, tags, notes, instrument, kind, mood } = entry;
    const names = pieces.flatMap(({ title, composer }) => [title, composer ?? ""]);
    text = folded([...names, ...techniques, ...tags, notes, instrument, kind, mood].join(" "));
    searchable.set(entry, text);
  }
  return text;
}

function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
