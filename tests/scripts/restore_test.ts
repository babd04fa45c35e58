/** Restores beside servers that go on, of files that change or that older versions wrote. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { encodeJson } from "../../api/adapters/kv_values.ts";
import { BackupFileError, readBackupFile, writeBackupFile } from "../../scripts/backup/backup_file.ts";
import type { BackupLine } from "../../scripts/backup/backup_line.ts";
import { formatKey, formatValue, otherKeys } from "../../scripts/backup/kv_other_keys.ts";
import { UnfinishedRestoreError } from "../../scripts/backup/restore_store.ts";
import type { SyncResponse } from "../../shared/mod.ts";
import { created, deviceA, deviceB, type TestChange, verdictsOf } from "../api/ledger/ledger_world.ts";
import { type Folder, type StoreWorld, withFolder } from "./backup_world.ts";

/** The note before ada is written: the new generation stands, nobody is switched yet. */
const begun = (note: string) => note.includes('"user":"ada"');

/** Calls `meanwhile` once, before the restore writes the note that `when` picks; what it throws ends the restore. */
function meeting(kv: Deno.Kv, when: (note: string) => boolean, meanwhile: () => Promise<void>): Deno.Kv {
  let met = false;
  return new Proxy(kv, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (name !== "set") return typeof member === "function" ? member.bind(target) : member;
      return async (key: Deno.KvKey, value: Uint8Array) => {
        if (!met && key[0] === "restore" && when(new TextDecoder().decode(value))) {
          met = true;
          await meanwhile();
        }
        return await target.set(key, value);
      };
    },
  });
}

/** Restores with `meanwhile` between the new generation and the switch of ada. */
async function restoreMeeting(
  folder: Folder,
  world: StoreWorld,
  path: string,
  meanwhile: () => Promise<void>,
): Promise<void> {
  let met = false;
  const kv = meeting(world.kv, begun, () => {
    met = true;
    return meanwhile();
  });
  const result = await folder.restore({ ...world, kv }, path, true);
  assert(result.ok && met);
}

/** What a device does that hears of a restore: everything acknowledged again, by the new epoch. */
async function hearAndOffer(
  { sync }: StoreWorld,
  told: SyncResponse,
  changes: TestChange[],
): Promise<SyncResponse> {
  assertEquals(told.reset, "restored");
  const offered = changes.map((change) => ({ ...change, baseVersion: 0 }));
  return await sync("ada", told.latestServerVersion, offered, { deviceId: deviceB, epoch: told.epoch });
}

Deno.test("a device that polls between the new generation and its user's switch still hears of the restore", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    const { sync } = world;
    const one = created("one", { n: 1 });
    const { epoch } = await sync("ada", 0, [one], { deviceId: deviceB });
    const path = await folder.backUp(world, "old.backup");
    const x = created("x", { of: "B" });
    await sync("ada", 1, [x], { deviceId: deviceB, epoch });
    let polled: SyncResponse | undefined;
    await restoreMeeting(folder, world, path, async () => {
      polled = await sync("ada", 2, [], { deviceId: deviceB, epoch });
      const repeated = await hearAndOffer(world, polled, [one, x]);
      assertEquals(verdictsOf(repeated), ["duplicate@1<applied", "duplicate@2<applied"]);
    });
    assert(polled);
    // Somebody else takes the version that the device has seen, so that no cursor tells of the loss.
    await sync("ada", 0, [created("y", { of: "A" })], { deviceId: deviceA });
    const told = await sync("ada", polled.latestServerVersion, [], {
      deviceId: deviceB,
      epoch: polled.epoch,
    });
    const healed = await hearAndOffer(world, told, [one, x]);
    assertEquals(verdictsOf(healed), ["duplicate@1<applied", "applied@3"]);
  }));

Deno.test("a user whom the backup does not know hears of the restore after being cleared, too", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    await world.sync("ada", 0, [created("one", { n: 1 })]);
    const path = await folder.backUp(world, "old.backup");
    const { epoch } = await world.sync("bob", 0, [created("b", { n: 1 })]);
    let between = "";
    await restoreMeeting(folder, world, path, async () => {
      ({ epoch: between } = await world.sync("bob", 1, [], { epoch }));
      // A newcomer: the store has nothing of carl yet, and clears what he writes.
      await world.sync("carl", 0, [created("c", {})], { epoch: between });
    });
    assert(between !== epoch);
    for (const user of ["bob", "carl"]) {
      assertEquals((await world.ledger.status(user)).entityCount, 0);
      await world.sync(user, 0, [created("later", {})]);
      assertEquals((await world.sync(user, 1, [], { epoch: between })).reset, "restored");
    }
  }));

Deno.test("a user without data in the store who polls during the restore hears of what it brought", () =>
  withFolder(async (folder) => {
    const source = await folder.open();
    await source.sync("ada", 0, [created("one", { n: 1 })]);
    const path = await folder.backUp(source, "old.backup");
    const target = await folder.open();
    let between = "";
    await restoreMeeting(folder, target, path, async () => {
      ({ epoch: between } = await target.sync("ada", 0));
    });
    assertEquals((await target.sync("ada", 0, [], { epoch: between })).reset, "restored");
  }));

Deno.test("what a user who erased wrote before the restore reached him is offered again", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    await world.sync("ada", 0, [created("one", { n: 1 })]);
    const path = await folder.backUp(world, "old.backup");
    assert((await world.ledger.erase("ada")).ok);
    const { epoch } = await world.sync("ada", 0, [created("new", {})]);
    let between = "";
    await restoreMeeting(folder, world, path, async () => {
      ({ epoch: between } = await world.sync("ada", 1, [], { epoch }));
    });
    assertEquals((await world.ledger.status("ada")).entityCount, 0);
    await world.sync("ada", 0, [created("other", {})]);
    assertEquals((await world.sync("ada", 1, [], { epoch: between })).reset, "restored");
  }));

