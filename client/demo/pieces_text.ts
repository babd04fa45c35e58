/**
 * Pieces as a person types them, one a line: `Title – Composer`. What the text does not show (ids, measures,
 * tempo) is kept for every line that stays.
 */
import type { Piece } from "./records.ts";

const separator = " – ";

/** One line a piece. */
export function piecesToText(pieces: readonly Piece[]): string {
  return pieces.map(line).join("\n");
}

/** Reads lines back; a hyphen or a dash between spaces separates the composer. */
export function piecesFromText(text: string, before: readonly Piece[]): Piece[] {
  const known = new Map(before.map((piece) => [line(piece), piece]));
  return text.split("\n").map((raw) => raw.trim()).filter(Boolean).map((raw) => {
    const kept = known.get(raw);
    if (kept) return kept;
    const [, title = raw, composer] = /^(.+?)\s+[–—-]\s+(.+)$/.exec(raw) ?? [];
    return { title, composer: composer ?? null };
  });
}

function line({ title, composer }: Piece): string {
  return composer ? title + separator + composer : title;
}
