/**
 * The client: gives the parts the names of the public surface. It holds no rules of its own.
 *
 *     app → EditWriter → DeviceState (rows, view) → Scheduler → SyncRunner → exchange → server
 *                              ▲                                               │
 *                              └──────────────── planApply ◀──────────────────┘
 *     └────────── local half ──────────┘  └────────── network half (network/) ─────────┘
 */
import type { ChangeIntent, JsonObject } from "../shared/mod.ts";
import { Accounts } from "./accounts.ts";
import { broadcastTabChannel } from "./adapters/broadcast_tab_channel.ts";
import { browserSignals } from "./adapters/browser_signals.ts";
import { downloadJson } from "./adapters/download_json.ts";
import { indexedDbStore } from "./adapters/indexed_db_store.ts";
import { systemClock } from "./adapters/system_clock.ts";
import { uuidIds } from "./adapters/uuid_ids.ts";
import { EditWriter, readIntent } from "./edit_writer.ts";
import { loadNetwork } from "./load_network.ts";
import type { NetworkHalf } from "./network_half.ts";
import { StorageFault } from "./ports.ts";
import { rowKey, toOpenConflict } from "./rows.ts";
import type { Session } from "./session.ts";
import { StatusBoard } from "./status_board.ts";
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
  readonly #options: SyncClientOptions;
  readonly #ports;
  readonly #listeners = new Map<string, Set<(change: ViewChange) => void>>();
  readonly #timeline: Timeline;
  readonly #tokens: TokenKeeper;
  readonly #accounts: Accounts;
  readonly #board: StatusBoard;
  /** Of the session that is open now. */
  #writer: EditWriter | undefined;
  #network: NetworkHalf | undefined;
  #loading: Promise<NetworkHalf> | undefined;
  #cancelReload = () => {};
  #pausedBySite = false;
  #closed = false;

  constructor(options: SyncClientOptions) {
    super();
    checkOptions(options);
    this.#options = options;
    const { clock = systemClock } = options.ports ?? {};
    const ports = this.#ports = {
      store: indexedDbStore(clock),
      ids: uuidIds,
      channel: broadcastTabChannel,
      signals: browserSignals,
      ...options.ports,
      clock,
    };
    this.#timeline = new Timeline(() => clock.wallMs());
    const tokens = this.#tokens = new TokenKeeper(
      options.getToken,
      (subject) => this.#accounts.subjectSeen(subject),
    );
    this.#board = new StatusBoard({
      clock,
      signals: ports.signals,
      rows: () => this.#session?.state.rows,
      userId: () => this.#session?.userId ?? null,
      network: () => this.#network,
      changed: (status) => this.#emit("status", status),
    });
    this.#accounts = new Accounts({
      options,
      ports,
      tokens,
      opened: (session) => this.#opened(session),
      closing: async () => await this.#network?.idle(),
      storageFailed: (error) => this.#storageFailed(error),
      listener: {
        viewChanged: (change) => this.#viewChanged(change),
        rowsChanged: (origin) => {
          if (origin !== "local") this.#writer?.settlePromises();
          this.#board.update();
        },
        told: (message) => this.#network?.told(message),
        failed: (error) => void this.#storageFailed(error),
      },
    });
    this.ready = this.#accounts.start();
    this.ready.then(() => this.#loadNetwork().catch(() => {}), () => {});
  }

  get #session(): Session | undefined {
    return this.#accounts?.session;
  }

  get isSyncing(): boolean {
    return this.#network?.running ?? false;
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
    this.#network?.edited();
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

  sync(): Promise<SyncResult> {
    return this.#withNetwork((network) => network.sync());
  }

  manualSync(): Promise<SyncResult> {
    return this.#withNetwork((network) => network.syncNow());
  }

  async forceSync(): Promise<SyncResult> {
    const before = this.#timeline.steps().length;
    const result = await this.manualSync();
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
    getFailedChanges: async (): Promise<FailedChange[]> => (await this.#care()).failed(await this.#open()),
  };

  async retry(changeId: string): Promise<void> {
    await (await this.#care()).retry(await this.#open(), changeId);
  }

  async discard(changeId: string): Promise<void> {
    await (await this.#care()).discard(await this.#open(), changeId);
  }

  readonly conflicts = {
    list: (): OpenConflict[] =>
      [...this.#session?.state.rows.conflict.values() ?? []].map((row) =>
        structuredClone(toOpenConflict(row))
      ),
  };

  async resolve(id: string, choice: "mine" | "theirs" | JsonObject): Promise<void> {
    await (await this.#care()).resolve(await this.#open(), id, choice);
  }

  readonly changeQueueDebug = {
    getAll: (): Promise<ChangeRecord[]> => this.changeQueue.getAllPendingChanges(),
    getStats: (): Promise<LocalStats> => this.getLocalStats(),
    clear: async (): Promise<void> => (await this.#care()).discardAll(await this.#open()),
    export: async (options: { values?: boolean } = {}): Promise<DebugExport> => {
      const session = await this.#open();
      const exported = (await this.#care()).export(
        session,
        await this.getLocalStats(),
        options.values ?? false,
      );
      downloadJson(`sync-debug-${exported.exportedAt.replaceAll(":", "-")}.json`, exported);
      return exported;
    },
  };

  readonly debug = { timeline: (): TimelineStep[] => this.#timeline.steps() };

  async history(type: string, id: string): Promise<HistoryEntry[]> {
    await this.#open();
    return await (await this.#care()).history(type, id);
  }

  async undo(): Promise<void> {
    await this.#open();
    await (await this.#care()).undo();
  }

  // deno-lint-ignore require-await -- the surface promises a promise
  async pause(): Promise<void> {
    this.#pausedBySite = true;
    this.#network?.stop();
    this.#board.set({ pausedBySite: true });
  }

  async resume(): Promise<void> {
    const { state } = await this.#open();
    this.#pausedBySite = false;
    this.#board.set({ pausedBySite: false });
    if (state.rows.sync.erasedHold) {
      await state.commit("local", ({ sync }) => ({
        put: [[rowKey.meta("sync"), { ...sync, erasedHold: false }]],
        result: undefined,
      })).catch((error) => Promise.reject(this.#storageFailed(error)));
    }
    this.#network?.resume();
  }

  async signIn(): Promise<void> {
    await this.#accounts.signIn();
    this.#board.set({ signedOut: false });
    this.#network?.edited();
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
    this.#cancelReload();
    this.#network?.close();
    await this.#network?.idle();
    await this.#accounts.close();
  }

  /** The open session; waits for the local database. */
  async #open(): Promise<Session> {
    if (this.#closed) throw new SyncClientError("closed", "The client was closed. Make a new one to go on.");
    return await this.#accounts.current();
  }

  /** Fetches the network half once; tries again while it cannot be had. */
  #loadNetwork(): Promise<NetworkHalf> {
    return this.#loading ??= loadNetwork().then(({ createNetworkHalf }) => {
      const network = createNetworkHalf({
        options: this.#options,
        ports: this.#ports,
        tokens: this.#tokens,
        timeline: this.#timeline,
        board: this.#board,
        session: () => this.#session,
        writer: () => this.#writer,
        deviceId: () => this.#accounts.deviceId,
        replaceDeviceId: () => this.#accounts.replaceDeviceId(),
        authReason: () => this.#accounts.authReason,
        schemaVersion: (entityType) => this.#schemaVersion(entityType),
        emit: (type, detail) => this.#emit(type, detail),
        storageFailed: (error) => this.#storageFailed(error),
        error: (code, message) => new SyncClientError(code, message),
      });
      this.#network = network;
      if (this.#session) network.opened(this.#session);
      if (this.#pausedBySite) network.stop();
      if (!this.#closed) network.start();
      return network;
    }, (error) => {
      this.#loading = undefined;
      this.#board.ended({ code: "offline", message: "The sync code could not be fetched." }, false);
      if (!this.#closed) {
        this.#cancelReload = this.#ports.clock.setTimer(reloadNetworkMs, () => {
          this.#loadNetwork().catch(() => {});
        });
      }
      throw error;
    });
  }

  /** Runs a sync; without the network half the answer is that we are offline. */
  async #withNetwork(run: (network: NetworkHalf) => Promise<SyncResult>): Promise<SyncResult> {
    await this.#open();
    try {
      return await run(await this.#loadNetwork());
    } catch (cause) {
      if (this.#network) throw cause;
      const error = {
        code: "offline" as const,
        message: "The sync code could not be fetched. Check the network.",
      };
      return { success: false, changesPushed: 0, changesApplied: 0, conflicts: 0, error };
    }
  }

  /** The part that takes care of failures and conflicts. */
  async #care(): Promise<NetworkHalf> {
    try {
      return await this.#loadNetwork();
    } catch (cause) {
      throw new SyncClientError(
        "request_failed",
        "Cannot do this yet: a part of the sync code could not be fetched. Try again when online.",
        { cause },
      );
    }
  }

  #opened(session: Session): void {
    this.#writer = new EditWriter(session, (error) => this.#storageFailed(error));
    this.#network?.opened(session);
    this.#board.set({ headConfirmed: false, memoryFallback: this.#accounts.memoryFallback });
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

  #storageFailed(error: unknown): unknown {
    if (!(error instanceof StorageFault)) return error;
    this.#board.storageFault(error.message);
    this.#timeline.add("storage", { code: error.code });
    const kind = this.#session?.state.store.kind ?? "memory";
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
