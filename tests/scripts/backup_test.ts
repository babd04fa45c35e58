/** Backup and restore of whole stores: what comes back, what does not, and what is refused. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { backUpStore, RestoreUnderWayError } from "../../scripts/backup/back_up_store.ts";
import { BackupFileError, writeBackupFile } from "../../scripts/backup/backup_file.ts";
import type { BackupLine } from "../../scripts/backup/backup_line.ts";
import { restoreNoteKey, writeRestoreNote } from "../../scripts/backup/restore_note.ts";
import { type RestoreProgress, restoreStore } from "../../scripts/backup/restore_store.ts";
import { NewFileError } from "../../scripts/create_new_file.ts";
import { created, deleted, deviceA, deviceB, updated, verdictsOf } from "../api/ledger/ledger_world.ts";
import { type Folder, type StoreWorld, withFolder } from "./backup_world.ts";

/** All that a user's client and audit trail can see, but for times of contact. */
async function visible({ ledger }: StoreWorld, user: string): Promise<unknown> {
  const lines: unknown[] = [];
  for await (const line of ledger.export(user)) {
    lines.push(line.kind === "head" ? line.latestServerVersion : line);
  }
  const { devices } = await ledger.status(user);
  const pull = await ledger.exchange(user, { lastKnownServerVersion: 0, changes: [], limit: 1000 });
  assert(pull.ok);
  const { newChanges, checksum } = pull.response;
  return { lines, newChanges, checksum, devices: devices.map(({ deviceId }) => deviceId).sort() };
}

/** A store with all kinds of records: parts, tombstones, conflicts, removed fields, several users. */
async function filled(folder: Folder): Promise<StoreWorld> {
  const world = await folder.open();
  const { sync } = world;
  await sync("ada", 0, [
    created("a", { x: 1, text: "日本" }),
    created("big", { text: "x".repeat(200_000) }),
    created("gone", { x: 1 }),
  ], { deviceId: deviceA });
  await sync("ada", 3, [deleted("gone"), updated("a", { y: 2 }), updated("a", {}, { unset: ["x"] })], {
    deviceId: deviceA,
  });
  await sync("ada", 1, [updated("a", { y: 3 }), created("big", { more: 1 })], { deviceId: deviceB });
  for (let i = 0; i < 12; i++) await sync(`user ü${i}`, 0, [created("only", { i })]);
  const flags = { percent: 5, overrideOf: new Map([["ada", true], ["bob", false]]) };
  assert((await world.ledger.flags.change(flags, { by: "clara", via: "api" })).ok);
  await world.kv.set(["legacy", "ada", "count", 7n, new Uint8Array([1, 2])], { entries: [1, null, "ü"] });
  return world;
}

Deno.test("everything of every user comes back in an empty store, under a new generation", () =>
  withFolder(async (folder) => {
    const source = await filled(folder);
    const path = await folder.backUp(source, "all.backup");
    const target = await folder.open();
    const result = await folder.restore(target, path);
    assert(result.ok);
    assertEquals([result.report.users, result.report.cleared, result.report.resumed], [13, 0, false]);
    for (const user of ["ada", "user ü0", "user ü11"]) {
      assertEquals(await visible(target, user), await visible(source, user));
    }
    assertEquals(await flagsOf(target), await flagsOf(source));
    for (const key of [["legacy", "ada", "count", 7n, new Uint8Array([1, 2])]]) {
      assertEquals((await target.kv.get(key)).value, (await source.kv.get(key)).value);
    }
    const before = (await source.ledger.status("ada")).epoch;
    const after = (await target.ledger.status("ada")).epoch;
    assert(after.slice(0, 36) > before.slice(0, 36), "generations rise with time");
    const again = await target.sync("ada", 8, [], { epoch: before });
    assertEquals(again.reset, "restored");
  }));

