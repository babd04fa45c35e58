/**
 * The verdict on one device when all is quiet: it holds what the server holds, in its database and in every open
 * page (I10), and everything that it ever acknowledged is on the server, set aside or given up (I3, I17), in the
 * order it was made (I4).
 */
import { canonicalJson, formatChecksum } from "../../shared/mod.ts";
import { entityKey } from "../../client/rows.ts";
import type { Exported } from "./exported.ts";
import type { Findings } from "./findings.ts";
import { sameRecords } from "./judge_server.ts";
import type { Page, Profile } from "./profile.ts";
import type { ProfileRows } from "./profile_rows.ts";
import type { AcknowledgedChange, PromisesMade } from "./promises_made.ts";
import type { WireBook } from "./wire_book.ts";

/** What a device is judged by. */
export interface ProfileCase {
  profile: Profile;
  rows: ProfileRows;
  exported: Exported;
  promises: PromisesMade;
  book: WireBook;
  findings: Findings;
}

/** Judges one device; resolves to how many acknowledged changes were found where they belong. */
export function judgeProfile(facts: ProfileCase): number {
  judgeState(facts);
  for (const page of facts.profile.pages) judgePage(facts, page);
  judgeOrder(facts);
  return judgePromises(facts);
}

/** The base and where it stands. */
export function judgeState({ profile, rows, exported, book, findings }: ProfileCase): void {
  const { name, user } = profile.options;
  const { sync } = rows;
  const base = new Map([...rows.base].map(([key, row]) => [key, { ...row, data: row.raw ?? row.data }]));
  sameRecords(
    `${name}'s base and the server's records`,
    base,
    exported.entities,
    (what) => findings.add("I10", what),
  );
  const differ = (what: string, mine: unknown, theirs: unknown) =>
    mine === theirs || findings.add("I10", `${name} has ${what} ${mine}, the server ${theirs}`);
  differ("epoch", sync.epoch, exported.epoch);
  differ("cursor", sync.cursor, exported.head);
  differ("checksum", formatChecksum(sync.checksum), exported.checksum);
  if (sync.staging || sync.viewCursor !== sync.cursor) {
    findings.add("I10", `${name} still shows an old view: ${sync.viewCursor} of ${sync.cursor}`);
  }
  if (sync.checksumRestartMs !== null || sync.checksumBroken) {
    findings.add("I10", `${name}'s copy differed from the server's at some time, and had to be loaded anew`);
  }
  book.checkCanaries(user, rows.text, `The database of ${name}`);
}

/** With nothing queued, the view is the base. */
function judgePage({ profile, rows, exported, findings }: ProfileCase, { client }: Page): void {
  const { name } = profile.options;
  const { state, pending } = client.status;
  const settled = rows.quarantine.length === 0 ? ["synced", "conflict"] : ["failed"];
  if (!settled.includes(state)) {
    findings.add("I21", `a page of ${name} shows "${state}" with ${rows.quarantine.length} failed changes`);
  }
  if (pending !== 0) {
    findings.add("I21", `a page of ${name} shows ${pending} pending changes, there are none`);
  }
  const shown = new Map<string, number>();
  for (const { entityType, entityId, data } of exported.entities.values()) {
    shown.set(entityType, (shown.get(entityType) ?? 0) + 1);
    if (canonicalJson(client.get(entityType, entityId) ?? null) !== canonicalJson(data)) {
      findings.add("I8", `a page of ${name} shows another ${entityType} ${entityId} than the server has`);
    }
  }
  for (const { type } of rows.base.values()) shown.set(type, shown.get(type) ?? 0);
  for (const [type, count] of shown) {
    const listed = client.list(type).length;
    if (listed !== count) {
      findings.add("I8", `a page of ${name} lists ${listed} of type ${type}, not ${count}`);
    }
  }
}

/** Each person's changes of one record stand in the log in the order in which they were made. */
function judgeOrder({ profile, exported, promises, book, findings }: ProfileCase): void {
  const { name, user } = profile.options;
  const last = new Map<string, AcknowledgedChange>();
  for (const { changeId, entityType, entityId } of exported.changes) {
    const made = promises.changes.get(changeId);
    // What was refused once and then tried again goes last, on purpose.
    if (!made || book.rejected.has(`${user} ${changeId}`)) continue;
    const key = `${made.person} ${entityKey(entityType, entityId)}`;
    const before = last.get(key);
    if (before && before.order > made.order) {
      findings.add(
        "I4",
        `${name} made ${made.changeId} before ${before.changeId}, the log has them reversed`,
      );
    }
    last.set(key, made);
  }
}

function judgePromises({ profile, rows, exported, promises, findings }: ProfileCase): number {
  const { name } = profile.options;
  const log = new Map(exported.changes.map((row) => [row.changeId, row]));
  const aside = new Set(rows.quarantine.map(({ change }) => change.changeId));
  const given = promises.discarded(rows.discard);
  const unasked = rows.discard.filter(({ change }) => !given.has(change.changeId));
  for (const { change } of unasked) {
    findings.add("I3", `${name} has a record that ${change.changeId} was given up, but nobody has done so`);
  }
  const acked = new Map(rows.acked.map((row) => [row.change.changeId, row]));
  let kept = 0;
  for (const made of promises.changes.values()) {
    const row = log.get(made.changeId);
    const settled = acked.get(made.changeId);
    if (row) {
      const altered = alteration(made, row);
      if (altered === null) kept++;
      else findings.add("I3", `${name}'s change ${made.changeId} is in the log, but ${altered}`);
    } else if (aside.has(made.changeId) || given.has(made.changeId)) kept++;
    // It changed nothing: the mark that it left on the server is asked for by replaying it.
    else if (settled?.status === "duplicate") kept++;
    else {
      const where = settled
        ? `this device believes it ${settled.status} as version ${settled.version}`
        : "nowhere";
      findings.add("I17", `${name}'s acknowledged change ${made.changeId} is lost: ${where}`);
    }
  }
  return kept;
}

/** How the log's row differs from what was acknowledged, or null. */
function alteration(
  { edits, blurred }: AcknowledgedChange,
  row: { type: string; entityType: string; entityId: string; data?: object; unset?: string[] },
): string | null {
  const last = edits.at(-1)!;
  if (row.type !== last.type || row.entityType !== last.entityType || row.entityId !== last.entityId) {
    return `as ${row.type} of ${row.entityType} ${row.entityId}`;
  }
  const data = { ...row.data } as Record<string, unknown>;
  for (const name of edits.flatMap((edit) => Object.keys(edit.data ?? {}))) {
    if (!Object.hasOwn(data, name) && !row.unset?.includes(name)) return `without its field ${name}`;
  }
  if (blurred) return null;
  for (const [name, value] of Object.entries(last.data ?? {})) {
    if (canonicalJson(data[name]) !== canonicalJson(value)) return `with another value of ${name}`;
  }
  return null;
}
