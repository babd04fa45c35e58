/** A client whose status and lists a test sets by hand, for rendering; it records what the element asks of it. */
import type { ChangeRecord, FailedChange, SyncClient, SyncStatus } from "../../../client/sync_client_api.ts";

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
  /** Calls in order, e.g. `"retry change-1"`. */
  readonly calls: string[] = [];
  readonly changeQueue = {
    getAllPendingChanges: () => Promise.resolve(this.pending),
    getFailedChanges: () => Promise.resolve(this.failed),
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

  manualSync = () => this.#called("manualSync");
  signIn = () => this.#called("signIn");
  pause = () => this.#called("pause");
  resume = () => this.#called("resume");
  retry = (id: string) => this.#called(`retry ${id}`);
  discard = (id: string) => this.#called(`discard ${id}`);

  #called(what: string): Promise<void> {
    this.calls.push(what);
    return Promise.resolve();
  }
}
