/**
 * The client: gives the parts the names of the public surface. It holds no rules of its own.
 *
 *     app → EditWriter → DeviceState (rows, view) → Scheduler → SyncRunner → exchange → server
 *                              ▲                                               │
 *                              └──────────────── planApply ◀──────────────────┘
 *     └────────── local half ──────────┘  └────────── network half (network/) ─────────┘
 */
import { type ChangeIntent, isJsonObject, type JsonObject } from "../shared/mod.ts";
import { Accounts } from "./accounts.ts";
import { broadcastTabChannel } from "./adapters/broadcast_tab_channel.ts";
import { browserSignals } from "./adapters/browser_signals.ts";
import { indexedDbStore } from "./adapters/indexed_db_store.ts";
import { systemClock } from "./adapters/system_clock.ts";
import { uuidIds } from "./adapters/uuid_ids.ts";
import { type ClientCore, schemaVersionOf } from "./client_core.ts";
import { EditWriter, readIntent } from "./edit_writer.ts";
import { loadNetwork } from "./load_network.ts";
import { careNames, type NetworkHalf, notFetched } from "./network_half.ts";
import { isStorageFault } from "./ports.ts";
import { toOpenConflict } from "./rows.ts";
import type { Session, SessionListener } from "./session.ts";
import { StatusBoard } from "./status_board.ts";
import {
  type ChangeRecord,
  type DebugExport,
  type FailedChange,
  type LocalStats,
  type OpenConflict,
  type QueuedChange,
  type SyncClient,
  SyncClientError,
  type SyncClientOptions,
  type SyncResult,
  type SyncStatus,
  type TimelineStep,
  type ViewChange,
} from "./sync_client_api.ts";
import { Timeline } from "./timeline.ts";
import { TokenKeeper } from "./token_keeper.ts";

/** What is listed before the local database is open: one array, like every list that does not change. */
const none: readonly never[] = Object.freeze([]);
/** Wait before the network half is fetched again after a failure. */
const reloadNetworkMs = 5_000;

/**
 * Makes a client; returns at once. Work waits for the local database by itself.
 * Throws a `TypeError` if `endpoint` is no absolute URL or `getToken` no function.
 */
export function createSyncClient(options: SyncClientOptions): SyncClient {
  return new Client(options);
}

/** `EventTarget` with the client's own events typed. */
const TypedEventTarget = EventTarget as unknown as new () => Pick<SyncClient, keyof EventTarget>;

class Client extends TypedEventTarget implements SyncClient {
  readonly ready: Promise<void>;
  declare readonly retry: SyncClient["retry"];
  declare readonly discard: SyncClient["discard"];
  declare readonly resolve: SyncClient["resolve"];
  declare readonly undo: SyncClient["undo"];
  declare readonly history: SyncClient["history"];
  declare readonly getStatus: SyncClient["getStatus"];
  declare readonly migrate: SyncClient["migrate"];
  declare readonly migrateFromLocalStorage: SyncClient["migrateFromLocalStorage"];
  readonly #core: ClientCore;
  readonly #accounts: Accounts;
  readonly #listeners = new Map<string, Set<(change: ViewChange) => void>>();
  #loading: Promise<NetworkHalf> | undefined;
  #cancelReload = () => {};