/** What is set, and who set it. */
async function flagsOf({ ledger }: StoreWorld): Promise<unknown> {
  const { token: _, ...state } = await ledger.flags.read();
  return [state, (await ledger.flags.audit({ limit: 10 })).rows];
}

Deno.test("a restore leaves the switches of its store as they are, also those that it is made under", () =>
  withFolder(async (folder) => {
    const path = await folder.backUp(await filled(folder), "all.backup");
    const target = await folder.open();
    await target.ledger.flags.change({ paused: true }, { by: "robert", via: "command" });
    const before = await flagsOf(target);
    const result = await folder.restore(target, path);
    assert(result.ok, "switches alone are no data");
    assertEquals(await flagsOf(target), before);
    const request = { lastKnownServerVersion: 0, changes: [] };
    const paused = await target.ledger.exchange("ada", request);
    assertEquals(paused.ok || paused.code, "paused");
    await target.ledger.flags.change({ paused: false }, { by: "robert", via: "command" });
    assert((await target.ledger.exchange("ada", request)).ok);
  }));

Deno.test("a client that knows more than the restored state hears `restored` and brings it back", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    const { sync } = world;
    const first = created("a", { x: 1 });
    const { epoch } = await sync("ada", 0, [first], { deviceId: deviceA });
    const path = await folder.backUp(world, "old.backup");
    const later = [updated("a", { x: 2 }), created("b", { y: 1 })];
    assertEquals(verdictsOf(await sync("ada", 1, later, { deviceId: deviceA, epoch })), [
      "applied@2",
      "applied@3",
    ]);
    await sync("newcomer", 0, [created("n", {})]);

    const result = await folder.restore(world, path, true);
    assert(result.ok);
    assertEquals([result.report.users, result.report.cleared], [1, 1]);
    assertEquals((await world.ledger.status("newcomer")).entityCount, 0);
    const told = await sync("ada", 3, [created("c", {})], { deviceId: deviceA, epoch });
    assertEquals([told.reset, verdictsOf(told)], ["restored", ["retry"]]);
    assertEquals(told.newChanges.map(({ entityId, data }) => [entityId, data]), [["a", { x: 1 }]]);
    // As a client does: acknowledged changes again, same changeIds, base 0, under the new epoch.
    const offered = [first, ...later].map((change) => ({ ...change, baseVersion: 0 }));
    const healed = await sync("ada", told.latestServerVersion, offered, {
      deviceId: deviceA,
      epoch: told.epoch,
    });
    assertEquals(verdictsOf(healed), ["duplicate@1<applied", "applied@2", "applied@3"]);
    assertEquals((await sync("ada", 0)).newChanges.map(({ data }) => data), [{ x: 2 }, { y: 1 }]);
  }));

Deno.test("after an erase, clients of before hear `erased` also across a restore", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    const { epoch: before } = await world.sync("ada", 0, [created("a", { x: 1 })]);
    assert((await world.ledger.erase("ada")).ok);
    const { epoch: after } = await world.sync("ada", 0, [created("b", { x: 1 })]);
    const path = await folder.backUp(world, "erased.backup");
    const target = await folder.open();
    assert((await folder.restore(target, path)).ok);
    assertEquals((await target.sync("ada", 1, [], { epoch: before })).reset, "erased");
    assertEquals((await target.sync("ada", 1, [], { epoch: after })).reset, "restored");
  }));

Deno.test("data erased after the backup does not come back with it", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    const { epoch: before } = await world.sync("ada", 0, [created("a", { secret: 1 })]);
    await world.sync("bob", 0, [created("b", { x: 1 })]);
    await world.kv.set(["legacy", "ada", "row"], { secret: 1 });
    const path = await folder.backUp(world, "before.backup");
    assert((await world.ledger.erase("ada")).ok);
    const result = await folder.restore(world, path, true);
    assert(result.ok);
    assertEquals([result.report.users, result.report.keptErased], [2, 1]);
    assertEquals((await world.ledger.status("ada")).entityCount, 0);
    assertEquals((await world.ledger.status("bob")).entityCount, 1);
    assertEquals((await world.sync("ada", 1, [], { epoch: before })).reset, "erased");
    for await (const { key } of world.kv.list({ prefix: [] })) {
      assert(
        !(key.includes("ada") &&
          ["log", "entity", "mark", "feed", "part", "legacy"].includes(String(key[0]))),
      );
    }
  }));

