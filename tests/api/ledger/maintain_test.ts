/** Housekeeping: bounded, resumable, and nothing that clients rely on is lost by it. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { deviceKey } from "../../../api/adapters/kv_keys.ts";
import { encodeJson } from "../../../api/adapters/kv_values.ts";
import {
  maintainLedger,
  type MaintenanceReport,
  type MaintenanceRound,
} from "../../../api/ledger/maintain.ts";
import { createLedger } from "../../../api/ledger/ledger.ts";
import { StoreBusyError } from "../../../api/store_busy_error.ts";
import {
  countingIds,
  created,
  type LedgerWorld,
  ledgerWorld,
  onEveryStore,
  updated,
  verdictsOf,
} from "./ledger_world.ts";

const dayMs = 86_400_000;

function depsOf({ store, clock }: LedgerWorld) {
  return { store, clock, ids: countingIds(), random: { next: () => 0.5 } };
}

/** `old` rows of each user made long ago, and `young` ones now. */
async function fill(world: LedgerWorld, users: string[], old: number, young: number): Promise<unknown[]> {
  const ledger = createLedger(depsOf(world));
  const first: unknown[] = [];
  const push = async (user: string, count: number, tag: string) => {
    const changes = Array.from({ length: count }, (_, i) => created(`${tag}${i}`, { i }));
    first.push(changes[0]);
    const result = await ledger.exchange(user, { lastKnownServerVersion: 0, changes, limit: 1 });
    assert(result.ok && result.response.results.every(({ status }) => status === "applied"));
  };
  for (const user of users) await push(user, old, "old");
  world.clock.advance(40 * dayMs);
  for (const user of users) await push(user, young, "young");
  return first;
}

/** Runs until nothing is left; the reports. */
async function runToEnd(
  world: LedgerWorld,
  options: Parameters<typeof maintainLedger>[1],
): Promise<MaintenanceReport[]> {
  const reports: MaintenanceReport[] = [];
  do reports.push(await maintainLedger(depsOf(world), options)); while (
    reports.at(-1)!.more && reports.length < 100
  );
  assertEquals(reports.at(-1)!.more, false);
  return reports;
}

const sum = (reports: MaintenanceReport[], name: Exclude<keyof MaintenanceReport, "more">) =>
  reports.reduce((total, report) => total + report[name], 0);

onEveryStore("rows past their retention go, the audit trail ends there, marks stay", async (world) => {
  const [first] = await fill(world, ["ada"], 30, 5);
  const reports = await runToEnd(world, { logRetentionDays: 30 });
  assertEquals([reports.length, sum(reports, "trimmedRows")], [1, 30]);
  const { ledger } = world;
  const { rows, nextBefore } = await ledger.history("ada", { limit: 10 });
  assertEquals([rows.map(({ version }) => version), nextBefore], [[35, 34, 33, 32, 31], null]);
  const exported: string[] = [];
  for await (const { kind } of ledger.export("ada")) exported.push(kind);
  assertEquals(exported.filter((kind) => kind === "change").length, 5);
  assertEquals(exported.filter((kind) => kind === "entity").length, 35);
  const replay = await ledger.exchange("ada", { lastKnownServerVersion: 0, changes: [first] });
  assert(replay.ok);
  assertEquals(verdictsOf(replay.response), ["duplicate@1<applied"]);
  assertEquals(replay.response.newChanges.length, 35);
});

onEveryStore("without a retention the log is kept for ever", async (world) => {
  await fill(world, ["ada"], 3, 1);
  const [report] = await runToEnd(world, {});
  assertEquals([report!.users, report!.trimmedRows], [0, 0]);
  assertEquals((await world.ledger.history("ada", { limit: 10 })).rows.length, 4);
});

onEveryStore("runs are bounded in users and rows, and go on where the last one stopped", async (world) => {
  const users = Array.from({ length: 7 }, (_, i) => `user-${i}`);
  await fill(world, users, 12, 2);
  const byUsers = await maintainLedger(depsOf(world), { logRetentionDays: 30, bounds: { usersMax: 3 } });
  assertEquals([byUsers.users, byUsers.trimmedRows, byUsers.more], [3, 36, true]);
  const byRows = await maintainLedger(depsOf(world), { logRetentionDays: 30, bounds: { rowsMax: 1 } });
  assertEquals([byRows.users, byRows.trimmedRows, byRows.more], [1, 12, true]);
  const rest = await runToEnd(world, { logRetentionDays: 30, bounds: { usersMax: 2 } });
  assertEquals(sum(rest, "trimmedRows"), 36);
  for (const user of users) {
    assertEquals((await world.ledger.history(user, { limit: 99 })).rows.length, 2);
  }
  const nextRound = await runToEnd(world, { logRetentionDays: 30 });
  assertEquals([sum(nextRound, "users"), sum(nextRound, "trimmedRows")], [7, 0]);
});

