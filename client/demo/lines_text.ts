/**
 * A list as a person types it, one item a line. What the text does not show (ids, measures, whether it is
 * done) is kept for every line that stays, and so is every item that no line stands for.
 */

/** One line an item; `lineOf` gives "" for an item that is not shown. */
export function listToLines<T>(items: readonly T[], lineOf: (item: T) => string): string {
  return items.map((item) => onOneLine(lineOf(item))).filter(Boolean).join("\n");
}

/** Reads lines back; `newItem` makes those that `before` does not have. */
export function listFromLines<T>(
  text: string,
  before: readonly T[],
  lineOf: (item: T) => string,
  newItem: (line: string) => T,
): T[] {
  const left = [...before];
  const items = text.split("\n").map(onOneLine).filter(Boolean).map((line) => {
    const at = left.findIndex((item) => onOneLine(lineOf(item)) === line);
    return at < 0 ? newItem(line) : left.splice(at, 1)[0]!;
  });
  return [...items, ...left.filter((item) => !onOneLine(lineOf(item)))];
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
