/**
 * The client: puts queue, view, schedule and exchange together and gives them the names of the public
 * surface. It holds no rules of its own; each of its parts can be read, and tested, without it.
 *
 *     app → EditWriter → DeviceState (rows, view) → Scheduler → SyncRunner → exchange → server
 *                              ▲                                               │
 *                              └──────────────── planApply ◀──────────────────┘
 */
import type { ChangeIntent, JsonObject } from "../shared/mod.ts";
import { broadcastTabChannel } from "./adapters/broadcast_tab_channel.ts";
import { browserSignals } from "./adapters/browser_signals.ts";
import { downloadJson } from "./adapters/download_json.ts";
import { fetchTransport } from "./adapters/fetch_transport.ts";
import { indexedDbStore } from "./adapters/indexed_db_store.ts";
import { systemClock } from "./adapters/system_clock.ts";
import { systemRandom } from "./adapters/system_random.ts";
import { uuidIds } from "./adapters/uuid_ids.ts";
import { webTabLock } from "./adapters/web_tab_lock.ts";
import { toOpenConflict } from "./conflicts.ts";
import { debugExport } from "./debug_export.ts";
import { EditWriter, readIntent } from "./edit_writer.ts";
import type { ExchangeOutcome } from "./exchange.ts";
import { failedChanges, planDiscard, planRetry, recordDiscards, toFailedChange } from "./failed_changes.ts";
import { type ClientPorts, type DeviceStore, StorageFault } from "./ports.ts";
import { Requests } from "./request.ts";
import { type Choice, resolvingIntent, stillStands } from "./resolve_conflict.ts";
import { rowKey } from "./rows.ts";
import { defaultTiming, type ScheduleTiming } from "./schedule.ts";
import { Scheduler } from "./scheduler.ts";
import { Accounts } from "./accounts.ts";
import type { Session, TabMessage } from "./session.ts";
import { StatusBoard } from "./status_board.ts";
import { type RunProgress, SyncRunner } from "./sync_run.ts";
import {
  type ChangeRecord,
  type DebugExport,
  type FailedChange,
  type HistoryEntry,
  type LocalStats,
  type OpenConflict,
  type QueuedChange,
  type SyncClient,
  SyncClientError,
  type SyncClientEvents,
  type SyncClientOptions,
  type SyncResult,
  type SyncStatus,
  type TimelineStep,
  type ViewChange,
} from "./sync_client_api.ts";
import { Timeline } from "./timeline.ts";
import { TokenKeeper } from "./token_keeper.ts";
import { planQueue } from "./change_queue.ts";

/** Most changes wanted in a page. */
const pageChangesMax = 1000;
/** Beyond a request's own time bound, the longest wait for another tab's exchange. */
const lockGraceMs = 2_000;

/**
 * Makes a client; returns at once. Work waits for the local database by itself.
 * Throws a `TypeError` if `endpoint` is no absolute URL or `getToken` no function.
 */
export function createSyncClient(options: SyncClientOptions): SyncClient {
  return new Client(options);
}

/** The browser's adapters, for the ports that are not given. */
function completePorts(ports: Partial<ClientPorts> = {}): ClientPorts {
  const clock = ports.clock ?? systemClock;
  return {
    store: indexedDbStore(clock),
    transport: fetchTransport(),
    random: systemRandom,
    ids: uuidIds,
    lock: webTabLock(clock),
    channel: broadcastTabChannel,
    signals: browserSignals,
    ...ports,
    clock,
  };
}

/** `EventTarget` with the client's own events typed. */
const TypedEventTarget = EventTarget as unknown as new () => Pick<SyncClient, keyof EventTarget>;

class Client extends TypedEventTarget implements SyncClient {
  readonly ready: Promise<void>;
  readonly #options: SyncClientOptions;
  readonly #ports: ClientPorts;
  readonly #timing: ScheduleTiming;
  readonly #listeners = new Map<string, Set<(change: ViewChange) => void>>();
  readonly #timeline: Timeline;
  readonly #tokens: TokenKeeper;
  readonly #requests: Requests;
  readonly #scheduler: Scheduler;
  readonly #accounts: Accounts;
  readonly #board: StatusBoard;
  /** Of the session that is open now. */
  #writer: EditWriter | undefined;
  #runner: SyncRunner | undefined;
  #pausedBySite = false;
  #closed = false;

