/** What the panel lists, read from the client: what waits, what could not be saved, open conflicts. */
import type { ChangeRecord, FailedChange, OpenConflict, SyncClient } from "../../sync_client_api.ts";

/** The lists of one panel. */
export class PanelLists {
  #waiting: readonly ChangeRecord[] = [];
  #reading: Promise<void> | undefined;
  #isStale = false;
  /** Changes that could not be saved, as they were read last. */
  failed: readonly FailedChange[] = [];

  constructor(private readonly client: () => SyncClient | null) {}

  /** Reads them; asked for again meanwhile, once more afterwards. */
  read(): Promise<void> {
    this.#isStale = true;
    return this.#reading ??= this.#read().finally(() => this.#reading = undefined);
  }

  /** What waits without having failed. */
  get waiting(): readonly ChangeRecord[] {
    const failedIds = new Set(this.failed.map(({ changeId }) => changeId));
    return this.#waiting.filter(({ changeId }) => !failedIds.has(changeId));
  }

  /** Conflicts as they are now. */
  get conflicts(): readonly OpenConflict[] {
    return this.client()?.conflicts?.list() ?? [];
  }

  async #read(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const queue = this.client()?.changeQueue;
      if (!queue) continue;
      // Without the network half there are no failed changes to be had, but what waits can be shown.
      [this.#waiting, this.failed] = await Promise.all([
        queue.getAllPendingChanges().catch(() => []),
        queue.getFailedChanges().catch(() => []),
      ]);
    }
  }
}
