/**
 * What the server makes true, checked as each step is committed: I1 (one row and one mark a change), I4 (per
 * entity the order of its maker), I5 (versions without gaps), I14 (nothing from before a deletion revives), I16
 * (only the user's own), I17 (nothing comes back after an erase), and every verdict against the reference model.
 */
import type { ExchangeRequest } from "../../../api/mod.ts";
import type { Head, SettledStep } from "../../../api/ledger/records.ts";
import type { JsonObject, PushedChange, SyncResponse } from "../../../shared/mod.ts";
import { formatChecksum } from "../../../shared/mod.ts";
import { type ChangeRegister, waits } from "./change_register.ts";
import { HistoryLine, keyOf, type LineMemory } from "./history_line.ts";
import { same } from "./same.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** One exchange that the ledger works on. */
export interface Ticket {
  user: string;
  request: ExchangeRequest;
  changes: PushedChange[];
  line: HistoryLine;
  /** Head when it began. */
  head: number;
  /** Versions made by this request's changes, replays among them. */
  own: Set<number>;
  /** First change that the model has not judged. */
  next: number;
  /** Changes that this very exchange has settled. */
  made: Set<string>;
  /** The history that it pushes into; an erase under its feet makes it begin again in another. */
  pushesInto: HistoryLine;
}

/** What a backup keeps. */
interface Memory {
  lines: LineMemory[];
}

/** What one half of a failed exchange still does in a slow store. */
const lingerMsMax = 120_000;

export class LedgerChecks {
  generation = "";
  /** The history of each user that stands now. */
  readonly lines = new Map<string, HistoryLine>();
  /** Every history by user and epoch. */
  readonly #byEpoch = new Map<string, HistoryLine>();
  readonly #tickets = new Set<Ticket>();
  /** When the last exchange of a user ended. */
  readonly #endedAtMs = new Map<string, number>();
  /** Users whose log is being trimmed, or erased, from outside an exchange. */
  readonly #tended = new Map<string, number>();
  /** Settled changes whose data was erased while they waited nowhere: they must never come back. */
  readonly #buried = new Set<string>();
  /** All settled changes whose data was erased. */
  readonly erased = new Set<string>();
  /** Server time of the last commit of each change. */
  readonly committedAtMs = new Map<string, number>();
  /** Server time of each user's last erase. */
  readonly erasedAtMs = new Map<string, number>();

  constructor(
    private readonly run: VerdictOnRun,
    readonly register: ChangeRegister,
    private readonly serverNowMs: () => number,
  ) {}

  lineOf(user: string): HistoryLine {
    let line = this.lines.get(user);
    if (!line) this.#stand(user, line = new HistoryLine(user, 1));
    return line;
  }

  /** The history that an epoch names, if it ever stood. */
  byEpoch(user: string, epoch: string): HistoryLine | undefined {
    return this.#byEpoch.get(`${user} ${epoch}`);
  }

  epochOf(line: HistoryLine): string {
    return `${this.generation}.${line.epochNumber}`;
  }

  generationStands(generation: string): void {
    if (generation === this.generation) return;
    this.generation = generation;
    for (const [user, line] of this.lines) this.#stand(user, line);
  }

  began(user: string, request: ExchangeRequest): Ticket {
    const line = this.lineOf(user);
    const ticket: Ticket = {
      user,
      request,
      changes: request.changes as PushedChange[],
      line,
      head: line.head,
      own: new Set(),
      next: 0,
      made: new Set(),
      pushesInto: line,
    };
    this.#tickets.add(ticket);
    return ticket;
  }

  ended(ticket: Ticket): void {
    this.#tickets.delete(ticket);
    this.#endedAtMs.set(ticket.user, this.serverNowMs());
  }

  /** Somebody looks after a user's log until `work` is done. */
  tend(user: string, work: Promise<unknown>): void {
    const add = (by: number) => void this.#tended.set(user, (this.#tended.get(user) ?? 0) + by);
    add(1);
    work.finally(() => add(-1)).catch(() => {});
  }