onEveryStore("more rows than one call trims are trimmed in one run", async (world) => {
  await fill(world, ["ada"], 500, 0 + 1);
  world.clock.advance(40 * dayMs);
  await fill(world, ["bob"], 1, 1);
  const reports = await runToEnd(world, { logRetentionDays: 30 });
  assertEquals(sum(reports, "trimmedRows"), 502);
});

onEveryStore("what an erase left is swept, and a client of before hears of the erase", async (world) => {
  const { ledger, store, sync } = world;
  await sync(0, [created("a", { x: 1 })]);
  const { epoch } = await ledger.status("user-1");
  const { head, token } = await store.readHead("user-1");
  const erased = { ...head!, version: 0, prefix: 1, epochNumber: 2, entityCount: 0 };
  const lastErasedEpoch = { generation: epoch.split(".")[0]!, number: 1 };
  await store.replaceHead("user-1", token, { ...erased, lastErasedEpoch }, 0);
  const reports = await runToEnd(world, { bounds: { keysMax: 2 } });
  assertEquals(sum(reports, "erasedKeys"), 4);
  assertEquals((await sync(1, [updated("a", { x: 2 })], { epoch })).reset, "erased");
});

onEveryStore("devices that have not come back, and more than a person has, are forgotten", async (world) => {
  const { ledger, clock } = world;
  const poll = async (user: string, deviceId: string) => {
    clock.advance(1000);
    assert((await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [], deviceId })).ok);
  };
  const deviceOf = (n: number) => `${(0xffff - n).toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
  for (const user of ["ada", "bob"]) await poll(user, deviceOf(0));
  clock.advance(300 * dayMs);
  await poll("bob", deviceOf(1));
  clock.advance(101 * dayMs);
  for (let n = 2; n <= 1201; n++) await poll("cyd", deviceOf(n));
  const newest = new Date(clock.nowMs()).toISOString();
  const { devices, deviceCount, lastSync } = await ledger.status("cyd");
  assertEquals([deviceCount, lastSync, devices[0]?.deviceId], [1000, newest, deviceOf(1201)]);
  assertEquals((await ledger.v1.status("cyd", undefined)).lastSync, newest);

  const reports = await runToEnd(world, { bounds: { devicesMax: 1 } });
  assertEquals(sum(reports, "forgottenDevices"), 202);
  const seen = async (user: string) => (await ledger.status(user)).devices.map(({ deviceId }) => deviceId);
  assertEquals([await seen("ada"), await seen("bob")], [[], [deviceOf(1)]]);
  assertEquals(await seen("cyd"), devices.map(({ deviceId }) => deviceId));
  assertEquals(sum(await runToEnd(world, {}), "forgottenDevices"), 0);
});

onEveryStore("a locked store ends the run, which says that there is more", async (world) => {
  await fill(world, ["ada", "bob"], 3, 1);
  const { store } = world;
  const locked = { ...store, listUsers: () => Promise.reject(new StoreBusyError()) };
  const report = await maintainLedger({ ...depsOf(world), store: locked }, { logRetentionDays: 30 });
  assertEquals([report.more, report.trimmedRows], [true, 0]);
  assertEquals(sum(await runToEnd(world, { logRetentionDays: 30 }), "trimmedRows"), 6);
});

Deno.test("runs in a row end where logs and devices both take several, and began at different times", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const world = ledgerWorld(kvLedgerStore(kv));
    const users = ["u1", "u2", "u3"];
    for (const user of users) {
      await world.ledger.exchange(user, { lastKnownServerVersion: 0, changes: [created("e", { n: 1 })] });
    }
    // More than one look holds, of people who are all still here.
    for (const user of [...users, "u4"]) {
      for (let i = 0; i < 600; i += 300) {
        const atomic = kv.atomic();
        for (let at = i; at < i + 300; at++) {
          const deviceId = `aaaaaaaa-0000-4000-8000-${String(at).padStart(12, "0")}`;
          const row = { deviceId, lastSeenMs: world.clock.nowMs(), lastKnownServerVersion: 0, prefix: 0 };
          atomic.set(deviceKey(user, deviceId), encodeJson(row));
        }
        await atomic.commit();
      }
    }
    // A run of before was ended between the devices and the logs.
    assertEquals((await world.store.sweepDevices(0, 2000)).more, true);
    const options = {
      logRetentionDays: 30,
      bounds: { usersMax: 2, devicesMax: 2000 },
      done: new Set<MaintenanceRound>(),
    };
    let runs = 0;
    for (let more = true; more && runs < 10; runs++) {
      more = (await maintainLedger(depsOf(world), options)).more;
    }
    assert(runs < 10, `${runs} runs and no end`);
  } finally {
    kv.close();
  }
});