Deno.test("a restore that is interrupted anywhere is finished by the same command", () =>
  withFolder(async (folder) => {
    const source = await filled(folder);
    const path = await folder.backUp(source, "all.backup");
    const expected = await visible(source, "ada");
    const target = await folder.open();
    await target.sync("stranger", 0, [created("s", {})]);
    let interruptions = 0;
    const restoreUntil = async (writesMax: number) => {
      try {
        return await folder.restore({ ...target, kv: stoppingKv(target.kv, writesMax) }, path, true);
      } catch (error) {
        assert(error instanceof Error && error.message === "stopped here", String(error));
        interruptions++;
        return null;
      }
    };
    let result = await restoreUntil(1);
    for (let writesMax = 2; result === null && writesMax < 100; writesMax++) {
      // Each user is whole at any time: as in the backup, or as before (unknown here).
      const { entityCount } = await target.ledger.status("ada");
      assert([0, 2].includes(entityCount), `${entityCount}`);
      result = await restoreUntil(writesMax);
    }
    assert(result?.ok && interruptions > 5, `${interruptions} interruptions`);
    assertEquals([result.report.resumed, result.report.cleared], [true, 1]);
    assertEquals(await visible(target, "ada"), expected);
    assertEquals(await flagsOf(target), await flagsOf(source));
    assertEquals((await target.ledger.status("stranger")).entityCount, 0);
    assertEquals((await target.kv.get(["restore"])).value, null);
    const store = kvLedgerStore(target.kv);
    for (const kind of ["entity", "log", "mark", "feed", "part"]) {
      for await (const { key } of target.kv.list({ prefix: [kind] })) {
        const { head } = await store.readHead(key[1] as string);
        assertEquals(key[2], head?.prefix, "nothing is left of what was begun");
      }
    }
  }));

