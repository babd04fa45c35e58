/** A device's store that is full, or emptied under the page, when a test says so. */
import { type DeviceStoreFactory, memoryStore } from "../../../../client/mod.ts";
import { StorageFault } from "../../../../client/ports.ts";

/** In memory. */
export function troubledStore() {
  const inner = memoryStore();
  const opened: Awaited<ReturnType<DeviceStoreFactory["open"]>>[] = [];
  const disk = {
    isFull: false,
    store: {
      open: async (name: string) => {
        const one = await inner.open(name);
        opened.push(one);
        const transact: typeof one.transact = (mode, work) => {
          const fault = new StorageFault("quota", "The disk is full.");
          return disk.isFull && mode === "write" ? Promise.reject(fault) : one.transact(mode, work);
        };
        return { ...one, transact };
      },
    } as DeviceStoreFactory,
    /** Empties the database that was opened last, under the page. */
    clear: () =>
      opened.at(-1)!.transact("write", async (tx) => tx.delete((await tx.list([])).map(([key]) => key))),
  };
  return disk;
}
