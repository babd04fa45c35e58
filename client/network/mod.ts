/**
 * The network half, put together: when to sync, what to send, how to apply what comes back, and what a person
 * can do about failures and conflicts. See `../network_half.ts` for the seam.
 */
import type { JsonObject } from "../../shared/mod.ts";
import { fetchTransport } from "../adapters/fetch_transport.ts";
import { systemRandom } from "../adapters/system_random.ts";
import { webTabLock } from "../adapters/web_tab_lock.ts";
import type { NetworkContext, NetworkHalf } from "../network_half.ts";
import { toOpenConflict } from "../rows.ts";
import type { Session, TabMessage } from "../session.ts";
import type { DebugExport, FailedChange, HistoryEntry, LocalStats, SyncResult } from "../sync_client_api.ts";
import { debugExport } from "./debug_export.ts";
import type { ExchangeOutcome } from "./exchange.ts";
import { failedChanges, planDiscard, planDiscardAll, planRetry, toFailedChange } from "./failed_changes.ts";
import { readHistory } from "./history.ts";
import { inverseOf } from "./inverse_change.ts";
import { Requests } from "./request.ts";
import { planResolve } from "./resolve_conflict.ts";
import { defaultTiming, type ScheduleTiming } from "./schedule.ts";
import { Scheduler } from "./scheduler.ts";
import { type RunProgress, SyncRunner } from "./sync_run.ts";

/** Most changes wanted in a page. */
const pageChangesMax = 1000;
/** Beyond a request's own time bound, the longest wait for another tab's exchange. */
const lockGraceMs = 2_000;
/** A flush of at least this many changes shows its progress. */
const progressFrom = 50;

/** Makes the network half of one client. */
export function createNetworkHalf(context: NetworkContext): NetworkHalf {
  return new Network(context);
}

class Network implements NetworkHalf {
  readonly #timing: ScheduleTiming;
  readonly #requests: Requests;
  readonly #scheduler: Scheduler;
  #runner: SyncRunner | undefined;
  #interrupted = false;

