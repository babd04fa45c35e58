/**
 * The network half, put together: when to sync, what to send, how to apply what comes back. What a person can
 * do about failures and conflicts is in `care.ts`. See `../network_half.ts` for the seam.
 */
import { fetchTransport } from "../adapters/fetch_transport.ts";
import { localStorageMarks } from "../adapters/local_storage_marks.ts";
import { systemRandom } from "../adapters/system_random.ts";
import { workerBackgroundSync } from "../adapters/worker_background_sync.ts";
import { webTabLock } from "../adapters/web_tab_lock.ts";
import type { ClientCore } from "../client_core.ts";
import type { DeviceMarks, WorkerHandover } from "../ports.ts";
import { tokenSubject } from "../token.ts";
import type { NetworkEngine, NetworkHalf } from "../network_half.ts";
import type { DeviceRows } from "../device_rows.ts";
import { type QueueRow, toOpenConflict } from "../rows.ts";
import type { Session, TabMessage } from "../session.ts";
import type { SyncError, SyncResult } from "../sync_client_api.ts";
import { adoptAnonymous } from "./adopt_anonymous.ts";
import { careFor } from "./care.ts";
import { detectLocalStorage } from "./detect_local_storage.ts";
import type { ExchangeOutcome } from "./exchange.ts";
import { toFailedChange } from "./failed_changes.ts";
import { LostChanges } from "./lost_changes.ts";
import { liftedRow, planMigrateSchema } from "./migrate_schema.ts";
import { Requests } from "./request.ts";
import { Rollout } from "./rollout.ts";
import { nothingDone } from "./nothing_done.ts";
import { readTiming, type ScheduleTiming } from "./schedule.ts";
import { Scheduler } from "./scheduler.ts";
import { type Interruption, type RunProgress, SyncRunner } from "./sync_run.ts";
import { hasSendable } from "./take_batch.ts";

export { memoryStore } from "../adapters/memory_store.ts";

/** Beyond a request's own time bound, the longest wait for another tab's exchange. */
const lockGraceMs = 2_000;
/** A flush of at least this many changes shows its progress. */
const progressFrom = 50;

/** What keeps one tab from syncing and says nothing about others: each has its own token and database handle. */
const ownTroubles: (string | undefined)[] = ["unauthenticated", "storage"];

/** Shown after a sync that went well, as long as the copies differ. */
const differingCopy: SyncError = {
  code: "invalid_answer",
  message:
    "This device's copy differs from the server's although it was loaded anew. It is checked again daily.",
};

/** Makes the network half of one client. */
export function createNetworkHalf(core: ClientCore): NetworkHalf {
  const marks = core.ports.marks ?? localStorageMarks;
  const engine = new SyncEngine(core, marks);
  return Object.assign(
    engine,
    careFor({
      core,
      marks,
      requests: engine.requests,
      edited: () => engine.edited(),
      signedIn: () => engine.signedIn(),
    }),
  );
}

class SyncEngine implements NetworkEngine {
  readonly requests: Requests;
  readonly #timing: ScheduleTiming;
  readonly #scheduler: Scheduler;
  #runner: SyncRunner | undefined;
  #lost: LostChanges | undefined;
  readonly #rollout: Rollout | undefined;
  #stopAnswering = () => {};
  /** Who waits for a user to sign in. */
  readonly #awaitingUser: { resolve(session: Session): void; reject(error: Error): void }[] = [];
  #interruption: Interruption | null = null;
  /** Ends the sync that is under way, where it only waits. */
  #givenUp = new AbortController();
  /** Resolves when what was edited while nobody was signed in is in the open database. */
  #adopted: Promise<void> = Promise.resolve();
  /** Why it is not there yet; it is tried again with every sync. */
  #unadopted: SyncError | null = null;
  /** The last sync found no usable token. */
  #unauthenticated = false;
  /** `auth-required` has been told, and nothing has changed since. */
  #toldToSignIn = false;

