/**
 * The verdict on one user's data on the server, when all is quiet: the log is gapless and each change is in it
 * once (I1, I5), it folds to the records (I7), and every promise that the server made in this epoch is kept.
 */
import { canonicalJson, type JsonObject } from "../../shared/mod.ts";
import { type Exported, type ExportedEntity, foldChanges } from "./exported.ts";
import type { Findings } from "./findings.ts";
import type { WireBook } from "./wire_book.ts";

/** Judges `exported`, which belongs to `user`. */
export function judgeServer(user: string, exported: Exported, book: WireBook, findings: Findings): void {
  const { changes, head, epoch } = exported;
  changes.forEach(({ version }, i) => {
    if (version !== i + 1) findings.add("I5", `row ${i + 1} of ${user}'s log has version ${version}`);
  });
  if (changes.length !== head) {
    findings.add("I5", `${user}'s log has ${changes.length} rows, its head is ${head}`);
  }
  const rows = new Map(changes.map((row) => [row.changeId, row]));
  if (rows.size !== changes.length) findings.add("I1", `${user}'s log has a changeId twice`);
  for (const promised of book.promised.values()) {
    if (promised.user !== user || promised.epoch !== epoch || promised.first === "duplicate") continue;
    const { changeId, version, first } = promised;
    const row = rows.get(changeId);
    if (row?.version === version && row.status === first) continue;
    findings.add(
      "I1",
      `the server said that ${user}'s change ${changeId} is ${first} as version ${version}, its log says ` +
        (row ? `${row.status} as version ${row.version}` : "nothing of it"),
    );
  }
  sameRecords(
    `${user}'s records and the fold of the log`,
    exported.entities,
    foldChanges(changes),
    (what) => findings.add("I7", what),
  );
}

/** Tells the differences of two sets of records, `left` and `right`. */
export function sameRecords(
  what: string,
  left: ReadonlyMap<string, Pick<ExportedEntity, "version"> & { data: JsonObject }>,
  right: ReadonlyMap<string, Pick<ExportedEntity, "version"> & { data: JsonObject }>,
  differ: (sentence: string) => void,
): void {
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [one, other] = [left.get(key), right.get(key)];
    const name = key.replace("\u0000", " ");
    if (!one || !other) differ(`${what} differ: ${name} is only ${one ? "in the first" : "in the second"}`);
    else if (one.version !== other.version) {
      differ(`${what} differ: ${name} has versions ${one.version} and ${other.version}`);
    } else if (canonicalJson(one.data) !== canonicalJson(other.data)) {
      differ(`${what} differ: ${name} has other data at version ${one.version}`);
    }
  }
}
