/** Devices of a whole server, all in the test's process; each is a client with a store and no tabs of its own. */
import { createApp, memoryLedger, plainAuthenticator, plainToken } from "../../../../api/mod.ts";
import {
  createSyncClient,
  type DeviceStoreFactory,
  fetchTransport,
  memoryStore,
  type SyncClient,
} from "../../../../client/mod.ts";

/** Lets everything happen that waits for nothing but promises, which is all that a store in memory does. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 300; turn++) await Promise.resolve();
}

/**
 * Opens clients of one new server, by user: a name, or whoever is signed in at the moment. They sync only when told.
 * What a device keeps is `store`, and goes with the client unless it is given again.
 */
export function newServer() {
  const app = createApp({ ledger: memoryLedger(), authenticator: plainAuthenticator() });
  const alone = { post() {}, close() {} };
  return (user: string | (() => string | null), store: DeviceStoreFactory = memoryStore()): SyncClient => {
    const signedIn = () => typeof user === "string" ? user : user();
    return createSyncClient({
      endpoint: "http://sync.test/api/sync/v2",
      getToken: () => {
        const name = signedIn();
        return name === null ? null : plainToken(name);
      },
      ...(typeof user === "string" ? { userId: user } : {}),
      autoSync: false,
      ports: {
        store,
        transport: fetchTransport((url, init) => app.request(url, init)),
        channel: { open: () => alone },
      },
    });
  };
}
