/**
 * What becomes durable on a device, checked at every commit: I6 (the cursor never moves back), I7 and I18 (base =
 * fold of the log up to the cursor, after a compacted pull too), I10 (checksum), I3 (no change gets lost on its
 * way), and that a change which has left never becomes another one.
 */
import { formatChecksum } from "../../../shared/mod.ts";
import type { QueueRow, SyncRow } from "../../../client/rows.ts";
import type { Writes } from "../disk.ts";
import { type ChangeAccount, type ChangeRegister, saying, waits } from "./change_register.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import type { GivenUp } from "./given_up.ts";
import type { HistoryLine } from "./history_line.ts";
import type { LedgerChecks } from "./ledger_checks.ts";
import { same } from "./same.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** Longest time that settled changes are kept, in ms of server time. */
const ackedRetentionMs = 30 * 86_400_000;
/** Why the server, or something in between, may refuse what these worlds do. */
const expectedCodes: ReadonlySet<string> = new Set([
  "unknown_entity",
  "invalid_data",
  "dependency_rejected",
  "too_large",
  "migration_failed",
]);
const journalRowsMax = 257;
const discardRowsMax = 500;

/** An edit of nobody that a user has begun to adopt. */
type ClaimedRow = QueueRow & { claimedBy?: string };

export class DeviceChecks {
  constructor(
    private readonly run: VerdictOnRun,
    private readonly register: ChangeRegister,
    private readonly ledger: LedgerChecks,
    private readonly givenUp: GivenUp,
  ) {}

  /** `mirror` has just taken `writes`; `before` is where the device stood. */
  committed(mirror: DatabaseMirror, writes: Writes, before: SyncRow): void {
    const isWipe = [...writes.values()].some(({ key: [kind], value }) =>
      kind === "meta" && value === undefined
    );
    this.#account(mirror, writes, isWipe);
    const { run } = this;
    run.hold("I22", mirror.journalRows <= journalRowsMax, () => `the journal has ${mirror.journalRows} rows`);
    if (isWipe) return;
    run.hold("I22", mirror.discard.size <= discardRowsMax, () => `${mirror.discard.size} discard records`);
    this.#checkCursor(mirror, before);
    this.#checkBase(mirror, writes, before);
  }

