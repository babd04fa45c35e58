/**
 * A device store in memory, fetched only where it is needed: in browsers that keep nothing, in tests and on
 * servers. Pages that keep their data, nearly all, never load it.
 */
import { loadNetwork } from "../load_network.ts";
import type { DeviceStoreFactory } from "../ports.ts";

/**
 * Databases in memory that live as long as this object: stores opened by the same name share their rows, like
 * the tabs of one browser profile.
 */
export function memoryStore(): DeviceStoreFactory {
  let factory: Promise<DeviceStoreFactory> | undefined;
  return {
    async open(name) {
      factory ??= loadNetwork().then((half) => half.memoryStore());
      return await (await factory).open(name);
    },
  };
}