  touched(user: string): void {
    const endedAgoMs = this.serverNowMs() - (this.#endedAtMs.get(user) ?? -Infinity);
    const allowed = (this.#tended.get(user) ?? 0) > 0 || endedAgoMs < lingerMsMax ||
      [...this.#tickets].some((ticket) => ticket.user === user);
    this.run.hold(
      "I16",
      allowed,
      () => `keys of ${user} were touched, but nobody with a token of theirs asked`,
    );
  }

  headReplaced(user: string, head: Head): void {
    const line = this.lineOf(user);
    if (head.epochNumber === line.epochNumber) return;
    if (head.prefix === line.prefix) {
      line.epochNumber = head.epochNumber;
      return this.#stand(user, line);
    }
    this.erasedAtMs.set(user, this.serverNowMs());
    for (const changeId of line.marks.keys()) {
      this.erased.add(changeId);
      const account = this.register.get(changeId);
      if (account && !waits(account)) this.#buried.add(changeId);
    }
    this.#stand(user, new HistoryLine(user, head.epochNumber, head.prefix));
  }

  backedUp(): Memory {
    return { lines: [...this.lines.values()].map((line) => line.remember()) };
  }

  restored({ lines }: Memory): void {
    this.lines.clear();
    for (const memory of lines) this.lines.set(memory.line.user, HistoryLine.from(memory));
  }

  /** The exchange that a commit belongs to: the one whose changes, from where it stands, are these in this order. */
  ticketOf(user: string, steps: readonly SettledStep[]): Ticket | undefined {
    const line = this.lineOf(user);
    const fits = (ticket: Ticket, from: number) => {
      let at = from;
      return steps.every(({ changeId }) => {
        at = ticket.changes.findIndex((change, i) => i >= at && change.changeId === changeId) + 1;
        return at > 0;
      });
    };
    // A profile and its clone may push the same changes at the same time.
    const rows = steps.flatMap(({ row }) => row ?? []);
    // What comes from a history that has ended is not looked at.
    const mine = [...this.#tickets].filter((ticket) =>
      ticket.user === user && rows.every(({ deviceId }) => deviceId === ticket.request.deviceId) &&
      (ticket.request.epoch === undefined || this.byEpoch(user, ticket.request.epoch) === line)
    );
    for (const ticket of mine) {
      if (ticket.pushesInto !== line) {
        Object.assign(ticket, { pushesInto: line, head: line.head, next: 0, own: new Set() });
      }
    }
    const going = mine.filter((ticket) => fits(ticket, ticket.next));
    const found = going.find(({ made }) => made.size > 0) ?? going[0];
    if (found) return found;
    // A request that the network has doubled may have been taken for its twin.
    const again = mine.find((ticket) => fits(ticket, 0));
    if (again) again.next = 0;
    return again;
  }

  stepCommitted(user: string, step: SettledStep, ticket: Ticket | undefined): void {
    const { run } = this;
    const line = this.lineOf(user);
    const { changeId, mark, row } = step;
    const name = () => `${changeId} of ${user}`;
    // Two servers may note at once, on the same head, that a change changes nothing.
    const known = line.marks.get(changeId);
    const isSame = !row && known?.version === mark.version && known.status === mark.status;
    run.hold("I1", known === undefined || isSame, () => `${name()} was settled twice in one history`);
    run.hold("I16", ticket !== undefined, () => `${name()} was committed, but nobody had pushed it`);
    if (!ticket || run.failure) return;
    ticket.made.add(changeId);
    const change = ticket.changes.find((one) => one.changeId === changeId)!;
    const key = keyOf(change);
    this.#checkOwner(user, changeId, ticket);
    // Noted once more, it may come after what was made later: it moves nothing.
    if (!isSame) this.#checkOrder(line, changeId, key);
    if (row) {
      run.hold(
        "I5",
        row.version === line.head + 1 && step.head.version === row.version,
        () => `version ${row.version} follows ${line.head}`,
      );
      run.hold(
        "I5",
        mark.version === row.version && mark.status === row.status,
        () => `the mark of ${name()} says other than its row`,
      );
    }
    this.#checkModel(line, ticket, step, key);
    if (row) this.#checkRevival(line, ticket, change, row);
    line.marks.set(changeId, { version: mark.version, status: mark.status, said: wordsOf(change) });
    this.committedAtMs.set(changeId, this.serverNowMs());
    if (!row) return;
    const { after } = step.entity ?? {};
    line.add(
      row.version,
      key,
      after ? { data: after.deleted ? null : after.data, device: row.deviceId } : null,
    );
    run.hold(
      "I10",
      formatChecksum(step.head.checksum) === formatChecksum(line.checksumAt(row.version)),
      () => `the server's checksum at version ${row.version} is not that of its entities`,
    );
  }

  #checkOwner(user: string, changeId: string, { request }: Ticket): void {
    const account = this.register.get(changeId);
    // Two profiles may have what was cloned, and a lying disk forgets that it was settled.
    if (!account || account.doubtful) return;
    this.run.hold(
      "I16",
      account.owner === null || account.owner === user,
      () => `${changeId} of ${account.owner} got into the log of ${user}`,
    );
    account.owner = user;
    // A first exchange names no epoch: one that the network held back cannot be told from a new device's.
    if (request.epoch === undefined) return;
    this.run.hold("I17", !this.#buried.has(changeId), () => `${changeId} came back after an erase`);
  }

  #checkOrder(line: HistoryLine, changeId: string, key: string): void {
    const account = this.register.get(changeId);
    // What was rejected goes when it is sent again: last, if a person retries it.
    if (!account || account.wasRejected || account.doubtful) return;
    // Given up while a request with it was on its way: it may come later than what was made afterwards.
    if (account.discarded || account.excuse !== null) return;
    const place = `${account.maker} ${key}`;
    const newest = line.accepted.get(place) ?? 0;
    this.run.hold(
      "I4",
      account.order > newest,
      () => `${changeId} on ${key} was accepted after a later edit of the same device`,
    );
    line.accepted.set(place, account.order);
  }

  #checkRevival(
    line: HistoryLine,
    ticket: Ticket,
    change: PushedChange,
    row: NonNullable<SettledStep["row"]>,
  ): void {
    const deletion = line.deletions.get(keyOf(change));
    const isDead = line.entities.get(keyOf(change))?.at(-1)?.data === null;
    if (!deletion || !isDead || row.effect === "none") return;
    const base = row.baseVersion;
    const seen = base >= deletion.version || deletion.device === row.deviceId ||
      ticket.own.has(deletion.version);
    this.run.hold(
      "I14",
      row.effect === "created" && seen,
      () =>
        `${row.changeId} (${row.type}, base ${base}) revived ${
          keyOf(change)
        }, deleted at ${deletion.version}`,
    );
  }

  /** Lets the model judge everything of the request up to this step, and compares. */
  #checkModel(
    line: HistoryLine,
    ticket: Ticket,
    { changeId, mark, row, entity }: SettledStep,
    key: string,
  ): void {
    const { run } = this;
    const device = ticket.request.deviceId ?? "";
    const index = ticket.changes.findIndex((change, i) => i >= ticket.next && change.changeId === changeId);
    for (; ticket.next < index; ticket.next++) {
      const earlier = ticket.changes[ticket.next]!;
      const mark = line.marks.get(earlier.changeId);
      if (mark && same(mark.said, wordsOf(earlier))) {
        line.model.push(device, [modelChange(earlier, 0)], ticket.own);
      } else this.#noteRejected(earlier.changeId);
    }
    ticket.next = index + 1;
    const change = ticket.changes[index]!;
    const asked = change.baseVersion ?? ticket.request.lastKnownServerVersion;
    const base = row?.baseVersion ?? asked;
    run.hold(
      "model",
      base === asked || (base === 0 && asked > ticket.head),
      () => `${changeId} asked to be judged by base ${asked}, but was judged by ${base}`,
    );
    const verdict = line.model.push(device, [modelChange(change, base)], ticket.own)[0]!;
    const is = `${mark.status} v${mark.version}${row?.conflict ? ` ${row.conflict.reason}` : ""}`;
    const should = `${verdict.status} v${verdict.version}${verdict.reason ? ` ${verdict.reason}` : ""}`;
    run.hold("model", is === should, () => `${changeId} on ${key} is ${is}, but should be ${should}`);
    const now = line.model.get(key) ?? null;
    if (entity) {
      const data = entity.after.deleted ? null : entity.after.data;
      run.hold(
        "model",
        same(data, now),
        () => `${key} is ${JSON.stringify(data)} after ${changeId}, but should be ${JSON.stringify(now)}`,
      );
    } else {
      const before = line.entities.get(key)?.at(-1)?.data ?? null;
      run.hold("model", same(before, now), () => `${changeId} should have acted on ${key}`);
    }
  }