Deno.test("what is written after a restore broke off behind a user's switch is not lost by finishing it", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    const one = created("one", { n: 1 });
    const { epoch: before } = await world.sync("ada", 0, [one]);
    const path = await folder.backUp(world, "old.backup");
    const done = (note: string) => note.includes('"usersDone":1');
    const kv = meeting(world.kv, done, () => Promise.reject(new Error("stopped here")));
    await assertRejects(() => folder.restore({ ...world, kv }, path, true), Error, "stopped here");
    const told = await world.sync("ada", 1, [], { epoch: before });
    const x = created("x", {});
    await world.sync("ada", 1, [x], { deviceId: deviceB, epoch: told.epoch });
    const result = await folder.restore(world, path);
    assert(result.ok && result.report.resumed);
    await world.sync("ada", 0, [created("y", {})], { deviceId: deviceA });
    const again = await world.sync("ada", 2, [], { epoch: told.epoch });
    assertEquals(verdictsOf(await hearAndOffer(world, again, [one, x])), [
      "duplicate@1<applied",
      "applied@3",
    ]);
  }));

Deno.test("a file that goes bad after it was checked is told apart from one that was never used", () =>
  withFolder(async (folder) => {
    const world = await folder.open();
    for (const user of ["ada", "bob", "carl"]) {
      await world.sync(user, 0, [created("a", { text: crypto.randomUUID().repeat(5000) })]);
    }
    const path = await folder.backUp(world, "all.backup");
    const copy = folder.path("copy.backup");
    await Deno.copyFile(path, copy);
    const other = await folder.backUp(world, "other.backup");
    const spoilt: [name: string, spoil: () => Promise<void>][] = [
      ["emptied", () => Deno.truncate(path)],
      ["an archive of nothing", async () => {
        const nothing = new Blob([]).stream().pipeThrough(new CompressionStream("gzip"));
        await Deno.writeFile(path, nothing);
      }],
      ["another backup", () => Deno.copyFile(other, path)],
      ["gone", () => Deno.remove(path)],
    ];
    for (const [name, spoil] of spoilt) {
      await Deno.copyFile(copy, path);
      const error = await assertRejects(
        () => folder.restore({ ...world, kv: afterFirstWrite(world.kv, spoil) }, path, true),
        UnfinishedRestoreError,
      );
      assert(!error.message.includes("Nothing was touched"), name);
      await assertRejects(
        () => folder.restore(world, folder.path("none")),
        UnfinishedRestoreError,
        "no file",
      );
      const finished = await folder.restore(world, copy);
      assert(finished.ok && finished.report.resumed && finished.report.users === 3, name);
      await assertRejects(() => folder.restore(world, folder.path("none")), BackupFileError, "no file");
    }
  }));

Deno.test("V1's tokens and answers stay out of backups, and of what is restored from older ones", () =>
  withFolder(async (folder) => {
    const source = await folder.open();
    await source.sync("ada", 0, [created("a", {})]);
    const store = kvLedgerStore(source.kv);
    await store.keepV1Token("ada", 0, "token", 1);
    const place = await store.openV1Answer("ada", 0, "key", Date.now());
    await place.keep({ digest: "d", body: '{"secret":1}', atMs: Date.now() });
    await source.kv.set(["legacy", "ada", "skipped", "note", "a"], encodeJson({ reason: "kept" }));
    const present = await folder.backUp(source, "present.backup");
    const older = folder.path("older.backup");
    await writeBackupFile(older, withOtherKeys(source.kv, readBackupFile(present)));

    for (const path of [present, older]) {
      const target = await folder.open();
      assert((await folder.restore(target, path)).ok);
      assertEquals(await legacyKinds(target.kv), ["skipped"]);
      assert((await target.ledger.erase("ada")).ok);
      while ((await kvLedgerStore(target.kv).sweepErased(1000)).more);
      assertEquals(await legacyKinds(target.kv), []);
    }
    const lines = await Array.fromAsync(readBackupFile(present));
    assert(!lines.some((line) => line.kind === "key" && line.key.includes("answer")));
  }));

/** Calls `then` once after the first transaction of a restore, which is its generation. */
function afterFirstWrite(kv: Deno.Kv, then: () => Promise<void>): Deno.Kv {
  let written = false;
  return new Proxy(kv, {
    get(target, name) {
      const member = Reflect.get(target, name);
      if (name !== "atomic") return typeof member === "function" ? member.bind(target) : member;
      return () => {
        const atomic = target.atomic();
        const commit = atomic.commit.bind(atomic);
        atomic.commit = async () => {
          const result = await commit();
          if (!written) await then();
          written = true;
          return result;
        };
        return atomic;
      };
    },
  });
}

/** A backup with every other key of the store, as it was written before V1's notes were left out. */
async function* withOtherKeys(kv: Deno.Kv, lines: AsyncIterable<BackupLine>): AsyncGenerator<BackupLine> {
  let keys = 0;
  for await (const line of lines) {
    if (line.kind === "key") continue;
    yield line.kind === "end" ? { ...line, keys } : line;
    if (line.kind !== "backup") continue;
    for await (const { key, value } of otherKeys(kv)) {
      yield { kind: "key", key: formatKey(key), value: formatValue(value) };
      keys++;
    }
  }
}

async function legacyKinds(kv: Deno.Kv): Promise<unknown[]> {
  const kinds = new Set<unknown>();
  for await (const { key } of kv.list({ prefix: ["legacy"] })) kinds.add(key[2]);
  return [...kinds];
}
