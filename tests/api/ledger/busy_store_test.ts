/** A store that stays locked: what stands is told, what does not is `retry` or `busy`, nothing is an error. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { createApp } from "../../../api/app.ts";
import { plainAuthenticator } from "../../../api/adapters/plain_authenticator.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { StoreBusyError } from "../../../api/store_busy_error.ts";
import { created, deviceA, deviceB, ledgerWorld, updated, user, verdictsOf } from "./ledger_world.ts";

/** Works like `store` until `locked()`; then what is locked fails as a locked file does. */
function lockable(store: LedgerStore, locked: (method: string) => boolean): LedgerStore {
  return new Proxy(store, {
    get(target, name: keyof LedgerStore) {
      const method = target[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (!locked(name)) return method.apply(target, args);
        return name === "commit"
          ? Promise.resolve({ ok: false, code: "locked" })
          : Promise.reject(new StoreBusyError());
      };
    },
  });
}

/** Locks for ever after `commitsMax` commits. */
function lockedAfterCommits(commitsMax: number): { store: LedgerStore; unlock(): void } {
  const inner = memoryLedgerStore({ stepsPerCommitMax: 2 });
  let commits = 0;
  let open = false;
  const counting: LedgerStore = {
    ...inner,
    async commit(...args) {
      const result = await inner.commit(...args);
      commits++;
      return result;
    },
  };
  return {
    store: lockable(counting, () => !open && commits >= commitsMax),
    unlock: () => void (open = true),
  };
}

Deno.test("a store that gives a commit up in the middle of a push: what the commits before it made is told", async () => {
  const inner = memoryLedgerStore({ stepsPerCommitMax: 2 });
  let commits = 0;
  const { ledger } = ledgerWorld({
    ...inner,
    // The parts of a large value are written ahead, and may find the store locked.
    commit: (...args) => ++commits === 3 ? Promise.reject(new StoreBusyError()) : inner.commit(...args),
  });
  const changes = ["a", "b", "c", "d", "e"].map((id) => created(id, { id }));
  const result = await ledger.exchange(user, { lastKnownServerVersion: 0, changes });
  assert(result.ok);
  const { response } = result;
  assertEquals(verdictsOf(response), ["applied@1", "applied@2", "applied@3", "applied@4", "retry"]);
  const told = new Set(response.newChanges.map(({ entityId }) => entityId));
  assert(
    response.latestServerVersion === 0 || told.size === response.latestServerVersion,
    "the cursor claims nothing that was not delivered",
  );
});

Deno.test("a store that locks in the middle of a push: verdicts so far, then retry, then an empty page", async () => {
  const { store, unlock } = lockedAfterCommits(3);
  const { ledger, sync } = ledgerWorld(store);
  await sync(0, [created("seed", {})]);
  const changes = ["a", "b", "c", "d", "e", "f"].map((id) => created(id, { id }));
  const result = await ledger.exchange(user, { lastKnownServerVersion: 0, changes });
  assert(result.ok);
  const { response } = result;
  assertEquals(verdictsOf(response), ["applied@2", "applied@3", "applied@4", "applied@5", "retry", "retry"]);
  assertEquals([response.newChanges.length, response.latestServerVersion, response.serverVersion], [0, 0, 5]);
  assertEquals([response.hasMore, response.snapshot, response.checksum], [true, true, undefined]);

  unlock();
  const again = await ledger.exchange(user, {
    lastKnownServerVersion: response.latestServerVersion,
    epoch: response.epoch,
    snapshot: true,
    changes: changes.slice(4),
  });
  assert(again.ok);
  assertEquals(verdictsOf(again.response), ["applied@6", "applied@7"]);
  assertEquals(again.response.newChanges.map(({ entityId }) => entityId), [
    "seed",
    "a",
    "b",
    "c",
    "d",
    "e",
    "f",
  ]);
});

Deno.test("a conflict told again is told although the store locks right after the commit", async () => {
  const { store } = lockedAfterCommits(4);
  const { ledger, sync } = ledgerWorld(store);
  await sync(0, [created("a", { x: 0 })], { deviceId: deviceA });
  await sync(1, [updated("a", { x: 1 })], { deviceId: deviceA });
  const loser = updated("a", { x: 2 }, { baseVersion: 1 });
  const { epoch } = await sync(1, [loser], { deviceId: deviceB });
  const changes = [loser, created("b", {})];
  const result = await ledger.exchange(user, {
    lastKnownServerVersion: 1,
    deviceId: deviceB,
    epoch,
    changes,
  });
  assert(result.ok);
  assertEquals(verdictsOf(result.response), ["duplicate@3<conflict", "applied@4"]);
  assertEquals(result.response.conflicts?.map(({ version, reason }) => [version, reason]), [[
    3,
    "same_field",
  ]]);
  assertEquals(result.response.latestServerVersion, 1);
});

Deno.test("a store that is locked from the start is busy, with nothing settled", async () => {
  const { ledger } = ledgerWorld(lockedAfterCommits(0).store);
  const changes = [created("a", {})];
  const pushed = await ledger.exchange(user, { lastKnownServerVersion: 0, changes });
  assertEquals(pushed, { ok: false, code: "busy", retryAfterMs: 1000 });
  const pulled = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [] });
  assertEquals(pulled, { ok: false, code: "busy", retryAfterMs: 1000 });
  await assertRejects(() => ledger.status(user), StoreBusyError);
});

Deno.test("a poll whose device row cannot be written is answered all the same", async () => {
  const { ledger } = ledgerWorld(lockable(memoryLedgerStore(), (method) => method === "writeDevice"));
  const pulled = await ledger.exchange(user, { lastKnownServerVersion: 0, deviceId: deviceA, changes: [] });
  assert(pulled.ok);
});

for (const path of ["status", "history", "conflicts", "export"]) {
  Deno.test(`GET ${path} of a locked store is 503 busy with Retry-After`, async () => {
    const { ledger } = ledgerWorld(lockedAfterCommits(0).store);
    const app = createApp({ ledger, authenticator: plainAuthenticator() });
    const answer = await app.request(`/api/sync/v2/${path}`, { headers: { Authorization: "Bearer ada" } });
    assertEquals([answer.status, answer.headers.get("Retry-After")], [503, "1"]);
    const problem = await answer.json();
    assertEquals([problem.code, problem.status], ["busy", 503]);
  });
}
