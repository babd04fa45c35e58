/** A device's store, in memory, that is full or emptied under the page when a test says so. */
import { memoryStore } from "../../../../client/mod.ts";
import { type DeviceStore, StorageFault } from "../../../../client/ports.ts";
import { failingStore } from "../../world/failing_store.ts";

export class TroubledDisk {
  isFull = false;
  #opened: DeviceStore | undefined;
  readonly #memory = memoryStore();
  readonly #full = new StorageFault("quota", "The disk is full.");

  readonly store = failingStore({
    open: async (name) => this.#opened = await this.#memory.open(name),
  }, (_name, mode) => this.isFull && mode === "write" ? this.#full : null);

  /** Empties the database that was opened last, under the page. */
  clear(): Promise<void> {
    return this.#opened!.transact("write", async (tx) => tx.delete((await tx.list([])).map(([key]) => key)));
  }
}