  constructor(options: SyncClientOptions) {
    super();
    checkOptions(options);
    const { clock = systemClock } = options.ports ?? {};
    const core = this.#core = {
      options,
      ports: {
        store: indexedDbStore(clock),
        ids: uuidIds,
        channel: broadcastTabChannel,
        signals: browserSignals,
        ...options.ports,
        clock,
      },
      timeline: new Timeline(() => clock.wallMs()),
      tokens: new TokenKeeper(options.getToken, (subject) => this.#accounts.subjectSeen(subject)),
      deviceId: "",
      memoryFallback: false,
      closed: false,
      // A copy: what a listener does to it is not done to what is stored.
      emit: (type, detail) =>
        void this.dispatchEvent(new CustomEvent(type, { detail: structuredClone(detail) })),
      storageFailed: (error) => this.#storageFailed(error),
      error: (code, message) => new SyncClientError(code, message),
      replaceDeviceId: () => this.#accounts.replaceDeviceId(),
      open: () => this.#open(),
      // The board reads the core, so it comes second; what else is missing is not there yet.
    } as Partial<ClientCore> as ClientCore;
    core.board = new StatusBoard(core);
    const listener: SessionListener = {
      viewChanged: (change) => this.#viewChanged(change),
      rowsChanged: (origin) => {
        if (origin !== "local") core.writer?.settlePromises();
        core.board.update();
      },
      told: (message) => core.network?.told(message),
      failed: core.storageFailed,
    };
    this.#accounts = new Accounts(core, listener, (session) => {
      core.writer = new EditWriter(session, core.storageFailed, core.writer?.promised);
      core.pageUser = session.userId;
      // Before the network half begins: nothing of this user is confirmed yet, or known to have failed.
      core.board.headSeen({ headConfirmed: false, lost: null });
      core.network?.opened(session);
    });
    for (const name of careNames) {
      const member = (...given: unknown[]) => {
        // A form that is emptied right after the call must not empty what was asked for.
        const args = given.map((value) => isJsonObject(value) ? { ...value } : value);
        return this.#care((network, session) =>
          (network[name] as (...args: unknown[]) => unknown)(session, ...args)
        );
      };
      Object.assign(this, { [name]: member });
    }
    this.ready = this.#accounts.start();
    // Also when the local database did not open at once: it may when somebody asks for it.
    this.ready.catch(() => {}).then(() => this.#loadNetwork().catch(() => {}));
  }

  get isSyncing(): boolean {
    return this.#core.network?.running ?? false;
  }

  get status(): SyncStatus {
    return this.#core.board.status;
  }

  get deviceId(): string {
    return this.#core.deviceId;
  }

  async queueChange(intent: ChangeIntent): Promise<QueuedChange> {
    const checked = readIntent(intent);
    // What the person saw when they made the edit, even if a page is applied before it is written.
    const { pageUser, session } = this.#core;
    const baseVersion = session?.state.rows.sync.viewCursor;
    const { userId } = await this.#open();
    // What was edited on one user's page is not another's.
    if (pageUser && pageUser !== userId) {
      throw new SyncClientError("signed_out", "Cannot queue the change: the account changed meanwhile.");
    }
    const queued = await this.#core.writer!.write({
      intent: checked,
      changeId: this.#core.ports.ids.uuid(),
      timestamp: this.#core.ports.clock.wallMs(),
      schemaVersion: schemaVersionOf(this.#core, checked.entityType),
      ...(baseVersion === undefined ? {} : { baseVersion }),
    });
    this.#core.board.storageWorked();
    this.#core.timeline.add("queued", { type: checked.type, entityType: checked.entityType });
    this.#core.network?.edited();
    return queued;
  }

  async create(type: string, data: JsonObject): Promise<string> {
    const id = data?.id ?? this.#core.ports.ids.uuid();
    await this.queueChange({
      type: "CREATED",
      entityType: type,
      entityId: id as string,
      data: isJsonObject(data) ? { ...data, id } : data,
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
    return this.#core.session?.view.get(type, id);
  }

  list(type: string): readonly Readonly<JsonObject>[] {
    return this.#core.session?.view.list(type) ?? none;
  }

  subscribe(type: string, listener: (change: ViewChange) => void): () => void {
    let ofType = this.#listeners.get(type);
    if (!ofType) this.#listeners.set(type, ofType = new Set());
    // One function may be subscribed by several parts of a page: each takes off its own subscription.
    const own = (change: ViewChange) => listener(change);
    ofType.add(own);
    return () => ofType.delete(own);
  }

  sync(): Promise<SyncResult> {
    return this.#sync((network) => network.sync());
  }

  manualSync(): Promise<SyncResult> {
    return this.#sync((network) => network.syncNow());
  }

  forceSync(): Promise<SyncResult> {
    return this.#sync((network) => network.forceSync());
  }

  async getLocalStats(): Promise<LocalStats> {
    await this.#open();
    const { pending, failed, lastSyncTime, oldestPendingAt } = this.#core.board.status;
    return { pendingChanges: pending, failedChanges: failed, lastSyncTime, oldestChange: oldestPendingAt };
  }

  readonly changeQueue = {
    getAllPendingChanges: async (): Promise<ChangeRecord[]> => {
      const { state } = await this.#open();
      return [...state.rows.queue.values()].map((row) => structuredClone(row.change));
    },
    getFailedChanges: (): Promise<FailedChange[]> =>
      this.#care((network, session) => network.getFailedChanges(session)),
  };

  readonly conflicts = {
    list: (): OpenConflict[] =>
      [...this.#core.session?.state.rows.conflict.values() ?? []]
        .map((row) => structuredClone(toOpenConflict(row))),
  };

  readonly changeQueueDebug = {
    getAll: this.changeQueue.getAllPendingChanges,
    getStats: (): Promise<LocalStats> => this.getLocalStats(),
    clear: (): Promise<void> => this.#care((network, session) => network.discardAll(session)),
    export: (options: { values?: boolean } = {}): Promise<DebugExport> =>
      this.#care(async (network, session) =>
        network.export(session, await this.getLocalStats(), options.values ?? false)
      ),
  };

  readonly debug = { timeline: (): TimelineStep[] => this.#core.timeline.steps() };

  // deno-lint-ignore require-await -- the surface promises a promise
  async pause(): Promise<void> {
    this.#core.network?.stop();
    this.#core.board.set({ pausedBySite: true });
  }

  async resume(options: { sendAfterErase?: boolean } = {}): Promise<void> {
    // At once, like `pause()`: of two calls the later one counts.
    this.#core.board.set({ pausedBySite: false });
    this.#core.network?.resume();
    await this.#open();
    if (options.sendAfterErase) await this.#care((network, session) => network.sendAfterErase(session));
  }

  async signIn(): Promise<void> {
    await this.#accounts.signIn();
    this.#core.board.set({ signedOut: false });
    this.#core.network?.edited();
  }

  async logout(options: { discard?: boolean } = {}): Promise<void> {
    await this.#open();
    await this.#accounts.logout(options.discard);
    this.#core.board.set({ signedOut: true, headConfirmed: false });
  }

  async close(): Promise<void> {
    if (this.#core.closed) return;
    this.#core.closed = true;
    this.#cancelReload();
    this.#core.network?.close();
    await this.#core.network?.idle();
    this.#core.board.update();
    await this.#accounts.close();
  }

  /** The open session; waits for the local database, rejects once the client is closed. */
  #open(): Promise<Session> {
    return this.#accounts.current();
  }

  /** Fetches the network half once; tries again while it cannot be had. */
  #loadNetwork(): Promise<NetworkHalf> {
    const core = this.#core;
    return this.#loading ??= loadNetwork().then(({ createNetworkHalf }) => {
      const network = core.network = createNetworkHalf(core);
      // Closed meanwhile: it must begin nothing, since nobody would end it.
      if (core.closed) network.close();
      else {
        if (core.session) network.opened(core.session);
        if (core.board.status.pausedBy === "site") network.stop();
        network.start();
      }
      return network;
    }, () => {
      this.#loading = undefined;
      core.board.ended({ code: "offline", message: notFetched });
      const again = () => void this.#loadNetwork().catch(() => {});
      if (!core.closed) this.#cancelReload = core.ports.clock.setTimer(reloadNetworkMs, again);
      throw new SyncClientError("request_failed", notFetched);
    });
  }

  /** Runs a sync; without the network half the answer is that we are offline. */
  async #sync(run: (network: NetworkHalf) => Promise<SyncResult>): Promise<SyncResult> {
    await this.#open();
    const network = await this.#loadNetwork().catch(() => null);
    if (network) return await run(network);
    const error = { code: "offline" as const, message: notFetched };
    return { success: false, changesPushed: 0, changesApplied: 0, conflicts: 0, error };
  }

  /** Lets the network half take care of failures, conflicts and the like. */
  async #care<T>(work: (network: NetworkHalf, session: Session) => T): Promise<Awaited<T>> {
    // Not before: a schedule without a session would begin with a sync in vain.
    await this.#open();
    const network = await this.#loadNetwork();
    return await work(network, await this.#open());
  }

  #viewChanged(change: ViewChange): void {
    for (const listener of [...this.#listeners.get(change.type) ?? [], ...this.#listeners.get("*") ?? []]) {
      try {
        listener(change);
      } catch (error) {
        // A listener's fault is the site's, and must not stop the engine.
        (globalThis.reportError ?? console.error)(error);
      }
    }
  }

  #storageFailed(error: unknown): unknown {
    if (!isStorageFault(error)) return error;
    const { code, message } = error;
    const { board, emit, session, timeline } = this.#core;
    // Ours that was closed, for another account's: that says nothing about the disk.
    if (code !== "closed") {
      board.storageFault(message);
      timeline.add("storage", { code });
      emit("storage", { kind: session?.state.store.kind ?? "memory", problem: message });
    }
    return new SyncClientError(code === "unavailable" ? "storage" : code, message, { cause: error });
  }
}

function checkOptions({ endpoint, getToken }: SyncClientOptions): void {
  if (!URL.canParse(endpoint)) {
    throw new TypeError(
      `Cannot create the client: 'endpoint' must be an absolute URL, but is ${JSON.stringify(endpoint)}`,
    );
  }
  if (typeof getToken !== "function") {
    throw new TypeError("Cannot create the client: 'getToken' must be a function that gives a JWT or null");
  }
}
