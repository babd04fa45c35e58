/** Adoption of what failed while nobody was signed in; that of what waits is in `accounts_test.ts`. */
import { assertEquals } from "@std/assert";
import { memoryStore } from "../../client/mod.ts";
import { DeviceState } from "../../client/device_state.ts";
import { adoptAnonymous } from "../../client/network/adopt_anonymous.ts";
import { type DeviceStoreFactory, type StoreRow, type StoreTransaction } from "../../client/ports.ts";
import { type QueueRow, rowKey } from "../../client/rows.ts";
import { quarantined, queued, uuid } from "./world/make_rows.ts";
import { World } from "./world/world.ts";

const nobody = { before() {}, after() {} };
const asItIs = (row: QueueRow): StoreRow => [rowKey.queue(row.seq), row];

/** Adopts for `userId`; the page dies after the n-th of its three transactions. Resolves with their rows. */
async function adopt(stores: DeviceStoreFactory, userId: string, diesAfter = 3) {
  const state = new DeviceState(await stores.open(userId), nobody);
  await state.load();
  const anonymous = await stores.open("anonymous");
  let left = diesAfter;
  const spend = () => {
    if (left-- === 0) throw new Error("The page died.");
  };
  const transact = <T>(mode: "read" | "write", work: (tx: StoreTransaction) => Promise<T>) => {
    spend();
    return anonymous.transact(mode, work);
  };
  const commit: DeviceState["commit"] = (origin, plan) => {
    spend();
    return state.commit(origin, plan);
  };
  const dying = { ...anonymous, transact };
  await adoptAnonymous(dying, { commit } as DeviceState, userId, asItIs).catch(() => {});
  return state.rows;
}

/** A failed creation between two edits of other records. */
async function anonymousRows(stores: DeviceStoreFactory) {
  const anonymous = await stores.open("anonymous");
  const failed = quarantined(2, { type: "CREATED", baseVersion: 9 }, {
    code: "migration_failed",
    sent: false,
  });
  const edits = [queued(1, { entityId: "g2" }), queued(3)];
  await anonymous.transact("write", (tx) => {
    tx.put(edits.map((row) => [rowKey.queue(row.seq), row]));
    tx.put([[rowKey.quarantine(uuid(2)), failed]]);
    return Promise.resolve();
  });
  return { anonymous, failed };
}

Deno.test("an anonymous edit that failed is adopted once, in its place among the others, as one never sent", async () => {
  for (let diesAfter = 0; diesAfter <= 3; diesAfter++) {
    const stores = memoryStore();
    const { anonymous, failed } = await anonymousRows(stores);
    await adopt(stores, "ada", diesAfter);
    const { queue, quarantine, queueSeq } = await adopt(stores, "ada");
    assertEquals([...quarantine.values()], [{ ...failed, change: { ...failed.change, baseVersion: 0 } }]);
    assertEquals([[...queue.keys()], queueSeq], [[1, 3], 3], `died after ${diesAfter}`);
    const left = await anonymous.transact("read", (tx) => tx.list(["quarantine"]));
    assertEquals(left, []);
  }
});

Deno.test("a failed edit that one user has claimed is not adopted by another", async () => {
  const stores = memoryStore();
  await anonymousRows(stores);
  await adopt(stores, "ada", 1);
  assertEquals((await adopt(stores, "bob")).quarantine.size, 0);
  assertEquals((await adopt(stores, "ada")).quarantine.size, 1);
});

Deno.test("what could not be converted while nobody was signed in is the next user's, and gone after a logout", async () => {
  await using world = new World();
  const device = world.device();
  const old = device.open(null, { entityTypes: { goal: { schemaVersion: 1 } } });
  await old.client.create("goal", { diary: "ada's words" });
  await old.client.close();
  let user: string | null = null;
  const migrate = () => {
    throw new Error("It cannot.");
  };
  const { client } = device.open(null, {
    entityTypes: { goal: { schemaVersion: 2, migrate } },
    getToken: () => user && world.token(user),
  });
  await world.until(() => client.status.failed === 1, "set aside");
  user = "ada";
  const signedIn = client.signIn();
  await world.until(() => client.status.userId === "ada" && client.status.failed === 1, "adopted");
  await signedIn;
  const [failed] = await client.changeQueue.getFailedChanges();
  assertEquals([failed?.code, failed?.data?.diary], ["migration_failed", "ada's words"]);
  await client.discard(failed!.changeId);
  user = null;
  await client.logout();
  assertEquals(await client.changeQueue.getFailedChanges(), []);
});
