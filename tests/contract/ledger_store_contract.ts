/** What every ledger store must do, whatever it is made of. Run on each adapter by `ledger_store_test.ts`. */
import { assert, assertEquals } from "@std/assert";
import type { KeptRecord, LedgerStore } from "../../api/ledger/ledger_store.ts";
import { writeEntity } from "../../api/ledger/entity_state.ts";
import {
  emptyHead,
  type EntityState,
  type Head,
  type LogRow,
  type SettledStep,
} from "../../api/ledger/records.ts";

const user = "user-1";
const createdAt = "2026-01-01T00:00:00.000Z";

/** A step that writes `data` to an entity as version `version`. */
function stepOf(
  head: Head,
  entityId: string,
  data: Record<string, unknown>,
  before: EntityState | null = null,
): SettledStep {
  const version = head.version + 1;
  const ref = { entityType: "goal", entityId };
  const changeId = `change-${head.prefix}-${version}`;
  const row: LogRow = {
    ...ref,
    version,
    changeId,
    type: "CREATED",
    data,
    dataBytes: 2,
    timestamp: 1,
    retryCount: 0,
    baseVersion: 0,
    createdAt,
    status: "applied",
    effect: "created",
  };
  const after = writeEntity(before, ref, {
    effect: { type: "CREATED", data },
    data,
    stamp: [version, "device"],
    origin: { changeId, timestamp: 1, createdAt },
  });
  const mark = { version, status: "applied" as const, digest: "d" };
  return { head: { ...head, version }, changeId, mark, row, entity: { before, after } };
}

/** Commits steps to the end; the token after it. */
async function commitAll(
  store: LedgerStore,
  token: string | null,
  steps: SettledStep[],
): Promise<string | null> {
  for (let written = 0; written < steps.length;) {
    const result = await store.commit(user, token, steps.slice(written));
    assert(result.ok && result.committed > 0);
    written += result.committed;
    token = result.token;
  }
  return token;
}

function chainOf(entities: number, head: Head = emptyHead): SettledStep[] {
  const steps: SettledStep[] = [];
  for (let i = 0; i < entities; i++) steps.push(stepOf(steps.at(-1)?.head ?? head, `e${i}`, { i }));
  return steps;
}

const everything = { limit: 1000, bytesMax: 1e9 };