/** Fails after some writes, as a process that is killed does. */
function stoppingKv(kv: Deno.Kv, writesMax: number): Deno.Kv {
  let writes = 0;
  const counted = <T>(write: () => Promise<T>): Promise<T> =>
    writes++ < writesMax ? write() : Promise.reject(new Error("stopped here"));
  return new Proxy(kv, {
    get(target, name) {
      if (name === "set") return (...args: Parameters<Deno.Kv["set"]>) => counted(() => target.set(...args));
      if (name === "delete") return (key: Deno.KvKey) => counted(() => target.delete(key));
      if (name === "atomic") {
        return () => {
          const atomic = target.atomic();
          const commit = atomic.commit.bind(atomic);
          atomic.commit = () => counted(commit);
          return atomic;
        };
      }
      const member = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

Deno.test("a store with data is refused without --replace, and not touched", () =>
  withFolder(async (folder) => {
    const path = await folder.backUp(await filled(folder), "all.backup");
    const target = await folder.open();
    await target.sync("ada", 0, [created("mine", { x: 1 })]);
    const before = await visible(target, "ada");
    const { epoch } = await target.ledger.status("ada");
    const result = await folder.restore(target, path);
    assertEquals(result.ok, false);
    assertEquals(await visible(target, "ada"), before);
    assertEquals((await target.ledger.status("ada")).epoch, epoch);
  }));

Deno.test("a file that is cut short, damaged or foreign is refused before anything is touched", () =>
  withFolder(async (folder) => {
    const source = await filled(folder);
    const whole = await Deno.readFile(await folder.backUp(source, "all.backup"));
    const text = await new Response(
      new Blob([whole]).stream().pipeThrough(new DecompressionStream("gzip")),
    ).text();
    const lines = text.trimEnd().split("\n");
    const gzip = async (content: string) =>
      new Uint8Array(
        await new Response(new Blob([content]).stream().pipeThrough(new CompressionStream("gzip")))
          .arrayBuffer(),
      );
    const without = (found: (line: string) => boolean) => {
      const at = lines.findIndex(found);
      return gzip(`${lines.toSpliced(at, 1).join("\n")}\n`);
    };
    const flipped = whole.slice();
    flipped[Math.floor(whole.length / 2)]! ^= 0xff;
    const cases: [string, Uint8Array<ArrayBuffer>, string][] = [
      ["half a file", whole.slice(0, whole.length / 2), "cut short or damaged"],
      ["a file without its last bytes", whole.slice(0, -3), "cut short or damaged"],
      ["a flipped byte", flipped, "no backup|damaged"],
      ["no end", await without((line) => line.startsWith('{"kind":"end"')), "cut short"],
      ["an entity less", await without((line) => line.includes('"entityId":"big"')), "add up|damaged"],
      ["a mark less", await without((line) => line.startsWith('{"kind":"mark"')), "counts do not add up"],
      ["no header", await gzip(`${lines.slice(1).join("\n")}\n`), "no backup of this product"],
      [
        "another version",
        await gzip(text.replace('"formatVersion":1', '"formatVersion":2')),
        "version 1 is required",
      ],
      ["other JSON", await gzip('{"hello":1}\n'), "no backup"],
      ["no gzip", new TextEncoder().encode("hello"), "not gzip|cut short"],
      ["nothing", new Uint8Array(), "empty|not gzip"],
    ];
    const target = await folder.open();
    for (const [name, bytes, message] of cases) {
      const path = folder.path("bad.backup");
      await Deno.writeFile(path, bytes);
      const error = await assertRejects(() => folder.restore(target, path), BackupFileError);
      assert(new RegExp(message).test(error.message), `${name}: ${error.message}`);
    }
    for await (const { key } of target.kv.list({ prefix: [] })) assert(false, `touched: ${String(key[0])}`);
    await assertRejects(
      () => folder.restore(target, folder.path("none")),
      BackupFileError,
      "There is no file",
    );
  }));

Deno.test("a backup does not overwrite a file, and leaves none when it fails", () =>
  withFolder(async (folder) => {
    const world = await filled(folder);
    await folder.backUp(world, "one.backup");
    await assertRejects(() => folder.backUp(world, "one.backup"), BackupFileError, "there already");
    await world.kv.set(["odd"], new Map());
    await assertRejects(() => folder.backUp(world, "two.backup"), Error, "neither bytes, JSON nor a counter");
    assertEquals([...Deno.readDirSync(folder.path(""))].map(({ name }) => name), ["one.backup"]);
  }));

Deno.test("of several backups to one path at once, one is written whole and the others are refused", () =>
  withFolder(async (folder) => {
    const world = await filled(folder);
    const tries = await Promise.allSettled(
      Array.from({ length: 4 }, () => folder.backUp(world, "one.backup")),
    );
    const refused = tries.flatMap((tried) => tried.status === "rejected" ? [tried.reason] : []);
    assertEquals(refused.length, 3);
    assert(refused.every((reason) => reason instanceof BackupFileError), String(refused));
    assertEquals([...Deno.readDirSync(folder.path(""))].map(({ name }) => name), ["one.backup"]);
    assert((await folder.restore(await folder.open(), folder.path("one.backup"))).ok);
  }));

Deno.test("a backup that finds another's unfinished file leaves it alone, and says what to do", () =>
  withFolder(async (folder) => {
    const world = await filled(folder);
    const aside = folder.path("one.backup.unfinished");
    await Deno.writeTextFile(aside, "theirs");
    await assertRejects(() => folder.backUp(world, "one.backup"), BackupFileError, "remove that one");
    assertEquals(await Deno.readTextFile(aside), "theirs");
    await Deno.remove(aside);
    await folder.backUp(world, "one.backup");
  }));

Deno.test("a backup does not take the place of a file that came while it was written", () =>
  withFolder(async (folder) => {
    const path = folder.path("one.backup");
    async function* lines(): AsyncGenerator<BackupLine> {
      await Deno.writeTextFile(path, "theirs");
      yield { kind: "end", users: 0, keys: 0, records: 0 };
    }
    await assertRejects(() => writeBackupFile(path, lines()), BackupFileError, "there already");
    assertEquals(await Deno.readTextFile(path), "theirs");
    assertEquals([...Deno.readDirSync(folder.path(""))].map(({ name }) => name), ["one.backup"]);
  }));

Deno.test("a store whose restore is not finished, or that is restored meanwhile, is not backed up", () =>
  withFolder(async (folder) => {
    const world = await filled(folder);
    const path = await folder.backUp(world, "good.backup");
    const names = () => Array.from(Deno.readDirSync(folder.path("")), ({ name }) => name);
    const note = { backupId: "another", prefix: 1, usersDone: 0, keepFlags: false, user: null };
    await writeRestoreNote(world.kv, note);
    await assertRejects(() => folder.backUp(world, "half.backup"), RestoreUnderWayError, "is not finished");
    const takenAt = new Date().toISOString();
    const store = kvLedgerStore(world.kv);
    const begin = () =>
      backUpStore({
        ...{ kv: world.kv, store, ids: systemIds(), takenAt },
        counts: { users: 0, keys: 0, records: 0 },
      });
    // Also where the restore will have ended before the backup has.
    await assertRejects(() => begin().next(), RestoreUnderWayError, "Finish it by running");
    await world.kv.delete(restoreNoteKey);

    const lines = begin();
    async function* restoringMeanwhile(): AsyncGenerator<BackupLine> {
      yield (await lines.next()).value!;
      assert((await folder.restore(world, path, true)).ok);
      yield* lines;
    }
    await assertRejects(
      () => writeBackupFile(folder.path("mixed.backup"), restoringMeanwhile()),
      RestoreUnderWayError,
      "was restored meanwhile",
    );
    assertEquals(names(), ["good.backup"]);
  }));

Deno.test("where no backup can be written or read, the cause and what to do are said", () =>
  withFolder(async (folder) => {
    const world = await filled(folder);
    await assertRejects(
      () => folder.backUp(world, "no/x"),
      NewFileError,
      `there is no folder ${folder.path("no")}`,
    );
    const path = await folder.backUp(world, "one.backup");
    await assertRejects(() => folder.backUp(world, "one.backup/x"), BackupFileError, "Name a new file");
    await Deno.mkdir(folder.path("dir"));
    const target = await folder.open();
    await assertRejects(
      () => folder.restore(target, folder.path("dir")),
      BackupFileError,
      `Cannot read ${folder.path("dir")}: Is a directory`,
    );
    assert((await folder.restore(target, path)).ok);
  }));

Deno.test("a restore says how far it is in each of its steps", () =>
  withFolder(async (folder) => {
    const path = await folder.backUp(await filled(folder), "all.backup");
    const { kv } = await folder.open();
    const last = new Map<string, RestoreProgress>();
    const deps = { clock: { nowMs: () => Date.now(), sleep: () => Promise.resolve() }, ids: systemIds() };
    const onProgress = (at: RestoreProgress) => void last.set(at.step, at);
    const result = await restoreStore({
      ...{ kv, path, replace: false, onProgress },
      deps: { ...deps, random: { next: () => 0.5 } },
    });
    assert(result.ok);
    assertEquals([...last.keys()], ["check", "otherKeys", "users"]);
    assert(last.get("check")!.done > 20);
    assertEquals(last.get("otherKeys")!.done, last.get("otherKeys")!.total);
    assertEquals(last.get("users"), { step: "users", done: 13, total: 13 });
  }));
