/** What other isolates still write for a user who has just erased must not outlive the erase. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { createLedger } from "../../../api/ledger/ledger.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import {
  countingIds,
  created,
  deviceA,
  deviceB,
  deviceC,
  ledgerWorld,
  onEveryStore,
  user,
  virtualClock,
} from "./ledger_world.ts";

function isolate(store: LedgerStore) {
  return createLedger({ store, clock: virtualClock(), ids: countingIds(), random: { next: () => 0.5 } });
}

/** A store on which `rival` acts just before a device or a token is written. */
function overtaken(store: LedgerStore, rival: () => Promise<unknown>): LedgerStore {
  return {
    ...store,
    async writeDevice(...args) {
      await rival();
      await store.writeDevice(...args);
    },
    async keepV1Token(...args) {
      await rival();
      await store.keepV1Token(...args);
    },
  };
}

Deno.test("polls and V1 pulls under way during an erase leave no key behind", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const { ledger, store, sync } = ledgerWorld(kvLedgerStore(kv));
    await sync(0, [created("a", { x: 1 })], { deviceId: deviceA });
    const { promise: erased, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: underWay, resolve: allWait } = Promise.withResolvers<void>();
    let writes = 0;
    const slow = isolate(overtaken(store, () => {
      if (++writes === 3) allWait();
      return erased;
    }));
    const poll = slow.exchange(user, { lastKnownServerVersion: 0, changes: [], deviceId: deviceB });
    // Starts over when it sees the erase, and is then a pull of the new key space.
    const pull = slow.v1.pull(user, deviceC);
    await underWay;
    assertEquals(await ledger.erase(user), { ok: true });
    goOn();
    await Promise.all([poll, pull]);
    assertEquals(await ledger.erase(user), { ok: true });
    const left: string[] = [];
    for await (const { key } of kv.list({ prefix: [] })) if (key[1] === user) left.push(String(key[0]));
    assertEquals(left, ["head"]);
  } finally {
    kv.close();
  }
});

onEveryStore("a device is seen although others push just as it polls", async ({ ledger, store }) => {
  let pushes = 0;
  const rival = async () => {
    const changes = [created(`e${pushes++}`, { x: 1 })];
    assert((await ledger.exchange(user, { lastKnownServerVersion: 0, changes })).ok);
  };
  const slow = isolate(overtaken(store, rival));
  assert((await slow.exchange(user, { lastKnownServerVersion: 0, changes: [], deviceId: deviceB })).ok);
  assertEquals(pushes, 1);
  assertEquals((await ledger.status(user)).devices.map(({ deviceId }) => deviceId), [deviceB]);
});