export function ledgerStoreContract(
  name: string,
  withStore: (test: (store: LedgerStore) => Promise<void>) => Promise<void>,
) {
  const test = (what: string, body: (store: LedgerStore) => Promise<void>) =>
    Deno.test(`${name}: ${what}`, () => withStore(body));

  test("an unknown user has no head, and a token that a first commit may check", async (store) => {
    const read = await store.readHead(user, "device");
    assertEquals(read, {
      generation: null,
      head: null,
      token: null,
      flags: {},
      legacyPending: false,
      device: null,
    });
    assert((await store.commit(user, read.token, [stepOf(emptyHead, "a", {})])).ok);
  });

  test("the generation is written once", async (store) => {
    assertEquals(await store.createGeneration("one"), "one");
    assertEquals(await store.createGeneration("two"), "one");
    assertEquals((await store.readHead(user)).generation, "one");
  });

  test("a commit on a head that moved writes nothing", async (store) => {
    const { token } = await store.readHead(user);
    assert((await store.commit(user, token, [stepOf(emptyHead, "a", { by: "winner" })])).ok);
    const lost = stepOf(emptyHead, "b", { by: "loser" });
    const big = stepOf(emptyHead, "c", { text: "x".repeat(200_000) });
    assertEquals(await store.commit(user, token, [lost, big]), { ok: false, code: "head_moved" });
    assertEquals(await store.replaceHead(user, token, emptyHead), { ok: false, code: "head_moved" });
    const refs = ["a", "b", "c"].map((entityId) => ({ entityType: "goal", entityId }));
    const { entities } = await store.readState(user, 0, [], refs, 1e9);
    assertEquals(entities.map((entity) => entity === null), [false, true, true]);
  });

  test("commits chain on the token of the one before", async (store) => {
    const steps = chainOf(3);
    let token: string | null = null;
    for (const step of steps) {
      const result = await store.commit(user, token, [step]);
      assert(result.ok);
      token = result.token;
    }
    assertEquals((await store.readHead(user)).token, token);
    assertEquals((await store.readHead(user)).head?.version, 3);
  });

  test("what was committed is read back whole and in the order asked", async (store) => {
    const steps = chainOf(25);
    await commitAll(store, null, steps);
    const ids = steps.map(({ changeId }) => changeId).reverse();
    const refs = steps.map(({ entity }) => entity!.after).reverse();
    const { marks, entities } = await store.readState(user, 0, [...ids, "none"], refs, 1e9);
    assertEquals(
      marks.map((mark) => mark?.version),
      [...Array(25).keys()].map((i) => 25 - i).concat(undefined as never),
    );
    assertEquals(entities, refs);
    assertEquals(await store.readRows(user, 0, [3, 99, 1], 1e9), [steps[2]!.row!, null, steps[0]!.row!]);
  });

  test("rows are listed in both directions within their bounds", async (store) => {
    await commitAll(store, null, chainOf(10));
    const list = async (query: Partial<Parameters<LedgerStore["listRows"]>[2]>) =>
      (await store.listRows(user, 0, { after: 0, upTo: 10, ...everything, ...query })).map(({ version }) =>
        version
      );
    assertEquals(await list({ after: 3, upTo: 6 }), [4, 5, 6]);
    assertEquals(await list({ limit: 2 }), [1, 2]);
    assertEquals(await list({ newestFirst: true, limit: 3 }), [10, 9, 8]);
    assertEquals(await list({ bytesMax: 1 }), [1], "one row is always given");
    assertEquals(await list({ after: 10, upTo: 20 }), []);
  });

  test("the feed has each entity once, at its latest version", async (store) => {
    const steps = chainOf(4);
    const again = stepOf(steps[3]!.head, "e1", { again: true }, steps[1]!.entity!.after);
    const token = await commitAll(store, null, steps);
    await commitAll(store, token, [again]);
    const feed = await store.listFeed(user, 0, { after: 0, upTo: 99, limit: 10 });
    assertEquals(feed.map(({ entityId, version }) => [entityId, version]), [["e0", 1], ["e2", 3], ["e3", 4], [
      "e1",
      5,
    ]]);
    const part = await store.listFeed(user, 0, { after: 1, upTo: 4, limit: 1 });
    assertEquals(part.map(({ entityId }) => entityId), ["e2"]);
    assertEquals(feed[3]?.dataBytes, 14);
  });

  test("several writes of one entity at once leave its last state", async (store) => {
    const first = stepOf(emptyHead, "a", { text: "x".repeat(100_000) });
    const second = stepOf(first.head, "a", { text: "y".repeat(200_000) }, first.entity!.after);
    const third = stepOf(second.head, "a", { n: 3 }, second.entity!.after);
    await commitAll(store, null, [first, second, third]);
    const { entities } = await store.readState(user, 0, [], [{ entityType: "goal", entityId: "a" }], 1e9);
    assertEquals((entities[0] as EntityState).data, { n: 3 });
    assertEquals((await store.listFeed(user, 0, { after: 0, upTo: 9, limit: 9 })).length, 1);
    const rows = await store.listRows(user, 0, { after: 0, upTo: 3, ...everything });
    assertEquals(rows.map(({ data }) => Object.values(data!)[0]?.toString().length), [100_000, 200_000, 1]);
  });

  test("entities beyond the byte budget are named, not loaded; the first always is", async (store) => {
    const text = "x".repeat(50_000);
    const steps = chainOf(1);
    for (const id of ["a", "b", "c"]) steps.push(stepOf(steps.at(-1)!.head, id, { text }));
    await commitAll(store, null, steps);
    const refs = ["a", "b", "c", "none"].map((entityId) => ({ entityType: "goal", entityId }));
    const { entities } = await store.readState(user, 0, [], refs, 110_000);
    assertEquals(
      entities.map((entity) => typeof entity === "string" ? entity : entity?.entityId ?? null).slice(0, 3),
      ["a", "b", "too_much"],
    );
    const { entities: [first] } = await store.readState(user, 0, [], refs, 0);
    assertEquals((first as EntityState).entityId, "a");
  });

  test("an entity weighs with all that it remembers of its fields", async (store) => {
    const names = Array.from({ length: 500 }, (_, i) => `${i}`.padEnd(100, "x"));
    const steps: SettledStep[] = [];
    for (const id of ["a", "b", "c"]) {
      const head = steps.at(-1)?.head ?? emptyHead;
      const step = stepOf(head, id, { n: 1 });
      const { after } = step.entity!;
      const fieldStamps = new Map(names.map((name) => [name, [after.version, null] as const]));
      steps.push({ ...step, entity: { before: null, after: { ...after, fieldStamps } } });
    }
    await commitAll(store, null, steps);
    const refs = ["a", "b", "c"].map((entityId) => ({ entityType: "goal", entityId }));
    const { entities } = await store.readState(user, 0, [], refs, 140_000);
    assertEquals(entities.map((entity) => entity === "too_much"), [false, false, true]);
  });

  test("log rows beyond the byte budget are named, not loaded; the first that is there always is", async (store) => {
    const text = "x".repeat(50_000);
    const steps = chainOf(1);
    for (const id of ["a", "b", "c"]) steps.push(stepOf(steps.at(-1)!.head, id, { text }));
    await commitAll(store, null, steps);
    const read = async (bytesMax: number) =>
      (await store.readRows(user, 0, [99, 2, 3, 4, 98], bytesMax)).map((row) =>
        row === null || row === "too_much" ? row : row.version
      );
    assertEquals(await read(110_000), [null, 2, 3, "too_much", null]);
    assertEquals(await read(0), [null, 2, "too_much", "too_much", null]);
  });

  test("a mark alone leaves the head's content as it is, but not its token", async (store) => {
    const [step] = chainOf(1);
    const token = await commitAll(store, null, [step!]);
    const mark = { version: 1, status: "duplicate" as const, digest: "d" };
    const alone: SettledStep = { head: step!.head, changeId: "alone", mark };
    const result = await store.commit(user, token, [alone]);
    assert(result.ok && result.committed === 1 && result.token !== token);
    const read = await store.readHead(user);
    assertEquals([read.head, read.token], [step!.head, result.token]);
    assertEquals((await store.readState(user, 0, ["alone"], [], 0)).marks, [mark]);
    const reused = stepOf(step!.head, "b", {});
    const lost = await store.commit(user, token, [{ ...reused, changeId: "alone" }]);
    assertEquals(lost, { ok: false, code: "head_moved" }, "it was judged when there was no mark");
    assertEquals((await store.readState(user, 0, ["alone"], [], 0)).marks, [mark]);
    await store.replaceHead(user, result.token, { ...step!.head, epochNumber: 2 });
    assertEquals((await store.commit(user, result.token, [{ ...alone, changeId: "late" }])).ok, false);
  });

  test("devices go with a commit or alone, and belong to a key space", async (store) => {
    const device = { deviceId: "d1", lastSeenMs: 5, lastKnownServerVersion: 0, prefix: 0 };
    assert((await store.commit(user, null, chainOf(1), device)).ok);
    await store.writeDevice(user, { ...device, deviceId: "d2" });
    assertEquals(await store.listDevices(user, 0), [device, { ...device, deviceId: "d2" }]);
    assertEquals(await store.listDevices(user, 1), []);
    assertEquals((await store.readHead(user, "d1")).device, device);
  });

  test("key spaces do not see each other, and an erased one is swept in steps", async (store) => {
    const device = { deviceId: "d1", lastSeenMs: 5, lastKnownServerVersion: 0, prefix: 0 };
    await store.writeDevice(user, device);
    const token = await commitAll(store, null, chainOf(5));
    const fresh: Head = { ...emptyHead, prefix: 1 };
    const replaced = await store.replaceHead(user, token, fresh, 0);
    assert(replaced.ok);
    assertEquals((await store.readState(user, 1, ["change-0-1"], [], 0)).marks, [null]);
    await commitAll(store, replaced.token, chainOf(2, fresh));
    for (let rounds = 0; (await store.sweepErased(3)).more; rounds++) assert(rounds < 100);
    assertEquals(await store.listRows(user, 0, { after: 0, upTo: 9, ...everything }), []);
    assertEquals((await store.listRows(user, 1, { after: 0, upTo: 9, ...everything })).length, 2);
    assertEquals(await store.listDevices(user, 0), []);
  });

  test("what came late is written into the key space that the head refers to, and into no other", async (store) => {
    const device = { deviceId: "d1", lastSeenMs: 5, lastKnownServerVersion: 0, prefix: 0 };
    const { token } = await store.readHead(user);
    const moved = await commitAll(store, token, chainOf(2));
    await store.writeDevice(user, device, token);
    await store.keepV1Token(user, 0, "pulled", 1, token);
    assertEquals(await store.listDevices(user, 0), [device], "the head has only moved on");
    assertEquals(await store.readV1Token(user, 0, "pulled"), 1);
    assert((await store.replaceHead(user, moved, { ...emptyHead, prefix: 1 }, 0)).ok);
    for (let rounds = 0; (await store.sweepErased(100)).more; rounds++) assert(rounds < 10);
    for (const late of [[moved], []] as const) {
      await store.writeDevice(user, device, ...late);
      await store.keepV1Token(user, 0, "pulled", 1, ...late);
    }
    assertEquals(await store.listDevices(user, 0), []);
    assertEquals(await store.readV1Token(user, 0, "pulled"), null);
  });

  test("trimming forgets rows up to the floor and nothing else", async (store) => {
    await commitAll(store, null, chainOf(6));
    assertEquals(await store.trimRows(user, 0, 4, 3), { deleted: 3, more: true });
    assertEquals(await store.trimRows(user, 0, 4, 3), { deleted: 1, more: false });
    const rows = await store.listRows(user, 0, { after: 0, upTo: 6, ...everything });
    assertEquals(rows.map(({ version }) => version), [5, 6]);
    assertEquals((await store.listFeed(user, 0, { after: 0, upTo: 6, limit: 9 })).length, 6);
    assertEquals((await store.readState(user, 0, ["change-0-1"], [], 0)).marks[0]?.version, 1);
  });

  test("users and marks are listed in steps, each once", async (store) => {
    const names = ["b", "a", "ab", "ü", "a b", "日本"];
    for (const name of names) assert((await store.commit(name, null, chainOf(1))).ok);
    await store.writeDevice("headless", {
      deviceId: "d",
      lastSeenMs: 1,
      lastKnownServerVersion: 0,
      prefix: 0,
    });
    const users: string[] = [];
    for (let page = await store.listUsers(null, 2); page.length > 0;) {
      users.push(...page);
      page = await store.listUsers(users.at(-1)!, 2);
    }
    assertEquals(users.toSorted(), names.toSorted());
    const steps = chainOf(5);
    await commitAll(store, null, steps);
    const marks = await store.listMarks(user, 0, null, 3);
    marks.push(...await store.listMarks(user, 0, marks.at(-1)!.changeId, 3));
    assertEquals(marks, steps.map(({ changeId, mark }) => ({ changeId, mark })));
  });

  test("imported records can be read once a head refers to them, also when imported twice", async (store) => {
    const text = "x".repeat(200_000);
    const steps = [...chainOf(3)];
    steps.push(stepOf(steps.at(-1)!.head, "big", { text }));
    const again = stepOf(steps.at(-1)!.head, "e1", { again: true }, steps[1]!.entity!.after);
    const records = [...steps, again].flatMap(({ changeId, mark, row, entity }): KeptRecord[] => [
      { kind: "mark", changeId, mark },
      { kind: "row", row: row! },
      { kind: "entity", entity: entity!.after },
    ]);
    for (let times = 0; times < 2; times++) {
      await store.importRecords(user, 7, records.slice(0, 9));
      await store.importRecords(user, 7, records.slice(9));
    }
    assertEquals((await store.readHead(user)).head, null);
    assert((await store.replaceHead(user, null, { ...again.head, prefix: 7 })).ok);
    const feed = await store.listFeed(user, 7, { after: 0, upTo: 9, limit: 9 });
    assertEquals(feed.map(({ entityId, version }) => [entityId, version]), [
      ["e0", 1],
      ["e2", 3],
      ["big", 4],
      [
        "e1",
        5,
      ],
    ]);
    const { entities } = await store.readState(user, 7, [], feed, 1e9);
    assertEquals(entities.map((entity) => (entity as EntityState).data), [{ i: 0 }, { i: 2 }, { text }, {
      again: true,
    }]);
    const rows = await store.listRows(user, 7, { after: 0, upTo: 9, ...everything });
    assertEquals(rows, [...steps, again].map(({ row }) => row!));
    assertEquals(await store.sweepOrphans(100), { deleted: 0, more: false });
    await store.noteErased(user, 7);
    assertEquals(await store.sweepErased(1000), { deleted: 0, more: false }, "what is in use is never swept");
    assertEquals((await store.listRows(user, 7, { after: 0, upTo: 9, ...everything })).length, 5);
    const { head, token } = await store.readHead(user);
    assert((await store.replaceHead(user, token, { ...head!, version: 0, prefix: 8 }, 7)).ok);
    assert((await store.sweepErased(1000)).deleted > 0);
    assertEquals(await store.listRows(user, 7, { after: 0, upTo: 9, ...everything }), []);
  });

  test("housekeeping remembers where it was", async (store) => {
    assertEquals(await store.readMaintained(), null);
    await store.writeMaintained("user-1");
    assertEquals(await store.readMaintained(), "user-1");
    await store.writeMaintained(null);
    assertEquals(await store.readMaintained(), null);
  });

  test("nobody can change what is stored by changing what was read or written", async (store) => {
    const data = { list: [1] };
    await commitAll(store, null, [stepOf(emptyHead, "a", data)]);
    data.list.push(2);
    const read = async () => {
      const { entities } = await store.readState(user, 0, [], [{ entityType: "goal", entityId: "a" }], 1e9);
      return (entities[0] as EntityState).data as { list: number[] };
    };
    (await read()).list.push(3);
    assertEquals(await read(), { list: [1] });
  });

  test("it answers when asked whether it is there", (store) => store.ready());
}
