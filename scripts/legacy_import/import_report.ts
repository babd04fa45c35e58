/**
 * The account of an import: a summary for the person at the terminal, and on request a file with a line for
 * every user and every row that was left out. Names rows by user, type and id; values of records never appear.
 */
import { dialectNames } from "./dialects_of.ts";
import type { ImportTotals, RowSkip, UserImport } from "./import_legacy.ts";

/** Rows named in the summary; the file has them all. */
const namedMax = 10;
/** Different reasons counted apart. */
const reasonsMax = 50;

/** Counts skips by reason and keeps the first few. */
export interface SkipSample {
  add(skip: RowSkip): void;
  lines(): string[];
}

/** A new sample. */
export function skipSample(): SkipSample {
  const reasons = new Map<string, number>();
  const first: RowSkip[] = [];
  let count = 0;
  return {
    add(skip) {
      count++;
      const known = reasons.has(skip.reason) || reasons.size < reasonsMax;
      const reason = known ? skip.reason : "other reasons";
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (first.length < namedMax) first.push(skip);
    },
    lines() {
      const counted = [...reasons].sort(([, a], [, b]) => b - a);
      const lines = counted.map(([reason, rows]) => `  ${plural(rows, "row")}: ${reason}`);
      if (count > 0) lines.push(`The first ${plural(first.length, "of them", "of them")}:`);
      for (const { user, entityType, entityId, reason } of first) {
        lines.push(`  ${[user, entityType, entityId].map(shown).join(" ")}: ${reason}`);
      }
      return lines;
    },
  };
}

/** A name as it can be shown in a terminal. */
function shown(name: string | null): string {
  return name === null ? "(none)" : JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}

/** The summary's lines. */
export function describeImport(totals: ImportTotals, dryRun: boolean, skips: readonly string[]): string[] {
  const { users, rows, source, before, after } = totals;
  const lines = [
    `${plural(rows, "row")} of ${plural(users, "user")} read.`,
    "",
    table(source, before, after, dryRun),
    "",
  ];
  if (!dryRun) {
    lines.push(`${plural(totals.written, "row")} written, ${totals.unchanged} were there already, equal.`);
  }
  if (totals.superseded > 0) {
    lines.push(`${totals.superseded} were followed by a newer row of the same record.`);
  }
  if (totals.erasedUsers > 0) {
    lines.push(
      `${plural(totals.erasedUsers, "user")} erased everything here since: nothing of theirs came back.`,
    );
  }
  if (totals.deleted > 0) lines.push(`${totals.deleted} are of deleted records and become deletions.`);
  lines.push("Normalised when it becomes changes:");
  for (const [name, count] of totals.normalised) {
    lines.push(`  ${plural(count, "row")}: ${dialectNames[name]}`);
  }
  if (totals.normalised.size === 0) lines.push("  nothing");
  const left = totals.notKept + totals.willBeSkipped;
  if (left > 0) {
    const where = `${totals.notKept} of them not stored, ${totals.willBeSkipped} stored as they are`;
    lines.push(`${plural(left, "row")} cannot become changes (${where}):`, ...skips);
  }
  return lines;
}

function table(
  source: ImportTotals["source"],
  before: ImportTotals["before"],
  after: ImportTotals["after"],
  dryRun: boolean,
): string {
  const types = [...new Set([...source.keys(), ...before.keys(), ...after.keys()])].sort();
  const heads = ["type", "source", "store before", dryRun ? "(dry run)" : "store after"];
  const cells = types.map((type) => [
    type,
    String(source.get(type) ?? 0),
    String(before.get(type) ?? 0),
    dryRun ? "" : String(after.get(type) ?? 0),
  ]);
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ").trimEnd();
  return [heads, ...cells].map(line).join("\n");
}

/** A user as a line of the report file. */
export function userLine(done: UserImport): string {
  const { source, before, after, ...rest } = done;
  const counts = { source, before, after };
  const plain = Object.fromEntries(Object.entries(counts).map(([name, map]) => [name, [...map]]));
  return JSON.stringify({ kind: "user", ...rest, ...plain });
}

/** A row that was left out, as a line of the report file. */
export function skipLine(skip: RowSkip): string {
  return JSON.stringify({ kind: "skipped", ...skip });
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
