/**
 * The judge of one run: it watches everything that becomes durable on a device, everything that the ledger commits
 * and answers, everything that leaves, and what every page shows, and holds all of it against the invariants of
 * the design as it happens. It changes nothing.
 */
import type { ExchangeRequest } from "../../../api/mod.ts";
import type { Head, SettledStep } from "../../../api/ledger/records.ts";
import type { TransportRequest } from "../../../client/ports.ts";
import type { SyncResponse } from "../../../shared/mod.ts";
import type { Database, DiskListener, Handle, Writes } from "../disk.ts";
import { type InFlight, type Page, shortId } from "../page.ts";
import type { Profile } from "../profile.ts";
import type { ServerObserver } from "../server.ts";
import type { Trace } from "../trace.ts";
import { epochMs } from "../virtual_time.ts";
import { checkRejections } from "./answer_checks.ts";
import { BaseChecks } from "./base_checks.ts";
import { ChangeRegister, waits } from "./change_register.ts";
import { DatabaseMirror } from "./database_mirror.ts";
import { DeviceChecks } from "./device_checks.ts";
import { GivenUp } from "./given_up.ts";
import { HoldChecks } from "./hold_checks.ts";
import { LedgerChecks } from "./ledger_checks.ts";
import { ListenerChecks } from "./listener_checks.ts";
import { LossChecks } from "./loss_checks.ts";
import { checkSaved, checkView, hasCaughtUp } from "./page_checks.ts";
import { checkRequest } from "./request_checks.ts";
import { SaidChecks } from "./said_checks.ts";
import { TellingChecks } from "./telling_checks.ts";
import type { Ticket } from "./ticket.ts";
import { checkAnswer } from "./verdict_checks.ts";
import { VerdictOnRun } from "./verdict_on_run.ts";

/** Entities of a page that are to be looked at again; "all" after a change of what is shown. */
type Dirty = Set<string> | "all";

export class Oracle implements DiskListener, ServerObserver {
  readonly run: VerdictOnRun;
  readonly register = new ChangeRegister();
  readonly ledger: LedgerChecks;
  readonly mirrors = new Map<Database, DatabaseMirror>();
  readonly said: SaidChecks;
  readonly holds: HoldChecks;
  readonly listeners: ListenerChecks;
  readonly givenUp = new GivenUp(this.register);
  readonly losses: LossChecks;
  readonly telling: TellingChecks;
  readonly #bases: BaseChecks;
  readonly #device: DeviceChecks;
  readonly #dirty = new Map<Page, Dirty>();
  readonly #profiles: () => readonly Profile[];

  constructor(
    private readonly nowMs: () => number,
    private readonly trace: Trace,
    profiles: () => readonly Profile[],
  ) {
    this.run = new VerdictOnRun(nowMs);
    this.ledger = new LedgerChecks(this.run, this.register, () => epochMs + nowMs());
    this.#device = new DeviceChecks(this.run, this.register, this.ledger, this.givenUp);
    this.#bases = new BaseChecks(this.run, this.ledger, () => epochMs + nowMs());
    this.said = new SaidChecks(this.run, this.register);
    this.holds = new HoldChecks(this.run, this.register);
    this.listeners = new ListenerChecks(this.run);
    this.telling = new TellingChecks(this.run);
    this.losses = new LossChecks(this.run, (page) => this.shownBy(page));
    this.#profiles = profiles;
  }

  // What devices make durable.

  committed(database: Database, writes: Writes, handle: Handle): void {
    const mirror = this.mirrorOf(database);
    const before = mirror.sync;
    const shownBefore = this.#bases.before(mirror, writes);
    mirror.apply(writes);
    this.trace.add(handle.page.name, `commit r${database.revision} ${describe(writes)}`);
    this.#device.committed(mirror, writes, before);
    this.#bases.committed(mirror, writes, before, shownBefore);
    this.holds.committed(mirror, writes, before);
    this.said.committed(writes);
    this.losses.committed(mirror, writes);
    this.telling.committed(handle.page as Page, writes);
    const { sync } = mirror;
    const isAll = before.viewCursor !== sync.viewCursor || before.shownSlot !== sync.shownSlot ||
      before.staging !== sync.staging || before.restarts !== sync.restarts;
    for (const page of mirror.profile.pages) {
      if (isAll) this.#dirty.set(page, "all");
      else for (const key of keysOf(writes)) this.#soil(page, key);
    }
  }

  replaced(database: Database, why: "evicted" | "tail-lost" | "cloned"): void {
    const mirror = this.mirrorOf(database);
    const were = this.register.forget(mirror);
    mirror.reload();
    this.register.place(mirror);
    for (const account of were) {
      const isGone = !waits(account) && (why === "evicted" || account.ackedIn.size === 0);
      if (isGone) account.excuse ??= why === "evicted" ? "evicted" : "lost by the disk";
      // What a lying disk forgot may be written again in other words; what was evicted may still be on its way.
      account.doubtful ||= why !== "cloned";
    }
    // Two profiles have it, or it is back where it had left.
    if (why !== "evicted") this.register.doubt(mirror);
    for (const page of mirror.profile.pages) this.#dirty.set(page, "all");
  }

