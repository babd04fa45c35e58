/** Signs this window in and opens its device's local database. */
import type { SyncClient } from "../sync_client_api.ts";
import type { NetworkSwitch } from "./network_switch.ts";
import { createDemoTokens, databaseName } from "./session.ts";
import { loadSyncBundle } from "./sync_bundle.ts";

/** The client of `name` on `device`; it works at once, also without a network. */
export async function openSync(name: string, device: number, network: NetworkSwitch): Promise<SyncClient> {
  const { createSyncClient } = await loadSyncBundle();
  const tokens = createDemoTokens(name, network.send);
  return createSyncClient({
    endpoint: new URL("/api/sync/v2", location.href).href,
    name: databaseName(device),
    userId: name,
    getToken: tokens.get,
    ports: { transport: network.transport(tokens.forget) },
  });
}