  #checkCursor({ sync, profile }: DatabaseMirror, before: SyncRow): void {
    const { run } = this;
    const restarted = sync.restarts > before.restarts;
    const at = () => `${profile.name}: from ${position(before)} to ${position(sync)}`;
    run.hold("I6", sync.restarts >= before.restarts, at);
    run.hold("I6", restarted || sync.cursor >= before.cursor, at);
    run.hold("I6", restarted || before.epoch === null || sync.epoch === before.epoch, at);
    run.hold("I6", restarted || sync.viewCursor >= before.viewCursor, at);
  }

  #checkBase(mirror: DatabaseMirror, writes: Writes, before: SyncRow): void {
    const { run, ledger } = this;
    const { sync, user } = mirror;
    if (sync.epoch === null || user === null) return;
    const line = ledger.byEpoch(user, sync.epoch);
    run.hold("I17", line !== undefined, () => `${mirror.profile.name} stands in an epoch that never was`);
    if (!line) return;
    run.hold(
      "I6",
      sync.cursor <= line.head,
      () => `the cursor ${sync.cursor} is above the head ${line.head}`,
    );
    // In the middle of a compacted pull the base is no state that ever was.
    if (sync.snapshot || (sync.staging && sync.cursor === 0)) return;
    const whole = before.snapshot || before.epoch !== sync.epoch || before.restarts !== sync.restarts ||
      before.staging !== sync.staging;
    const invariant = before.snapshot || before.epoch !== sync.epoch ? "I18" : "I7";
    const keys = whole ? allKeys(mirror, line) : touchedKeys(writes, line, before.cursor, sync.cursor);
    for (const key of keys) this.#checkEntity(invariant, mirror, line, key);
    if (keys.size === 0 && !writes.has('["meta","sync"]')) return;
    run.hold(
      "I10",
      formatChecksum(sync.checksum) === formatChecksum(line.checksumAt(sync.cursor)),
      () =>
        `${mirror.profile.name} at ${sync.cursor} has the checksum ${formatChecksum(sync.checksum)}, ` +
        `the log ${formatChecksum(line.checksumAt(sync.cursor))}`,
    );
    run.hold(
      "I10",
      !sync.checksumBroken && sync.checksumRestartMs === null,
      () => `${mirror.profile.name} found its copy to differ from the server's`,
    );
  }

  #checkEntity(invariant: string, mirror: DatabaseMirror, line: HistoryLine, key: string): void {
    const row = mirror.filled.get(key);
    const { cursor } = mirror.sync;
    const point = line.at(key, cursor);
    const data = row ? row.raw ?? row.data : null;
    const holds = same(data, point?.data ?? null) && (!row || row.version === point!.version);
    this.run.hold(
      invariant,
      holds,
      () =>
        `${mirror.profile.name} at ${cursor} has ${key} = ${JSON.stringify(data)} v${row?.version}, ` +
        `the log says ${JSON.stringify(point?.data ?? null)} v${point?.version}`,
    );
  }

  /** Follows every change of the commit from where it was to where it is. */
  #account(mirror: DatabaseMirror, writes: Writes, isWipe: boolean): void {
    const kinds = new Set([...writes.values()].map(({ key: [kind] }) => kind));
    if (!["queue", "quarantine", "acked", "discard"].some((kind) => kinds.has(kind))) return;
    const concerned = new Set<string>();
    for (const { key: [kind, first, second], value } of writes.values()) {
      if (kind === "queue" || kind === "quarantine" || kind === "discard") {
        const id = (value as { change: { changeId: string } } | undefined)?.change.changeId;
        if (id !== undefined) concerned.add(id);
      }
      if (kind === "quarantine" || kind === "discard") concerned.add(first as string);
      if (kind === "acked") concerned.add(second as string);
    }
    const queued = new Map([...mirror.queue.values()].map((row) => [row.change.changeId, row]));
    const acked = new Map([...mirror.acked.values()].map((row) => [row.change.changeId, row]));
    // A queue row that was deleted does not say whose it was: look at all that this database had.
    for (const account of this.register.all()) {
      if (account.queuedIn.has(mirror) && !queued.has(account.changeId)) concerned.add(account.changeId);
      if (account.ackedIn.has(mirror) && !acked.has(account.changeId)) concerned.add(account.changeId);
    }
    for (const changeId of concerned) {
      const row = queued.get(changeId);
      const change = row?.change ?? mirror.quarantine.get(changeId)?.change ?? acked.get(changeId)?.change;
      const account = change ? this.register.seen(change, mirror) : this.register.get(changeId);
      if (!account) continue;
      this.#checkOwner(mirror.user ?? (row as ClaimedRow | undefined)?.claimedBy ?? null, mirror, account);
      // What a user claims of nobody's edits counts as sent there, but is not.
      if (row && mirror.user !== null) this.#checkSent(mirror, account, row.sent, saying(row.change));
      const wasHere = account.queuedIn.has(mirror) || account.quarantinedIn.has(mirror);
      put(account.queuedIn, mirror, row !== undefined);
      put(account.quarantinedIn, mirror, mirror.quarantine.has(changeId));
      const aside = mirror.quarantine.get(changeId);
      if (aside) this.#checkReason(account, aside.code, aside.reason);
      if (mirror.discard.has(changeId)) this.#checkGivenUp(mirror, account);
      const settledAtMs = acked.get(changeId)?.settledAtMs;
      if (settledAtMs !== undefined) account.settledAtMs = settledAtMs;
      const wasAcked = account.ackedIn.has(mirror);
      put(account.ackedIn, mirror, acked.has(changeId));
      const isHere = account.queuedIn.has(mirror) || account.quarantinedIn.has(mirror);
      if (wasHere && !isHere) this.#checkLeft(mirror, account, acked.has(changeId), isWipe);
      if (wasAcked && !acked.has(changeId) && !isHere) this.#checkForgotten(mirror, account, isWipe);
    }
  }

  /** I16: what one user's database holds, or what they have claimed of nobody's, is nobody else's. */
  #checkOwner(user: string | null, { profile }: DatabaseMirror, account: ChangeAccount): void {
    if (user === null || account.doubtful) return;
    account.owner ??= user;
    this.run.hold(
      "I16",
      account.owner === user,
      () => `${account.changeId} of ${account.owner} is with ${user} on ${profile.name}`,
    );
  }

  /** What fails here fails for a reason that these worlds have: the client itself sends nothing unsound. */
  #checkReason(account: ChangeAccount, code: string, reason: string): void {
    account.wasRejected = true;
    const isExpected = expectedCodes.has(code) || (account.doubtful && code === "change_id_reused");
    this.run.hold("I3", isExpected, () => `${account.changeId} was refused as ${code}: ${reason}`);
    this.run.hold(
      "I3",
      account.refusedAs.has(code) || code === "migration_failed",
      () => `${account.changeId} was set aside as ${code}, but nobody has refused it so`,
    );
  }

  /** I3: only a person gives a change up. */
  #checkGivenUp({ profile }: DatabaseMirror, account: ChangeAccount): void {
    this.run.hold(
      "I3",
      account.discarded || this.givenUp.has(profile, account),
      () => `${profile.name} has a record that ${account.changeId} was given up, but nobody has done so`,
    );
    account.discarded = true;
  }

  #checkSent(mirror: DatabaseMirror, account: ChangeAccount, sent: boolean, text: string): void {
    if (account.sentText !== null && !account.doubtful) {
      this.run.hold(
        "I1",
        account.sentText === text,
        () =>
          `${account.changeId} was sent as ${account.sentText} and is ${text} now, on ${mirror.profile.name}`,
      );
    }
    if (sent) account.sentText ??= text;
  }

  /** I3: what leaves the queue of a device is on the server, given up by a person, or moved to another queue. */
  #checkLeft(mirror: DatabaseMirror, account: ChangeAccount, isAcked: boolean, isWipe: boolean): void {
    const { run, ledger } = this;
    if (account.discarded || account.excuse !== null) return;
    if (isWipe && mirror.profile.discards) {
      // What has been adopted is still to be deleted where it was nobody's.
      const isElsewhere = [...account.queuedIn, ...account.quarantinedIn].some(({ user }) => user !== null);
      if (!isElsewhere) account.excuse = "given up by a logout";
      return;
    }
    if (mirror.user === null) {
      const isElsewhere = waits(account) || account.owner !== null || account.doubtful;
      run.hold("I3", isElsewhere, () => `${account.changeId} of nobody is gone`);
      return;
    }
    // Saved once, and only offered again after a restore: what is erased then is what was saved.
    // A clone may have sent it again since.
    const goesWithErase = account.doubtful || this.#wasErased(mirror.user, account);
    if (account.settledAtMs > 0 && goesWithErase) return void (account.excuse ??= "erased");
    const line = mirror.sync.epoch === null ? undefined : ledger.byEpoch(mirror.user, mirror.sync.epoch);
    const settled = line?.marks.has(account.changeId) === true && isAcked;
    run.hold(
      "I3",
      settled,
      () => `${account.changeId} left the queue of ${mirror.profile.name}, but is not in the server's log`,
    );
  }

  /** A settled change is kept for 30 days, unless the history that it is in stands no more by the person's will. */
  #checkForgotten(mirror: DatabaseMirror, account: ChangeAccount, isWipe: boolean): void {
    const { sync, user } = mirror;
    const line = user === null || sync.epoch === null ? undefined : this.ledger.byEpoch(user, sync.epoch);
    const stands = line?.marks.has(account.changeId) === true;
    // A logout keeps nothing to offer again: a restore of an older database may then lose it.
    if (isWipe) account.excuse ??= "forgotten by a logout";
    if (isWipe) return;
    const isOld = sync.serverTimeMs - account.settledAtMs >= ackedRetentionMs;
    if (stands) {
      // Its device had given up with the erase what came back after it.
      return this.run.hold(
        "I17",
        isOld || account.doubtful || this.ledger.cameBack.has(account.changeId),
        () => `${account.changeId} is forgotten by ${mirror.profile.name}: a restore may lose it`,
      );
    }
    // Erased, or older than 30 days when the database went back.
    this.run.hold(
      "I17",
      isOld || this.#wasErased(user, account),
      () => `${account.changeId} is not offered again by ${mirror.profile.name} after a restore`,
    );
    account.excuse ??= isOld ? "older than 30 days at a restore" : "erased";
  }

  /** Whether everything of `user` has been erased since a change was last committed for its device. */
  #wasErased(user: string | null, { changeId, settledAtMs }: ChangeAccount): boolean {
    const { ledger } = this;
    if (user === null) return false;
    // The answer may have been made, and its time been taken, long after the commit.
    const committedAtMs = ledger.committedAtMs(user, changeId) ?? settledAtMs;
    return ledger.cameBack.has(changeId) || committedAtMs <= (ledger.erasedAtMs.get(user) ?? -Infinity);
  }
}

function put(places: Set<DatabaseMirror>, mirror: DatabaseMirror, is: boolean): void {
  if (is) places.add(mirror);
  else places.delete(mirror);
}

function position({ epoch, cursor, restarts, viewCursor }: SyncRow): string {
  return `${epoch?.slice(-6)}:${cursor} (view ${viewCursor}, restart ${restarts})`;
}

function allKeys(mirror: DatabaseMirror, line: HistoryLine): Set<string> {
  return new Set([...mirror.filled.keys(), ...line.entities.keys()]);
}

/** Entities that the commit wrote, and those that the log says must have moved with the cursor. */
function touchedKeys(writes: Writes, line: HistoryLine, from: number, to: number): Set<string> {
  const keys = new Set<string>();
  for (const { key: [kind, , type, id] } of writes.values()) if (kind === "base") keys.add(`${type}/${id}`);
  for (let version = from + 1; version <= to; version++) {
    const key = line.touched[version];
    if (key) keys.add(key);
  }
  return keys;
}