  constructor(options: SyncClientOptions) {
    super();
    checkOptions(options);
    this.#options = options;
    this.#ports = completePorts(options.ports);
    this.#timing = { ...defaultTiming, ...options.timing };
    const { clock, random, signals, transport } = this.#ports;
    this.#timeline = new Timeline(() => clock.wallMs());
    this.#tokens = new TokenKeeper(options.getToken, (subject) => this.#accounts.subjectSeen(subject));
    this.#requests = new Requests({
      transport,
      clock,
      tokens: this.#tokens,
      userId: () => this.#session?.userId ?? null,
      requestTimeoutMs: this.#timing.requestTimeoutMs,
    });
    this.#scheduler = new Scheduler({
      clock,
      random,
      signals,
      timing: this.#timing,
      automatic: options.autoSync ?? true,
      run: () => this.#run(),
      changed: () => this.#board.update(),
    });
    this.#board = new StatusBoard({
      clock,
      signals,
      rows: () => this.#session?.state.rows,
      userId: () => this.#session?.userId ?? null,
      schedule: () => this.#scheduler,
      changed: (status) => this.#emit("status", status),
    });
    this.#accounts = new Accounts({
      options,
      ports: this.#ports,
      tokens: this.#tokens,
      opened: (session) => this.#opened(session),
      closing: () => this.#scheduler.idle(),
      storageFailed: (error) => this.#storageFailed(error),
      listener: {
        viewChanged: (change) => this.#viewChanged(change),
        rowsChanged: (origin) => {
          if (origin !== "local") this.#writer?.settlePromises();
          this.#board.update();
        },
        told: (message) => this.#told(message),
        failed: (error) => void this.#storageFailed(error),
      },
    });
    this.ready = this.#accounts.start().then(() => {
      if (!this.#closed) this.#scheduler.start();
    });
  }

  get #session(): Session | undefined {
    return this.#accounts?.session;
  }

  get isSyncing(): boolean {
    return this.#scheduler.running;
  }

  get status(): SyncStatus {
    return this.#board.status;
  }

  async queueChange(intent: ChangeIntent): Promise<QueuedChange> {
    const checked = readIntent(intent);
    // What the person saw when they made the edit, even if a page is applied before it is written.
    const baseVersion = this.#session?.state.rows.sync.viewCursor;
    await this.#open();
    const queued = await this.#writer!.write({
      intent: checked,
      changeId: this.#ports.ids.uuid(),
      timestamp: this.#ports.clock.wallMs(),
      schemaVersion: this.#schemaVersion(checked.entityType),
      ...(baseVersion === undefined ? {} : { baseVersion }),
    });
    this.#board.storageWorked();
    this.#timeline.add("queued", { type: checked.type, entityType: checked.entityType });
    this.#scheduler.edited();
    return queued;
  }

  async create(type: string, data: JsonObject): Promise<string> {
    const id = data.id ?? this.#ports.ids.uuid();
    await this.queueChange({
      type: "CREATED",
      entityType: type,
      entityId: id as string,
      data: { ...data, id },
    });
    return id as string;
  }

  async update(
    type: string,
    id: string,
    fields: JsonObject,
    options: { unset?: string[] } = {},
  ): Promise<void> {
    await this.queueChange({ type: "UPDATED", entityType: type, entityId: id, data: fields, ...options });
  }

  async remove(type: string, id: string): Promise<void> {
    await this.queueChange({ type: "DELETED", entityType: type, entityId: id });
  }

  get(type: string, id: string): Readonly<JsonObject> | undefined {
    return this.#session?.view.get(type, id);
  }

  list(type: string): Readonly<JsonObject>[] {
    return this.#session?.view.list(type) ?? [];
  }

  subscribe(type: string, listener: (change: ViewChange) => void): () => void {
    let ofType = this.#listeners.get(type);
    if (!ofType) this.#listeners.set(type, ofType = new Set());
    ofType.add(listener);
    return () => ofType.delete(listener);
  }

  async sync(): Promise<SyncResult> {
    await this.#open();
    return await this.#scheduler.sync();
  }

  async manualSync(): Promise<SyncResult> {
    await this.#open();
    return await this.#scheduler.syncNow();
  }

  async forceSync(): Promise<SyncResult> {
    await this.#open();
    const before = this.#timeline.steps().length;
    const result = await this.#scheduler.syncNow();
    console.groupCollapsed(`Tenuto sync: ${result.success ? "ok" : result.error?.code}`);
    console.table(
      this.#timeline.steps().slice(before).map(({ at, what, detail }) => ({ at, what, ...detail })),
    );
    console.log(result);
    console.groupEnd();
    return result;
  }

  async getLocalStats(): Promise<LocalStats> {
    await this.#open();
    const { pending, failed, lastSyncTime, oldestPendingAt } = this.#board.status;
    return { pendingChanges: pending, failedChanges: failed, lastSyncTime, oldestChange: oldestPendingAt };
  }

  readonly changeQueue = {
    getAllPendingChanges: async (): Promise<ChangeRecord[]> => {
      const { state } = await this.#open();
      return [...state.rows.queue.values()].map((row) => structuredClone(row.change));
    },
    getFailedChanges: async (): Promise<FailedChange[]> => {
      const { state } = await this.#open();
      return structuredClone(failedChanges(state.rows));
    },
  };

  async retry(changeId: string): Promise<void> {
    const { state } = await this.#open();
    const known = await this.#guarded(state.commit("local", (rows) => planRetry(rows, changeId)));
    if (!known) throw notFound("retry", changeId);
    this.#scheduler.edited();
  }

  async discard(changeId: string): Promise<void> {
    const { state } = await this.#open();
    const nowMs = this.#ports.clock.wallMs();
    const discarded = await this.#guarded(
      state.commit("local", (rows) => planDiscard(rows, changeId, nowMs)),
    );
    if (discarded.length === 0) throw notFound("discard", changeId);
    this.#writer?.settlePromises();
    this.#scheduler.edited();
  }

  readonly conflicts = {
    list: (): OpenConflict[] =>
      [...this.#session?.state.rows.conflicts.values() ?? []].map((row) =>
        structuredClone(toOpenConflict(row))
      ),
  };

  async resolve(id: string, choice: Choice): Promise<void> {
    const { state } = await this.#open();
    const changeId = this.#ports.ids.uuid();
    const timestamp = this.#ports.clock.wallMs();
    await this.#guarded(state.commit("local", (rows) => {
      const conflict = rows.conflicts.get(id);
      if (!conflict) {
        throw new SyncClientError("not_found", "Cannot resolve the conflict: it is settled already.");
      }
      if (!stillStands(rows, conflict)) {
        throw new SyncClientError(
          "changed_again",
          "This changed again meanwhile. Please review it once more.",
        );
      }
      const resolving = resolvingIntent(rows, conflict, choice);
      const remove = [rowKey.conflict(id)];
      if (!resolving) return { remove, result: undefined };
      const intent = readIntent(resolving);
      const schemaVersion = this.#schemaVersion(intent.entityType);
      const { put = [] } = planQueue(rows, [{ intent, changeId, timestamp, schemaVersion }]);
      return { put, remove, result: undefined };
    }));
    this.#scheduler.edited();
  }

  readonly changeQueueDebug = {
    getAll: (): Promise<ChangeRecord[]> => this.changeQueue.getAllPendingChanges(),
    getStats: (): Promise<LocalStats> => this.getLocalStats(),
    clear: async (): Promise<void> => {
      const { state } = await this.#open();
      const discardedAt = this.#ports.clock.wallMs();
      await this.#guarded(state.commit("local", (rows) => {
        const waiting = [...rows.queue.values(), ...rows.quarantine.values()];
        const remove = [
          ...[...rows.queue.keys()].map((seq) => rowKey.queue(seq)),
          ...[...rows.quarantine.keys()].map((changeId) => rowKey.quarantine(changeId)),
        ];
        const discards = waiting.map(({ change }) => ({ change, discardedAt }));
        return { ...recordDiscards(rows, discards, remove), result: undefined };
      }));
      this.#writer?.settlePromises();
    },
    export: async (options: { values?: boolean } = {}): Promise<DebugExport> => {
      const { state } = await this.#open();
      const nowMs = this.#ports.clock.wallMs();
      const facts = {
        stats: await this.getLocalStats(),
        deviceId: this.#accounts.deviceId,
        state: this.status.state,
        nowMs,
      };
      const exported = structuredClone(debugExport(state.rows, facts, options.values ?? false));
      downloadJson(`sync-debug-${exported.exportedAt.replaceAll(":", "-")}.json`, exported);
      return exported;
    },
  };

  readonly debug = { timeline: (): TimelineStep[] => this.#timeline.steps() };

  async history(type: string, id: string): Promise<HistoryEntry[]> {
    await this.#open();
    const query = new URLSearchParams({ entityType: type, entityId: id, limit: "100" });
    const response = await this.#requests.send("GET", `${this.#options.endpoint}/history?${query}`);
    const failed = typeof response === "string"
      ? response
      : response.status === 200
      ? null
      : `HTTP ${response.status}`;
    if (failed !== null || typeof response === "string") {
      throw new SyncClientError(
        "request_failed",
        `Cannot read the history: ${failed}. Try again when online.`,
      );
    }
    return JSON.parse(await response.text()).changes;
  }

  async undo(): Promise<void> {
    await this.#open();
    const inverse = this.#writer?.takeUndo();
    if (!inverse) {
      throw new SyncClientError("nothing_to_undo", "Cannot undo: nothing was changed on this page.");
    }
    await this.queueChange(inverse);
    // The inverse's own inverse: undoing twice goes two steps back, not forth and back.
    this.#writer?.takeUndo();
  }

  // deno-lint-ignore require-await -- the surface promises a promise
  async pause(): Promise<void> {
    this.#pausedBySite = true;
    this.#scheduler.stop();
    this.#board.set({ pausedBySite: true });
  }

  async resume(): Promise<void> {
    const { state } = await this.#open();
    this.#pausedBySite = false;
    this.#board.set({ pausedBySite: false });
    if (state.rows.sync.erasedHold) {
      await this.#guarded(state.commit("local", ({ sync }) => ({
        put: [[rowKey.meta("sync"), { ...sync, erasedHold: false }]],
        result: undefined,
      })));
    }
    this.#scheduler.resume();
  }

  async signIn(): Promise<void> {
    await this.#accounts.signIn();
    this.#board.set({ signedOut: false });
    this.#scheduler.edited();
  }

  async logout(options: { discard?: boolean } = {}): Promise<void> {
    const { state } = await this.#open();
    const { queue, quarantine } = state.rows;
    const unsaved = queue.size + quarantine.size;
    if (unsaved > 0 && !options.discard) {
      throw new SyncClientError(
        "pending_changes",
        `Cannot log out yet: ${unsaved} changes have not been saved on the server. ` +
          "Sync first, or log out with { discard: true } to give them up.",
      );
    }
    await this.#accounts.logout();
    this.#board.set({ signedOut: true, headConfirmed: false });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#scheduler.close();
    this.#requests.close();
    await this.#scheduler.idle();
    await this.#accounts.close();
  }

  /** The open session; waits for the local database. */
  async #open(): Promise<Session> {
    if (this.#closed) throw new SyncClientError("closed", "The client was closed. Make a new one to go on.");
    return await this.#accounts.current();
  }

  #opened(session: Session): void {
    this.#writer = new EditWriter(session, (error) => this.#storageFailed(error));
    const { clock, lock } = this.#ports;
    this.#runner = new SyncRunner({
      endpoint: this.#options.endpoint,
      state: session.state,
      requests: this.#requests,
      clock,
      deviceId: () => this.#accounts.deviceId,
      pageChangesMax,
      lock,
      lockName: session.name,
      lockWaitMs: this.#timing.requestTimeoutMs + lockGraceMs,
      failingRestMs: this.#timing.backoffMaxMs,
      progress: (progress) => this.#progress(session, progress),
      exchanged: (outcome) => this.#exchanged(session, outcome),
      interrupted: () => this.#closed || this.#pausedBySite || session !== this.#session,
    });
    this.#board.set({ headConfirmed: false, memoryFallback: this.#accounts.memoryFallback });
  }

  async #run(): Promise<SyncResult> {
    const session = this.#session;
    if (session) session.tell({ kind: "syncing" });
    const result = await this.#runner!.run();
    const error = result.error ?? null;
    this.#board.ended(error, session?.state.rows.sync.checksumBroken ?? false);
    if (error?.code === "unauthenticated") this.#emit("auth-required", { reason: this.#accounts.authReason });
    if (session) session.tell({ kind: "synced", error });
    this.#timeline.add("synced", {
      pushed: result.changesPushed,
      applied: result.changesApplied,
      error: error?.code ?? null,
    });
    return result;
  }

  #progress({ state }: Session, progress: RunProgress): void {
    const { sync, queue } = state.rows;
    const firstSync = sync.snapshot || (sync.epoch === null && queue.size === 0);
    this.#board.progress(firstSync || progress.total >= 50 ? progress : null);
  }

  #exchanged(session: Session, outcome: ExchangeOutcome): void {
    if (!outcome.ok) {
      this.#timeline.add("failed", { pushed: outcome.pushed, code: outcome.error.code });
      if (outcome.setAside) this.#emit("rejected", toFailedChange(outcome.setAside));
      return;
    }
    const { applied, pushed } = outcome;
    this.#timeline.add("applied", {
      pushed,
      settled: applied.settled.length,
      rejected: applied.rejected.length,
      pulled: applied.changesApplied,
      conflicts: applied.newConflicts.length,
      cursor: session.state.rows.sync.cursor,
    });
    this.#board.headSeen();
    for (const { change, status, version } of applied.settled) {
      this.#emit("applied", { changeId: change.changeId, status, version });
    }
    for (const row of applied.rejected) this.#emit("rejected", toFailedChange(row));
    for (const row of applied.newConflicts) this.#emit("conflict", toOpenConflict(row));
    if (applied.reset) this.#emit("reset", { reason: applied.reset });
    if (applied.deviceIdTaken) void this.#accounts.replaceDeviceId();
  }

  #told(message: TabMessage): void {
    if (message.kind === "synced") {
      this.#scheduler.syncedElsewhere(message.error === null);
      this.#board.ended(message.error, false);
    }
  }

  #viewChanged(change: ViewChange): void {
    for (const listener of [...this.#listeners.get(change.type) ?? [], ...this.#listeners.get("*") ?? []]) {
      try {
        listener(change);
      } catch (error) {
        // A listener's fault is the site's, and must not stop the engine.
        reportError(error);
      }
    }
  }

  /** Turns a storage fault into a coded error and shows it. */
  async #guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#storageFailed(error);
    }
  }

  #storageFailed(error: unknown): unknown {
    if (!(error instanceof StorageFault)) return error;
    this.#board.storageFault(error.message);
    this.#timeline.add("storage", { code: error.code });
    const kind = this.#session?.state.store.kind ?? ("memory" satisfies DeviceStore["kind"]);
    this.#emit("storage", { kind, problem: error.message });
    const code = error.code === "quota" ? "quota" : error.code === "closed" ? "closed" : "storage";
    return new SyncClientError(code, error.message, { cause: error });
  }

  #schemaVersion(entityType: string): number {
    return this.#options.entityTypes?.[entityType]?.schemaVersion ?? 0;
  }

  #emit<K extends keyof SyncClientEvents>(type: K, detail: SyncClientEvents[K]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

function checkOptions({ endpoint, getToken }: SyncClientOptions): void {
  if (!URL.canParse(endpoint)) {
    throw new TypeError(
      `Cannot create the client: 'endpoint' must be an absolute URL, but is ${JSON.stringify(endpoint)}`,
    );
  }
  if (typeof getToken !== "function") {
    throw new TypeError("Cannot create the client: 'getToken' must be a function that gives the JWT or null");
  }
}

function notFound(verb: string, changeId: string): SyncClientError {
  return new SyncClientError(
    "not_found",
    `Cannot ${verb} the change: no failed change has the id ${changeId}.`,
  );
}
