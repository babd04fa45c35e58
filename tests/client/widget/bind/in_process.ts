/** Devices of a whole server, all in the test's process; each is a client with a store and no tabs of its own. */
import { createApp, memoryLedger, plainAuthenticator, plainToken } from "../../../../api/mod.ts";
import { createSyncClient, fetchTransport, memoryStore, type SyncClient } from "../../../../client/mod.ts";

/** Opens clients of one new server, by user. They sync only when told. */
export function newServer(): (user: string) => SyncClient {
  const app = createApp({ ledger: memoryLedger(), authenticator: plainAuthenticator() });
  const alone = { post() {}, close() {} };
  return (user) =>
    createSyncClient({
      endpoint: "http://sync.test/api/sync/v2",
      getToken: () => plainToken(user),
      userId: user,
      autoSync: false,
      ports: {
        store: memoryStore(),
        transport: fetchTransport((url, init) => app.request(url, init)),
        channel: { open: () => alone },
      },
    });
}