  /** Even if nobody hears of it: sent again it is judged anew, and may go then, after later edits. */
  #noteRejected(changeId: string): void {
    const account = this.register.get(changeId);
    if (account) account.wasRejected = true;
  }

  #stand(user: string, line: HistoryLine): void {
    this.lines.set(user, line);
    if (this.generation !== "") this.#byEpoch.set(`${user} ${this.epochOf(line)}`, line);
  }
}

/** What a change says, as its mark's digest has it. */
function wordsOf({ type, entityType, entityId, data, unset }: PushedChange): unknown {
  return [
    type,
    entityType,
    entityId,
    type === "DELETED" ? null : data,
    type === "UPDATED" ? unset?.toSorted() ?? [] : [],
  ];
}

function modelChange(change: PushedChange, baseVersion: number) {
  return {
    changeId: change.changeId,
    type: change.type,
    entityId: keyOf(change),
    ...(change.data === undefined || change.type === "DELETED" ? {} : { data: change.data as JsonObject }),
    ...(change.unset === undefined || change.type !== "UPDATED" ? {} : { unset: change.unset }),
    baseVersion,
  };
}

/** I9, I11 and the replay half of I1, on an answer before it leaves the server. */
export function checkAnswer(
  run: VerdictOnRun,
  ledger: LedgerChecks,
  ticket: Ticket,
  response: SyncResponse,
): void {
  const { changes, request, user } = ticket;
  const { results, newChanges, latestServerVersion, serverVersion, hasMore } = response;
  run.hold(
    "I11",
    results.length === changes.length,
    () => `${results.length} verdicts on ${changes.length} changes`,
  );
  let isSuffix = false;
  const line = ledger.byEpoch(user, response.epoch);
  run.hold("I17", line !== undefined, () => `the answer names an epoch ${response.epoch} that never stood`);
  if (!line) return;
  results.forEach((verdict, i) => {
    const { changeId, status, version, original } = verdict;
    run.hold("I11", changeId === changes[i]?.changeId, () => `verdict ${i} is about another change`);
    run.hold("I11", !isSuffix || status === "retry", () => `a verdict follows a 'retry'`);
    isSuffix ||= status === "retry";
    if (status === "retry") return;
    const mark = line.marks.get(changeId ?? "");
    if (status === "rejected") {
      // Even if the answer gets lost: sent again it is judged anew, and may go then, after later edits.
      const account = ledger.register.get(changeId ?? "");
      if (account) account.wasRejected = true;
      if (verdict.code === "unknown_entity" && line === ticket.line) {
        const key = keyOf(changes[i]!);
        run.hold(
          "model",
          line.at(key, ticket.head) === undefined,
          () => `${key} is known, but was called unknown`,
        );
      }
      return;
    }
    const first = mark && mark.version === version &&
      (status === mark.status || (status === "duplicate" && original === mark.status));
    run.hold(
      "I1",
      first === true,
      () =>
        `${changeId} was told ${status} v${version}, but its first verdict is ${mark?.status} v${mark?.version}`,
    );
  });
  if (response.reset) {
    run.hold(
      "I17",
      results.every(({ status }) => status === "retry"),
      () => "a change was settled with a reset",
    );
  }
  const from = response.reset ? 0 : request.lastKnownServerVersion;
  run.hold(
    "I9",
    hasMore || line !== ticket.line || latestServerVersion >= ticket.head,
    () =>
      `'hasMore' is false at ${latestServerVersion}, but the head was ${ticket.head} when the request came`,
  );
  run.hold(
    "I9",
    hasMore || latestServerVersion === serverVersion,
    () => `'hasMore' is false at ${latestServerVersion} of ${serverVersion}`,
  );
  run.hold(
    "I9",
    newChanges.every(({ version }) => version > from && version <= latestServerVersion),
    () => `the page from ${from} to ${latestServerVersion} holds a change from elsewhere`,
  );
}
