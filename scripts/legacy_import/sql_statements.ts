/**
 * Cuts the text of a SQL dump into statements while it streams, as SQLite's own shell does: a semicolon ends a
 * statement unless it stands in quotes, in a comment or in the body of a trigger. What the statements mean is
 * SQLite's affair.
 */

/** Longest statement, in UTF-16 units; SQLite's own bound is a billion bytes. */
export const statementUnitsMax = 64 * 1024 * 1024;

/** A dump that cannot be cut into statements. */
export class DumpError extends Error {
  override name = "DumpError";
}

/** What ends the part that begins with the key. */
const closers: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  "`": "`",
  "[": "]",
  "--": "\n",
  "/*": "*/",
};

const openersOrEnd = /['"`[;]|--|\/\*/g;
const spaceAndComments = /^(?:\s+|--[^\n]*\n|\/\*[^]*?\*\/)+/;
const triggerStart = /^CREATE\s+(?:TEMP\s+|TEMPORARY\s+)?TRIGGER\s/i;
const triggerEnd = /;\s*END\s*$/i;

/**
 * The statements of a text that comes in pieces, without their semicolons and without comments before them.
 * Throws {@linkcode DumpError} if the text ends within one.
 */
export async function* sqlStatements(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let text = "";
  /** Up to here it has been looked at. */
  let at = 0;
  let closer: string | null = null;
  for await (const piece of pieces) {
    text += piece;
    if (text.length > statementUnitsMax) {
      throw new DumpError(
        `A statement is longer than ${statementUnitsMax} characters, or a quote never ends`,
      );
    }
    let start = 0;
    while (true) {
      if (closer !== null) {
        const end = text.indexOf(closer, at);
        if (end < 0) {
          // A closer of two characters may be half here.
          at = Math.max(at, text.length - closer.length + 1);
          break;
        }
        at = end + closer.length;
        closer = null;
      }
      openersOrEnd.lastIndex = at;
      const found = openersOrEnd.exec(text);
      if (!found) {
        at = Math.max(at, text.length - 1);
        break;
      }
      at = found.index + found[0].length;
      if (found[0] !== ";") {
        closer = closers[found[0]]!;
        continue;
      }
      const statement = text.slice(start, found.index).replace(spaceAndComments, "");
      if (triggerStart.test(statement) && !triggerEnd.test(statement)) continue;
      start = at;
      if (statement !== "") yield statement;
    }
    text = text.slice(start);
    at -= start;
  }
  if (text.replace(spaceAndComments, "").replace(/--[^\n]*$/, "").trim() !== "") {
    throw new DumpError("The dump ends within a statement: it is cut short");
  }
}
