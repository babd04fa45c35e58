/** The README's lines for other projects: both halves in one process. */
import { assertEquals } from "@std/assert";
import { createApp, memoryLedger, plainAuthenticator, plainToken } from "../../api/mod.ts";
import { createSyncClient, fetchTransport, memoryStore } from "../../client/mod.ts";

Deno.test("a client and a whole server in one process, as the README says", async () => {
  const app = createApp({ ledger: memoryLedger(), authenticator: plainAuthenticator() });
  const open = (user: string) =>
    createSyncClient({
      endpoint: "http://sync.test/api/sync/v2",
      getToken: () => plainToken(user),
      autoSync: false,
      ports: { store: memoryStore(), transport: fetchTransport((url, init) => app.request(url, init)) },
    });
  const [phone, laptop, stranger] = [open("ada"), open("ada"), open("Ädä \u{1f3b5}")];
  const id = await phone.create("goal", { title: "Clair de Lune" });
  for (const client of [phone, laptop, stranger]) assertEquals((await client.manualSync()).error, undefined);
  assertEquals(laptop.get("goal", id), { title: "Clair de Lune", id });
  assertEquals(stranger.list("goal"), []);
  for (const client of [phone, laptop, stranger]) await client.close();
});
