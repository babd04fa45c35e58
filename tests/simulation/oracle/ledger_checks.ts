/**
 * What the server makes true, checked as each step is committed: I1 (one row and one mark a change), I4 (per
 * entity the order of its maker), I5 (versions without gaps), I14 (nothing from before a deletion revives), I16
 * (only the user's own), I17 (nothing comes back after an erase), and every verdict against the reference model.
 */
import type { ExchangeRequest } from "../../../api/mod.ts";
import type { Head, SettledStep } from "../../../api/ledger/records.ts";
import type { PushedChange } from "../../../shared/mod.ts";
import { formatChecksum } from "../../../shared/mod.ts";
import { type ChangeRegister, waits } from "./change_register.ts";
import { HistoryLine, keyOf, type LineMemory } from "./history_line.ts";
import { checkModel, type ModelParts, wordsOf } from "./model_checks.ts";
import { same } from "./same.ts";
import type { Ticket } from "./ticket.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

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
  /** Settled changes that came back after an erase, by a first exchange that the network had held back. */
  readonly cameBack = new Set<string>();
  /** Server time of the last commit of each change for each user. */
  readonly #committedAtMs = new Map<string, number>();
  /** Server time of each user's last erase. */
  readonly erasedAtMs = new Map<string, number>();

  readonly #modelParts: ModelParts;

  constructor(
    private readonly run: VerdictOnRun,
    readonly register: ChangeRegister,
    private readonly serverNowMs: () => number,
  ) {
    this.#modelParts = { run, noteRejected: (changeId) => this.#noteRejected(changeId) };
  }

  /** Server time of the last commit of a change for `user`: two may have what was nobody's when it was cloned. */
  committedAtMs(user: string, changeId: string): number | undefined {
    return this.#committedAtMs.get(`${user} ${changeId}`);
  }

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
      beganAt: line.head,
      beganAtMs: this.serverNowMs(),
      head: line.head,
      own: new Set(),
      next: 0,
      made: new Set(),
      createdAt: null,
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
      return steps.every(({ changeId, row }) => {
        at = ticket.changes.findIndex((change, i) =>
          i >= at && change.changeId === changeId && (!row || same(wordsOf(change), wordsOf(row)))
        ) + 1;
        return at > 0;
      });
    };
    // A profile and its clone may push the same changes at the same time, even other ones under the same ids.
    const rows = steps.flatMap(({ row }) => row ?? []);
    // What comes from a history that has ended is not looked at.
    const mine = [...this.#tickets].filter((ticket) =>
      ticket.user === user && rows.every(({ deviceId }) => deviceId === ticket.request.deviceId) &&
      (ticket.request.epoch === undefined || this.byEpoch(user, ticket.request.epoch) === line)
    );
    for (const ticket of mine) {
      if (ticket.pushesInto !== line) {
        Object.assign(ticket, {
          pushesInto: line,
          head: line.head,
          next: 0,
          own: new Set(),
          createdAt: null,
        });
      }
    }
    const going = mine.filter((ticket) => fits(ticket, ticket.next));
    // One exchange dates all its rows alike, soon after it began: another one with the same changes has another time.
    const createdAt = rows[0]?.createdAt;
    const dated = going.filter((ticket) => !createdAt || !ticket.createdAt || ticket.createdAt === createdAt);
    const latest = createdAt && dated.findLast(({ beganAtMs }) => beganAtMs <= Date.parse(createdAt));
    const found = dated.find(({ made }) => made.size > 0) ?? (latest || dated[0]);
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
    ticket.createdAt ??= row?.createdAt ?? null;
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
    checkModel(this.#modelParts, line, ticket, step, key);
    if (row) this.#checkRevival(line, ticket, change, row);
    line.marks.set(changeId, { version: mark.version, status: mark.status, said: wordsOf(change) });
    this.#committedAtMs.set(`${user} ${changeId}`, this.serverNowMs());
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
    if (request.epoch === undefined) {
      // Also of a history that a restore had put away before the erase.
      const goneAtMs = this.erasedAtMs.get(user) ?? -Infinity;
      const wasSettled = account.settledAtMs > 0 && account.settledAtMs <= goneAtMs;
      if (wasSettled || this.erased.has(changeId)) this.cameBack.add(changeId);
      return;
    }
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