  constructor(private readonly core: ClientCore, private readonly marks: DeviceMarks) {
    const { options, ports, tokens } = core;
    const { clock, signals, transport = fetchTransport(), random = systemRandom } = ports;
    this.#timing = readTiming(options.timing);
    this.requests = new Requests({
      transport,
      clock,
      tokens,
      userId: () => core.session?.userId ?? null,
      requestTimeoutMs: this.#timing.requestTimeoutMs,
      leaving: () => !this.#scheduler.state.visible,
    });
    if (options.followRollout) this.#rollout = new Rollout(this.requests, options.endpoint, clock);
    this.#scheduler = new Scheduler({
      clock,
      random,
      signals,
      timing: this.#timing,
      automatic: options.autoSync ?? true,
      run: () => this.#run(),
      changed: () => core.board.update(),
    });
  }

  /** Resolves with the session of the next user who signs in; rejects when the client is closed. */
  signedIn(): Promise<Session> {
    return new Promise((resolve, reject) => {
      this.#awaitingUser.push({ resolve, reject });
      if (this.core.closed) this.#nobodySignsIn();
    });
  }

  opened(session: Session): void {
    const { core } = this;
    if (session.userId !== null) { for (const { resolve } of this.#awaitingUser.splice(0)) resolve(session); }
    const { options, ports } = core;
    this.#rollout?.forget();
    this.#toldToSignIn = false;
    const { clock, lock = webTabLock(clock) } = ports;
    // A memory that stands in for the database says nothing about it, and leaves the other tabs' mark alone.
    this.#lost = core.memoryFallback ? undefined : new LostChanges(core, this.marks, session);
    // Whoever comes waits for nothing that the last one met.
    this.#unauthenticated = !!session.userId && !!this.#runner;
    this.#lost?.update();
    this.#lift();
    this.#unadopted = null;
    this.#adopted = this.#adopt(session);
    void detectLocalStorage(core, this.marks, session);
    this.#runner = new SyncRunner({
      endpoint: options.endpoint,
      userId: session.userId,
      state: session.state,
      requests: this.requests,
      clock,
      deviceId: () => core.deviceId,
      entityTypes: options.entityTypes,
      lock,
      lockName: session.name,
      lockWaitMs: this.#timing.requestTimeoutMs + lockGraceMs,
      failingRestMs: this.#timing.backoffMaxMs,
      progress: (progress) => this.#progress(session, progress),
      exchanged: (outcome) => this.#exchanged(session, outcome),
      interrupted: () => this.#interruption ?? (session === core.session ? null : "closed"),
    });
    this.edited();
  }

  /** Lifts what lies here to the site's schemas: an older page, or the service worker, may have written it. */
  #lift(): void {
    const { core } = this;
    const { session, options: { entityTypes }, ports: { clock } } = core;
    const plan = (rows: DeviceRows) => planMigrateSchema(rows, entityTypes!, clock.wallMs());
    // Looked at first: most of the time there is nothing to write.
    if (!session || !entityTypes || plan(session.state.rows).result === 0) return;
    session.state.commit("local", plan).catch((error) => core.storageFailed(error));
  }

  /** Takes over what was edited while nobody was signed in. */
  async #adopt({ userId, state }: Session): Promise<void> {
    const { core } = this;
    const { anonymous } = core;
    // From the disk into a memory that goes with the page would lose them.
    const keeps = state.store.kind !== "memory" || anonymous?.kind === "memory";
    if (userId === null || !anonymous || !keeps) return;
    const { options: { entityTypes }, ports: { clock } } = core;
    const toRow = (row: QueueRow) => liftedRow(row, entityTypes ?? {}, clock.wallMs());
    // Whatever step failed: the next try goes on with it. A closed session is no fault.
    const isOpen = () => state === core.session?.state;
    try {
      const adopted = await adoptAnonymous(anonymous, state, userId, toRow);
      if (isOpen()) this.#unadopted = null;
      if (adopted > 0) this.edited();
    } catch (error) {
      if (!isOpen()) return;
      if (!this.#unadopted) core.storageFailed(error);
      this.#unadopted = { code: "storage", message: (error as Error).message };
    }
  }

  start(): void {
    const { background = workerBackgroundSync } = this.core.ports;
    this.#stopAnswering = background.answer(() => this.#handOver());
    this.#scheduler.start();
  }

  edited(): void {
    this.#lost?.update();
    this.#scheduler.edited();
    // Somebody has just signed in: they wait for what this device could not know, and no back-off concerns them.
    if (this.#unauthenticated && !this.core.board.signedOut && !this.#scheduler.state.stopped) {
      this.#unauthenticated = false;
      // What was edited while nobody was signed in goes along.
      void this.#adopted.then(() => this.syncNow());
    }
  }

  sync(): Promise<SyncResult> {
    return this.#scheduler.sync();
  }

  syncNow(): Promise<SyncResult> {
    // Who asks is told anew that they must sign in.
    this.#toldToSignIn = false;
    return this.#scheduler.syncNow();
  }

  async forceSync(): Promise<SyncResult> {
    const { timeline } = this.core;
    const last = timeline.steps().at(-1);
    const result = await this.syncNow();
    console.groupCollapsed(`Tenuto sync: ${result.success ? "ok" : result.error?.code}`);
    const steps = timeline.steps();
    // Not by count: the list is bounded, and steps are pushed out of it meanwhile.
    const ofThisSync = steps.slice(steps.indexOf(last!) + 1);
    console.table(ofThisSync.map(({ at, what, detail }) => ({ at, what, ...detail })));
    console.log(result);
    console.groupEnd();
    return result;
  }

  stop(): void {
    this.#interruption = "paused";
    this.#scheduler.stop();
  }

  resume(): void {
    this.#interruption = null;
    this.#scheduler.resume();
  }

  told(message: TabMessage): void {
    if (message.kind !== "synced" || ownTroubles.includes(message.error?.code)) return;
    const { board, session } = this.core;
    const rows = session?.state.rows;
    const idle = session?.state.idle();
    this.#scheduler.syncedElsewhere(message.error);
    // The status says no more that one must sign in; that is no sign-in of this tab, though.
    this.#unauthenticated = false;
    board.ended(message.error, this.#trouble(rows));
    // An edit of this tab that came too late for that sync still goes at the trailing edge.
    void idle?.then(() => {
      this.#lift();
      if (rows && message.error === null && hasSendable(rows)) this.#scheduler.edited();
    });
  }

  cancel(): void {
    this.requests.cancel();
    this.#givenUp.abort();
    // If the account stays after all, its later syncs go on.
    void this.idle().then(() => this.#givenUp = new AbortController());
  }

  idle(): Promise<void> {
    return this.#scheduler.idle();
  }

  close(): void {
    this.#interruption = "closed";
    this.#nobodySignsIn();
    this.#stopAnswering();
    this.#scheduler.close();
    this.requests.close();
    this.cancel();
  }

  get running(): boolean {
    return this.#scheduler.running;
  }

  get nextInMs(): number | null {
    return this.#scheduler.nextInMs;
  }

  #nobodySignsIn(): void {
    const closed = this.core.error("closed", "The client was closed before anybody signed in.");
    for (const { reject } of this.#awaitingUser.splice(0)) reject(closed);
  }

  async #run(): Promise<SyncResult> {
    const { board, emit, timeline, session } = this.core;
    if (session && this.#unadopted) await (this.#adopted = this.#adopt(session));
    // Between two accounts no database is open, or the opening has failed: the session starts a sync of its own.
    if (!session) void this.core.open().catch(() => {});
    const refusal = await this.#rollout?.refusal();
    const result = refusal
      ? nothingDone(refusal)
      : session && this.#runner
      ? await this.#runner.run(this.#givenUp.signal)
      : nothingDone({ code: "closed", message: "The local database is being opened." });
    this.#lost?.update();
    const error = result.error ?? null;
    if (this.#interruption !== null || error?.code === "closed" || session !== this.core.session) {
      // It says nothing about the server, or about the next user: nobody draws conclusions from it.
      board.progress(null);
      return result;
    }
    this.#unauthenticated = error?.code === "unauthenticated";
    board.ended(error, this.#trouble(session?.state.rows));
    // Once, not with every automatic attempt: a site opens its sign-in dialog on it.
    const tell = this.#unauthenticated && !this.#toldToSignIn;
    this.#toldToSignIn = this.#unauthenticated;
    if (tell) {
      emit("auth-required", { reason: session?.userId === null ? "signed_out" : "expired" });
    }
    session?.tell({ kind: "synced", error });
    if (error?.code === "offline") (this.core.ports.background ?? workerBackgroundSync).request();
    const { changesPushed: pushed, changesApplied: applied } = result;
    timeline.add("synced", { pushed, applied, error: error?.code ?? null });
    return result;
  }

  /** For the site's service worker: whose queue it may drain, with the token at hand. */
  async #handOver(): Promise<WorkerHandover | null> {
    const { options, tokens, open } = this.core;
    const refusal = await this.#rollout?.refusal();
    // Asking takes time: an account that is being left meanwhile is not handed over.
    const { userId } = await open();
    const token = await tokens.get(null);
    if (refusal || this.#interruption || !userId || tokenSubject(token) !== userId) return null;
    return { endpoint: options.endpoint, name: options.name ?? "tenuto", userId, token: token! };
  }

  #progress({ state }: Session, progress: RunProgress): void {
    const { sync, queue } = state.rows;
    const firstSync = sync.snapshot || (sync.epoch === null && queue.size === 0);
    this.core.board.progress(firstSync || progress.total >= progressFrom ? progress : null);
  }

  #exchanged({ state }: Session, outcome: ExchangeOutcome): void {
    const { core } = this;
    const { emit, timeline, board } = core;
    const { ms } = outcome;
    if (!outcome.ok) {
      timeline.add("failed", { pushed: outcome.pushed, code: outcome.error.code, ms });
      if (outcome.setAside) emit("rejected", toFailedChange(outcome.setAside));
      return;
    }
    const { applied, pushed } = outcome;
    timeline.add("applied", {
      pushed,
      settled: applied.settled.length,
      rejected: applied.rejected.length,
      pulled: applied.changesApplied,
      conflicts: applied.newConflicts.length,
      cursor: state.rows.sync.cursor,
      ms,
    });
    // Where there is more to hear, nothing may be called synced until a run has ended well.
    board.headSeen(applied.hasMore || !applied.pageUsed || this.#unadopted ? { headConfirmed: false } : {});
    // What it wrote is durable: a full disk has room again.
    if (!this.#unadopted) board.storageWorked();
    for (const { change, status, version } of applied.settled) {
      emit("applied", { changeId: change.changeId, status, version });
    }
    for (const row of applied.rejected) emit("rejected", toFailedChange(row));
    for (const row of applied.newConflicts) emit("conflict", toOpenConflict(row));
    if (applied.reset) emit("reset", { reason: applied.reset });
    // If it cannot be written, the next echo asks again.
    if (applied.deviceIdTaken) core.replaceDeviceId().catch((error) => core.storageFailed(error));
  }

  #trouble(rows: DeviceRows | undefined): SyncError | null {
    return this.#unadopted ?? (rows?.sync.checksumBroken ? differingCopy : null);
  }
}
