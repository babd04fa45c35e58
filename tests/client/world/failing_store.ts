import type { DeviceStoreFactory, StorageFault } from "../../../client/ports.ts";

/**
 * `real`, but for the transactions that `faultOf` gives a fault for: those reject with it, before anything is read
 * or written. It is asked once a transaction, with the database's name.
 */
export function failingStore(
  real: DeviceStoreFactory,
  faultOf: (name: string, mode: "read" | "write") => StorageFault | null,
): DeviceStoreFactory {
  return {
    async open(name) {
      const store = await real.open(name);
      return {
        kind: store.kind,
        close: () => store.close(),
        transact(mode, work) {
          const fault = faultOf(name, mode);
          return fault ? Promise.reject(fault) : store.transact(mode, work);
        },
      };
    },
  };
}