  constructor(private readonly context: NetworkContext) {
    const { options, ports, tokens } = context;
    const { clock, signals, transport = fetchTransport(), random = systemRandom } = ports;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#requests = new Requests({
      transport,
      clock,
      tokens,
      userId: () => context.session()?.userId ?? null,
      requestTimeoutMs: this.#timing.requestTimeoutMs,
    });
    this.#scheduler = new Scheduler({
      clock,
      random,
      signals,
      timing: this.#timing,
      automatic: options.autoSync ?? true,
      run: () => this.#run(),
      changed: () => context.board.update(),
    });
  }

  opened(session: Session): void {
    const { options, ports, deviceId } = this.context;
    const { clock, lock = webTabLock(clock) } = ports;
    this.#runner = new SyncRunner({
      endpoint: options.endpoint,
      state: session.state,
      requests: this.#requests,
      clock,
      deviceId,
      pageChangesMax,
      lock,
      lockName: session.name,
      lockWaitMs: this.#timing.requestTimeoutMs + lockGraceMs,
      failingRestMs: this.#timing.backoffMaxMs,
      progress: (progress) => this.#progress(session, progress),
      exchanged: (outcome) => this.#exchanged(session, outcome),
      interrupted: () => this.#interrupted || session !== this.context.session(),
    });
  }

  start(): void {
    this.#scheduler.start();
  }

  edited(): void {
    this.#scheduler.edited();
  }

  sync(): Promise<SyncResult> {
    return this.#scheduler.sync();
  }

  syncNow(): Promise<SyncResult> {
    return this.#scheduler.syncNow();
  }

  stop(): void {
    this.#interrupted = true;
    this.#scheduler.stop();
  }

  resume(): void {
    this.#interrupted = false;
    this.#scheduler.resume();
  }

  told(message: TabMessage): void {
    if (message.kind !== "synced") return;
    this.#scheduler.syncedElsewhere(message.error === null);
    this.context.board.ended(message.error, false);
  }

  idle(): Promise<void> {
    return this.#scheduler.idle();
  }

  close(): void {
    this.#interrupted = true;
    this.#scheduler.close();
    this.#requests.close();
  }

  get running(): boolean {
    return this.#scheduler.running;
  }

  get nextInMs(): number | null {
    return this.#scheduler.nextInMs;
  }

  failed({ state }: Session): FailedChange[] {
    return structuredClone(failedChanges(state.rows));
  }

  async retry({ state }: Session, changeId: string): Promise<void> {
    const known = await this.#guarded(state.commit("local", (rows) => planRetry(rows, changeId)));
    if (!known) throw this.#notFound("retry", changeId);
    this.edited();
  }

  async discard({ state }: Session, changeId: string): Promise<void> {
    const nowMs = this.context.ports.clock.wallMs();
    const discarded = await this.#guarded(
      state.commit("rollback", (rows) => planDiscard(rows, changeId, nowMs)),
    );
    if (discarded.length === 0) throw this.#notFound("discard", changeId);
    this.edited();
  }

  async discardAll({ state }: Session): Promise<void> {
    const nowMs = this.context.ports.clock.wallMs();
    await this.#guarded(state.commit("rollback", (rows) => planDiscardAll(rows, nowMs)));
  }

  async resolve({ state }: Session, id: string, choice: "mine" | "theirs" | JsonObject): Promise<void> {
    const { ports, schemaVersion, error } = this.context;
    const stamp = { changeId: ports.ids.uuid(), timestamp: ports.clock.wallMs() };
    const outcome = await this.#guarded(
      state.commit("local", (rows) => planResolve(rows, id, choice, stamp, schemaVersion)),
    );
    if (!outcome.ok) throw error(outcome.code, outcome.message);
    this.edited();
  }

  async undo(): Promise<void> {
    const { writer, error, ports, schemaVersion } = this.context;
    const step = writer()?.takeUndo();
    const intent = step && inverseOf(step);
    if (!intent) throw error("nothing_to_undo", "Cannot undo: nothing was changed on this page.");
    const { ids, clock } = ports;
    await writer()!.write({
      intent,
      changeId: ids.uuid(),
      timestamp: clock.wallMs(),
      schemaVersion: schemaVersion(intent.entityType),
    });
    // The inverse's own inverse: undoing twice goes two steps back, not forth and back.
    writer()!.takeUndo();
    this.edited();
  }

  export({ state }: Session, stats: LocalStats, values: boolean): DebugExport {
    const { board, deviceId, ports } = this.context;
    const facts = { stats, deviceId: deviceId(), state: board.status.state, nowMs: ports.clock.wallMs() };
    return structuredClone(debugExport(state.rows, facts, values));
  }

  async history(type: string, id: string): Promise<HistoryEntry[]> {
    const found = await readHistory(this.#requests, this.context.options.endpoint, type, id);
    if (typeof found === "string") throw this.context.error("request_failed", found);
    return found;
  }

  async #run(): Promise<SyncResult> {
    const { board, emit, timeline, authReason } = this.context;
    const session = this.context.session();
    session?.tell({ kind: "syncing" });
    const result = await this.#runner!.run();
    const error = result.error ?? null;
    board.ended(error, session?.state.rows.sync.checksumBroken ?? false);
    if (error?.code === "unauthenticated") emit("auth-required", { reason: authReason() });
    session?.tell({ kind: "synced", error });
    const { changesPushed: pushed, changesApplied: applied } = result;
    timeline.add("synced", { pushed, applied, error: error?.code ?? null });
    return result;
  }

  #progress({ state }: Session, progress: RunProgress): void {
    const { sync, queue } = state.rows;
    const firstSync = sync.snapshot || (sync.epoch === null && queue.size === 0);
    this.context.board.progress(firstSync || progress.total >= progressFrom ? progress : null);
  }

  #exchanged({ state }: Session, outcome: ExchangeOutcome): void {
    const { emit, timeline, board, replaceDeviceId } = this.context;
    if (!outcome.ok) {
      timeline.add("failed", { pushed: outcome.pushed, code: outcome.error.code });
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
    });
    board.headSeen();
    for (const { change, status, version } of applied.settled) {
      emit("applied", { changeId: change.changeId, status, version });
    }
    for (const row of applied.rejected) emit("rejected", toFailedChange(row));
    for (const row of applied.newConflicts) emit("conflict", toOpenConflict(row));
    if (applied.reset) emit("reset", { reason: applied.reset });
    if (applied.deviceIdTaken) void replaceDeviceId();
  }

  async #guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.context.storageFailed(error);
    }
  }

  #notFound(verb: string, changeId: string): Error {
    return this.context.error(
      "not_found",
      `Cannot ${verb} the change: no failed change has the id ${changeId}.`,
    );
  }
}