  /** I2: an edit whose promise has resolved is on the disk, or in the memory of a page that says so. */
  acknowledged(page: Page, changeId: string): void {
    if (page.memoryMode) return;
    const account = this.register.get(changeId);
    this.run.hold(
      "I2",
      account !== undefined,
      () => `${changeId} was promised to be kept by ${page.name}, but was never durable`,
    );
    if (account) account.acknowledged = true;
  }

  mirrorOf(database: Database): DatabaseMirror {
    let mirror = this.mirrors.get(database);
    if (!mirror) {
      const profile = this.#profiles().find(({ disk }) => disk.databases.get(database.name) === database)!;
      this.mirrors.set(database, mirror = new DatabaseMirror(database, profile));
    }
    return mirror;
  }

  /** The database that a page shows, if it has one open. */
  shownBy(page: Page): DatabaseMirror | undefined {
    const { session } = page;
    return session && this.mirrorOf(session.database);
  }

  // What the server does.

  touched(user: string): void {
    this.ledger.touched(user);
  }

  generationStands(generation: string): void {
    this.ledger.generationStands(generation);
  }

  stepsCommitted(user: string, steps: readonly SettledStep[], all: readonly SettledStep[]): void {
    const ticket = this.ledger.ticketOf(user, all);
    for (const step of steps) {
      const { row, mark, changeId } = step;
      this.trace.add(
        "server",
        `${user} v${mark.version} ${mark.status} ${shortId(changeId)}` +
          (row ? ` ${row.type} ${row.entityType}/${row.entityId} → ${row.effect}` : ""),
      );
      this.ledger.stepCommitted(user, step, ticket);
    }
  }

  headReplaced(user: string, head: Head): void {
    this.ledger.headReplaced(user, head);
  }

  exchangeBegan(user: string, request: ExchangeRequest): Ticket {
    return this.ledger.began(user, request);
  }

  exchangeEnded(ticket: unknown, response: SyncResponse): void {
    checkAnswer(this.run, this.ledger, ticket as Ticket, response);
    this.ledger.ended(ticket as Ticket);
    const { user, request } = ticket as Ticket;
    checkRejections(this.run, this.ledger, this.register, ticket as Ticket, response);
    this.holds.answered(user, request.epoch, response);
    this.trace.add(
      "server",
      `answers ${response.newChanges.length} changes up to ${response.latestServerVersion}` +
        `${response.hasMore ? "…" : ""} ${response.reset ?? ""} ${
          response.results.map(({ status }) => status).join(" ")
        }`,
    );
  }

  exchangeFailed(ticket: unknown): void {
    this.ledger.ended(ticket as Ticket);
  }

  backedUp(): unknown {
    return this.ledger.backedUp();
  }

  restored(memory: unknown): void {
    this.ledger.restored(memory as ReturnType<LedgerChecks["backedUp"]>);
  }

  // What leaves a device.

  requestSent(page: Page, request: TransportRequest): InFlight {
    const mirror = this.shownBy(page);
    const flight = checkRequest(this.run, page, mirror, request, this.nowMs());
    if (mirror && hasCaughtUp(page, mirror)) {
      this.holds.requestSent(page, mirror, request);
    }
    this.trace.add(page.name, `asks ${describeRequest(request.body as string)}`);
    return flight;
  }

  // What a page shows.

  /** Looks at every page whose database has moved since the last look, and at what its listeners know. */
  afterEvent(): void {
    this.listeners.afterEvent();
    for (const [page, keys] of this.#dirty) {
      if (page.dead) {
        this.#dirty.delete(page);
        continue;
      }
      const mirror = this.shownBy(page);
      if (page.hearsLate || page.logouts > 0 || !mirror || !hasCaughtUp(page, mirror)) continue;
      this.#dirty.delete(page);
      checkView(this.run, page, mirror, keys === "all" ? mirror.keys() : keys);
      checkSaved(this.run, page, mirror);
    }
  }

  #soil(page: Page, key: string): void {
    const dirty = this.#dirty.get(page);
    if (dirty === "all") return;
    this.#dirty.set(page, (dirty ?? new Set()).add(key));
  }
}

/** Entities that rows of the commit have a part in; deleted rows come with what replaces them. */
function keysOf(writes: Writes): string[] {
  const keys: string[] = [];
  for (const { key: [kind, , type, id], value } of writes.values()) {
    if (kind === "base") keys.push(`${type}/${id}`);
    const { change } = (value ?? {}) as { change?: { entityType: string; entityId: string } };
    if (change) keys.push(`${change.entityType}/${change.entityId}`);
  }
  return keys;
}

function describe(writes: Writes): string {
  const counts = new Map<string, number>();
  for (const { key: [kind], value } of writes.values()) {
    if (kind === "journal") continue;
    const name = value === undefined ? `-${kind}` : `+${kind}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => count > 1 ? `${name}×${count}` : name).join(" ");
}

function describeRequest(body: string): string {
  const { changes, lastKnownServerVersion, snapshot, epoch } = JSON.parse(body);
  return `from ${epoch?.slice(-4) ?? "-"}:${lastKnownServerVersion}${
    snapshot ? "…" : ""
  } pushing ${changes.length}`;
}
