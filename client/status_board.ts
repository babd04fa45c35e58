/**
 * Collects the facts that the status is made of and tells when it changed. The board never guesses: what is
 * shown is derived by `status.ts` from rows and from what the last exchange said.
 */
import { failedCount } from "./held_changes.ts";
import type { DeviceRows } from "./device_rows.ts";
import type { ClientCore } from "./client_core.ts";
import { deriveState, isOffline, type StatusFacts } from "./status.ts";
import type { SyncError, SyncStatus } from "./sync_client_api.ts";

/** Facts that are set from outside. */
interface BoardFacts {
  pausedBySite: boolean;
  signedOut: boolean;
  headConfirmed: boolean;
  /** What is known to be lost, in words. */
  lost: string | null;
}

/** Age from which waiting changes are called stale. */
const staleAfterMs = 24 * 60 * 60 * 1000;
const memoryModeText =
  "This browser does not let the page keep data: what is not synced is lost when the page closes.";

export class StatusBoard {
  #facts: BoardFacts = {
    pausedBySite: false,
    signedOut: false,
    headConfirmed: false,
    lost: null,
  };
  #pausedByService = false;
  #lastError: SyncError | null = null;
  #storageFault: string | null = null;
  #progress: NonNullable<SyncStatus["progress"]> | null = null;
  #status: SyncStatus;
  #text = "";
  #isSyncing = false;

  constructor(private readonly core: ClientCore) {
    this.#status = this.#compute();
  }

  get status(): SyncStatus {
    return this.#status;
  }

  /** No usable token, whatever ranks above that in the status. */
  get signedOut(): boolean {
    return this.#facts.signedOut;
  }

  /** Sets facts and tells if the status changed. */
  set(facts: Partial<BoardFacts>): void {
    this.#facts = { ...this.#facts, ...facts };
    this.update();
  }

  /** An exchange went through, or another account begins: what failed before is over. */
  headSeen(facts: Partial<BoardFacts> = {}): void {
    this.#lastError = null;
    this.#pausedByService = false;
    this.set({ signedOut: false, ...facts });
  }

  /** A sync ended, here or in another tab; `trouble` is shown although it went through. */
  ended(error: SyncError | null, trouble: SyncError | null = null): void {
    this.#progress = null;
    const code = error?.code;
    this.#pausedByService = code === "paused";
    const signedOut = code === "unauthenticated";
    this.#lastError = trouble ?? (signedOut || code === "paused" || code === "closed" ? null : error);
    if (code === "storage") this.#storageFault = error!.message;
    this.set({ signedOut, ...(error === null ? { headConfirmed: true } : {}) });
  }

  progress(progress: NonNullable<SyncStatus["progress"]> | null): void {
    this.#progress = progress;
    this.update();
  }

  storageFault(problem: string): void {
    this.#storageFault = problem;
    this.update();
  }

  /** A write went through: a fault of the moment is over. */
  storageWorked(): void {
    if (this.#storageFault === null) return;
    this.#storageFault = null;
    this.update();
  }

  /** Derives the status again; tells only what differs. */
  update(): void {
    const status = this.#compute();
    const text = JSON.stringify(status);
    if (text !== this.#text) {
      this.#text = text;
      this.#status = status;
      this.core.emit("status", status);
    }
    const isSyncing = this.core.network?.running ?? false;
    if (isSyncing !== this.#isSyncing) this.core.emit("syncing", this.#isSyncing = isSyncing);
  }

  #compute(): SyncStatus {
    const { session, network, ports: { clock } } = this.core;
    const rows = session?.state.rows;
    const facts = this.#statusFacts(rows);
    const status: SyncStatus = {
      state: rows ? deriveState(facts) : facts.storageProblem === null ? "loading" : "storage",
      pending: facts.pending,
      failed: facts.failed,
      conflicts: facts.conflicts,
      oldestPendingAt: facts.oldestPendingAt,
      lastSyncTime: rows?.sync.lastSyncTime ?? null,
      nextAttemptAt: null,
      online: !isOffline(facts),
      userId: session?.userId ?? null,
    };
    if (this.#lastError !== null && network) {
      const waitMs = network.nextInMs;
      if (waitMs !== null) status.nextAttemptAt = Math.round(clock.wallMs() + waitMs);
    }
    if (this.#progress) status.progress = { ...this.#progress };
    if (facts.pausedBy !== null) status.pausedBy = facts.pausedBy;
    const problem = facts.storageProblem ?? facts.lost;
    if (problem !== null) status.storageProblem = problem;
    return status;
  }

  #statusFacts(rows: DeviceRows | undefined): StatusFacts {
    const { pausedBySite, ...told } = this.#facts;
    const pausedBy = pausedBySite
      ? "site"
      : this.#pausedByService
      ? "service"
      : rows?.sync.erasedHold
      ? "erased"
      : null;
    const oldest = rows?.queue.values().next().value;
    return {
      ...told,
      storageProblem: this.#storageFault ?? (this.core.memoryFallback ? memoryModeText : null),
      failed: rows ? failedCount(rows) : 0,
      conflicts: rows?.conflict.size ?? 0,
      pending: rows?.queue.size ?? 0,
      oldestPendingAt: oldest?.change.timestamp ?? null,
      pausedBy,
      lastError: this.#lastError,
      browserOnline: this.core.ports.signals.online(),
      syncing: this.core.network?.running ?? false,
      nowMs: this.core.ports.clock.wallMs(),
      staleAfterMs,
    };
  }
}
