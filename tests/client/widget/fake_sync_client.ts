/** A client whose status and lists a test sets by hand, for rendering; it records what the element asks of it. */
import type { ChangeIntent, JsonObject, ServerStatus } from "../../../shared/mod.ts";
import {
  type ChangeRecord,
  type ClientErrorCode,
  type FailedChange,
  type OpenConflict,
  type SyncClient,
  SyncClientError,
  type SyncStatus,
  type TimelineStep,
} from "../../../client/sync_client_api.ts";

/** A status with everything quiet, changed by `parts`. */
export function statusOf(parts: Partial<SyncStatus> = {}): SyncStatus {
  return {
    state: "synced",
    pending: 0,
    failed: 0,
    conflicts: 0,
    oldestPendingAt: null,
    lastSyncTime: null,
    nextAttemptAt: null,
    online: true,
    userId: "clara",
    ...parts,
  };
}

/** A change of the goal `id`. */
export function changeOf(id: string, parts: Partial<ChangeRecord> = {}): ChangeRecord {
  return {
    changeId: `change-${id}`,
    type: "UPDATED",
    entityType: "goal",
    entityId: id,
    data: { title: id },
    timestamp: Date.UTC(2026, 0, 15, 11, 58),
    baseVersion: 0,
    retryCount: 0,
    ...parts,
  };
}

/** The part of the client that the element uses. */
export class FakeSyncClient extends EventTarget {
  status: SyncStatus = statusOf();
  pending: ChangeRecord[] = [];
  failed: FailedChange[] = [];
  open: OpenConflict[] = [];
  steps: TimelineStep[] = [];
  isSyncing = false;
  devices: ServerStatus["devices"] = [];
  deviceId = "";
  records: Record<string, JsonObject> = {};
  /** The next calls of the method of that name reject with this code. */
  readonly refuse: Record<string, ClientErrorCode> = {};
  /** Calls in order, e.g. `"retry change-1"`. */
  readonly calls: string[] = [];
  readonly changeQueue = {
    getAllPendingChanges: () => Promise.resolve(this.pending),
    getFailedChanges: () => Promise.resolve(this.failed),
  };

  readonly conflicts = { list: () => structuredClone(this.open) };
  readonly debug = { timeline: () => this.steps };
  readonly changeQueueDebug = {
    export: (options?: { values?: boolean }) => this.#called(`export ${options?.values ?? false}`),
  };

  /** What the element sees. */
  get asClient(): SyncClient {
    return this as unknown as SyncClient;
  }

  /** Sets the status and tells. */
  set(parts: Partial<SyncStatus>): void {
    this.status = statusOf(parts);
    this.dispatchEvent(new CustomEvent("status", { detail: this.status }));
  }

  /** Sets `isSyncing` and tells, as of a sync that changes no status. */
  setSyncing(isSyncing: boolean): void {
    this.isSyncing = isSyncing;
    this.dispatchEvent(new CustomEvent("syncing", { detail: isSyncing }));
  }

  manualSync = () => this.#called("manualSync");
  signIn = () => this.#called("signIn");
  pause = () => this.#called("pause");
  resume = () => this.#called("resume");
  retry = (id: string, data?: JsonObject) =>
    this.#called(`retry ${id}${data ? ` ${JSON.stringify(data)}` : ""}`);
  discard = (id: string) => this.#called(`discard ${id}`);
  resolve = (id: string, choice: unknown) => this.#called(`resolve ${id} ${withRemoved(choice)}`);
  queueChange = (intent: ChangeIntent) => this.#called(`queueChange ${JSON.stringify(intent)}`);
  update = (type: string, id: string, fields: JsonObject, options?: { unset?: string[] }) =>
    this.#called(`update ${type} ${id} ${JSON.stringify({ fields, ...options })}`);
  get = (_type: string, id: string) => this.records[id];
  getStatus = () => this.#called("getStatus").then(() => ({ devices: this.devices }));

  // deno-lint-ignore require-await -- the client's methods give promises
  async #called(what: string): Promise<void> {
    this.calls.push(what);
    const code = this.refuse[what.split(" ")[0]!];
    if (code) throw new SyncClientError(code, `refused: ${code}`);
  }
}

/** A choice as JSON, with fields that are to be removed as "(removed)". */
function withRemoved(choice: unknown): string {
  return JSON.stringify(choice, (_name, value) => value === undefined ? "(removed)" : value);
}
