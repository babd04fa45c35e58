/** Pieces as a person types them, one a line: `Title – Composer`. */
import { listFromLines, listToLines } from "./lines_text.ts";
import { readPiece } from "./records.ts";

const separator = " – ";

/** One line a piece of a record's `pieces`. */
export function piecesToText(pieces: readonly unknown[]): string {
  return listToLines(pieces, line);
}

/** Reads lines back; a hyphen or a dash between spaces separates the composer. */
export function piecesFromText(text: string, before: readonly unknown[]): unknown[] {
  return listFromLines(text, before, line, (raw) => {
    const [, title = raw, composer] = /^(.+?)\s+[–—-]\s+(.+)$/.exec(raw) ?? [];
    return { title, composer: composer ?? null };
  });
}

function line(value: unknown): string {
  const { title, composer } = readPiece(value);
  return title && composer ? title + separator + composer : title;
}
