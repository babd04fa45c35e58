/** What a whole V1 record becomes in the log. */
import { assertEquals } from "@std/assert";
import { entry, laptop, onEveryStore, phone, phoneId, type V1World } from "./v1_world.ts";

/** Both devices know entry `e`; v2 has written its notes since. */
async function started({ push, pull, sync }: V1World) {
  await push({ entries: [entry("e", { notes: "old", mood: "neutral" })] }, { device: phone });
  const { body } = await pull({ device: phone });
  await sync([{ entityId: "e", data: { notes: "by v2" } }]);
  return body.syncToken as string;
}

const noConflict = { success: true, conflicts: [] as unknown[] };

onEveryStore(
  "a new record is a CREATED of its device, with every field that it has",
  async ({ push, log, pull }) => {
    const record = entry("e", { future: { field: [1, null] } });
    const { body, status } = await push({ entries: [record], goals: [{ id: "g", title: "t" }] }, {
      device: phone,
    });
    assertEquals(status, 200);
    assertEquals({ ...body, syncToken: "" }, {
      ...noConflict,
      syncToken: "",
      stats: { entriesProcessed: 1, duplicatesPrevented: 0, goalsProcessed: 1 },
    });
    const rows = await log();
    assertEquals(
      rows.map(({ type, entityType, entityId, deviceId }) => [type, entityType, entityId, deviceId]),
      [
        ["CREATED", "logbook_entry", "e", phoneId],
        ["CREATED", "goal", "g", phoneId],
      ],
    );
    assertEquals((await pull()).body.entries, [record]);
  },
);

onEveryStore(
  "what stands already is nothing: no row, no mark, no conflict",
  async ({ push, pull, log, ledger }) => {
    await push({ entries: [entry("e")], goals: [{ id: "g", title: "t" }] });
    const { body: state } = await pull();
    const { body } = await push({ entries: state.entries, goals: state.goals }, { token: state.syncToken });
    assertEquals([body.conflicts, body.stats.duplicatesPrevented, body.syncToken], [[], 2, state.syncToken]);
    assertEquals((await log()).length, 2);
    assertEquals((await ledger.status("ada")).latestServerVersion, 2);
  },
);

onEveryStore(
  "an edit becomes an UPDATED of the fields that differ, and v2's own writes stay",
  async (world) => {
    const token = await started(world);
    const { body } = await world.push(
      { entries: [entry("e", { notes: "old", mood: "excited" })] },
      { device: phone, token },
    );
    assertEquals(body.conflicts, [{ entityId: "e", entityType: "logbook_entry", reason: "same_field" }]);
    const last = (await world.log()).at(-1);
    assertEquals([last.type, last.data, last.status], ["UPDATED", { mood: "excited" }, "merged"]);
    const { body: state } = await world.pull();
    assertEquals([state.entries[0].notes, state.entries[0].mood], ["by v2", "excited"]);
  },
);

onEveryStore("after a pull the same edit is taken whole", async (world) => {
  await started(world);
  const { body: state } = await world.pull({ device: laptop });
  const { body } = await world.push(
    { entries: [{ ...state.entries[0], notes: "by v1" }] },
    { device: laptop, token: state.syncToken },
  );
  assertEquals(body.conflicts, []);
  assertEquals((await world.pull()).body.entries[0].notes, "by v1");
});

onEveryStore(
  "what this device wrote last it may write again without a pull, another may not",
  async (world) => {
    const { push, pull } = world;
    await push({ goals: [{ id: "g", title: "a" }] }, { device: phone });
    const { syncToken: token } = (await pull({ device: phone })).body;
    for (const title of ["b", "c"]) {
      const { body } = await push({ goals: [{ id: "g", title }] }, { device: phone, token });
      assertEquals(body.conflicts, [], title);
    }
    const { body } = await push({ goals: [{ id: "g", title: "d" }] }, { device: laptop, token });
    assertEquals(body.conflicts.length, 1);
    const unnamed = await push({ goals: [{ id: "g", title: "d" }] }, { token });
    assertEquals(unnamed.body.conflicts.length, 1);
    assertEquals((await pull()).body.goals[0].title, "c");
  },
);

onEveryStore("without a token, or with one that nobody knows, the base is 0", async ({ push, pull }) => {
  await push({ goals: [{ id: "g", title: "a" }] }, { device: phone });
  for (const token of [undefined, null, "sync_of_another_server"]) {
    const { body } = await push({ goals: [{ id: "g", title: "b", extra: 1 }] }, {
      device: laptop,
      ...(token === undefined ? {} : { token }),
    });
    assertEquals(body.conflicts.length, 1, String(token));
    const again = await push({ goals: [{ id: "g", title: "b" }] }, { device: laptop, token: body.syncToken });
    assertEquals([again.body.conflicts.length, again.body.syncToken], [1, body.syncToken]);
  }
  const { title, extra } = (await pull()).body.goals[0];
  assertEquals([title, extra], ["a", 1]);
});

onEveryStore(
  "absent records and absent fields mean nothing, null for an absent field neither",
  async (world) => {
    const { push, pull, log } = world;
    await push({ goals: [{ id: "g", title: "a", notes: "n" }, { id: "h", title: "h" }] });
    const { syncToken: token } = (await pull()).body;
    await push({ goals: [{ id: "g", description: null }] }, { token });
    await push({}, { token });
    assertEquals((await log()).length, 2);
    const { body } = await push({ goals: [{ id: "g", title: "b" }] }, { token });
    assertEquals(body.conflicts, []);
    assertEquals((await pull()).body.goals.find(({ id }: { id: string }) => id === "g"), {
      id: "g",
      title: "b",
      notes: "n",
    });
  },
);

onEveryStore("a record with deletedAt is a deletion, once, with the token's base", async (world) => {
  const { push, pull, log, sync } = world;
  const gone = { deletedAt: "2025-08-01T00:00:00.000Z" };
  await push({ goals: [{ id: "a" }, { id: "b" }] }, { device: phone });
  const { syncToken: token } = (await pull({ device: phone })).body;
  const first = await push({ goals: [{ id: "a", ...gone }, { id: "never", ...gone }] }, {
    device: phone,
    token,
  });
  assertEquals([first.body.conflicts, (await log()).length], [[], 3]);
  const again = await push({ goals: [{ id: "a", ...gone }] }, { device: phone, token, key: "again" });
  assertEquals([again.body.conflicts, (await log()).length], [[], 3]);
  // It removes what v2 wrote meanwhile: it stands, and both are told.
  await sync([{ entityType: "goal", entityId: "b", data: { title: "by v2" } }]);
  const second = await push({ goals: [{ id: "b", ...gone }] }, { device: phone, token });
  assertEquals(second.body.conflicts, [{ entityId: "b", entityType: "goal", reason: "updated_on_server" }]);
  assertEquals((await pull()).body.goals, []);
  const row = (await log()).at(-1);
  assertEquals([row.status, row.conflict.fields[0].name, row.conflict.lostDeviceId !== undefined], [
    "conflict",
    "title",
    true,
  ]);
});

onEveryStore(
  "V1 never revives: a record of a deleted entity is named, whatever it has seen",
  async (world) => {
    const { push, pull, log, sync } = world;
    await push({ goals: [{ id: "g", title: "a" }] }, { device: phone });
    const { syncToken: before } = (await pull({ device: phone })).body;
    await sync([{ entityType: "goal", entityId: "g", type: "DELETED" }]);
    const { syncToken: after } = (await pull({ device: phone })).body;
    for (const token of [before, after]) {
      const { body } = await push({ goals: [{ id: "g", title: "b" }] }, { device: phone, token });
      assertEquals(body.conflicts, [{ entityId: "g", entityType: "goal", reason: "deleted_on_server" }]);
    }
    // A v2 device brings it back, which V1 has not seen: nothing from before reaches it.
    await sync([{ entityType: "goal", entityId: "g", type: "CREATED", data: { id: "g", title: "new" } }]);
    const { body } = await push({ goals: [{ id: "g", extra: 1 }] }, { device: phone, token: before });
    assertEquals(body.conflicts[0].reason, "deleted_on_server");
    const deletion = await push({ goals: [{ id: "g", deletedAt: "2025-08-01T00:00:00.000Z" }] }, {
      token: before,
    });
    assertEquals(deletion.body.conflicts[0].reason, "deleted_on_server");
    assertEquals((await pull()).body.goals, [{ id: "g", title: "new" }]);
    assertEquals((await log()).length, 3);
  },
);

onEveryStore(
  "a device's own mark of a deletion that it sends again does not undo that v2 brought the record back",
  async (world) => {
    const { push, pull, sync } = world;
    const gone = { id: "g", deletedAt: "2025-08-01T00:00:00.000Z" };
    await push({ goals: [{ id: "g", title: "a" }] }, { device: phone });
    const { syncToken: before } = (await pull({ device: phone })).body;
    await push({ goals: [gone] }, { device: phone, token: before, key: "first" });
    const data = { id: "g", title: "back" };
    await sync([{ entityType: "goal", entityId: "g", type: "CREATED", data }]);
    const again = { device: phone, key: "with another edit" };
    const { body } = await push({ goals: [gone], entries: [entry("e")] }, { ...again, token: before });
    assertEquals(body.conflicts, [{ entityId: "g", entityType: "goal", reason: "deleted_on_server" }]);
    const { goals, syncToken: after } = (await pull({ device: phone })).body;
    assertEquals(goals, [data]);
    // Who has seen it back may delete it.
    const deleted = await push({ goals: [{ ...goals[0], ...gone }] }, { device: phone, token: after });
    assertEquals([deleted.body.conflicts, (await pull()).body.goals], [[], []]);
  },
);

onEveryStore("a live record that keeps a deletedAt is nothing when it comes back as it is", async (world) => {
  const data = { id: "g", title: "in the bin", deletedAt: "2025-08-01T00:00:00.000Z" };
  await world.sync([{ entityType: "goal", entityId: "g", type: "CREATED", data }]);
  const { goals, syncToken: token } = (await world.pull({ device: phone })).body;
  assertEquals(goals, [data]);
  const { body } = await world.push({ goals }, { device: phone, token });
  assertEquals([body.conflicts, body.stats.duplicatesPrevented, (await world.log()).length], [[], 1, 1]);
});

onEveryStore(
  "dialects are normalised on the way in, and what is the live value as it came is no edit",
  async (world) => {
    const { push, pull, sync, log } = world;
    const old = {
      id: "e",
      timestamp: 1750717972797,
      type: "PRACTICE",
      userId: "u",
      goals: ["g"],
      pieces: '[{"title":"t"}]',
      unknown: "KEPT",
    };
    await push({ entries: [old] });
    const at = "2025-06-23T22:32:52.797Z";
    const state = (await pull()).body;
    assertEquals(state.entries, [{
      id: "e",
      timestamp: at,
      type: "practice",
      goalIds: ["g"],
      pieces: [{ title: "t" }],
      unknown: "KEPT",
      createdAt: at,
      updatedAt: at,
    }]);
    await push({ entries: [old] }, { token: state.syncToken, key: "k" });
    assertEquals((await log()).length, 1);
    // What a v2 client wrote in such a form comes back as it is, untouched.
    const odd = { id: "o", type: "LESSON", goals: ["x"], tags: "[1]", timestamp: 5 };
    await sync([{ entityId: "o", type: "CREATED", data: odd }]);
    const { entries, syncToken: token } = (await pull()).body;
    const sent = entries.find(({ id }: { id: string }) => id === "o");
    assertEquals(sent, odd);
    const { body } = await push({ entries: [sent] }, { token });
    assertEquals([body.conflicts, (await log()).length], [[], 2]);
    await push({ entries: [{ ...sent, type: "REHEARSAL" }] }, { token });
    assertEquals((await log()).at(-1).data, { type: "rehearsal" });
  },
);

onEveryStore("what normalising fills in is nobody's edit", async ({ push, pull, sync, log }) => {
  await sync([{
    entityId: "e",
    type: "CREATED",
    data: { id: "e", timestamp: "2025-01-01T00:00:00.000Z", createdAt: "mine" },
  }]);
  const { syncToken: token } = (await pull()).body;
  await push({ entries: [{ id: "e", timestamp: "2025-01-01T00:00:00.000Z", mood: "x" }] }, { token });
  assertEquals((await log()).at(-1).data, { mood: "x" });
});

onEveryStore("a bad record is named, and its neighbours apply", async ({ call, pull }) => {
  const deep = { id: "deep", x: {} as Record<string, unknown> };
  let at = deep.x;
  for (let n = 0; n < 40; n++) at = at.x = {} as Record<string, unknown>;
  const bad = JSON.stringify({
    changes: {
      entries: [
        7,
        null,
        { id: 5 },
        { id: "a\u0000" },
        deep,
        { id: "big", text: "x".repeat(300_000) },
        entry("good"),
      ],
      goals: [{ id: "sur", t: "\ud800" }, { id: "num", n: 2 ** 60 }, { id: "g", title: "t" }],
    },
  }).replace('"num","n"', '"num","__proto__":{},"n"');
  const answer = await call("POST", "/api/sync/push", bad, {});
  assertEquals(answer.body.conflicts, [
    { entityId: "", entityType: "logbook_entry", reason: "invalid_record" },
    { entityId: "", entityType: "logbook_entry", reason: "invalid_record" },
    { entityId: "", entityType: "logbook_entry", reason: "invalid_record" },
    { entityId: "", entityType: "logbook_entry", reason: "invalid_record" },
    { entityId: "deep", entityType: "logbook_entry", reason: "too_deep" },
    { entityId: "big", entityType: "logbook_entry", reason: "too_large" },
    { entityId: "sur", entityType: "goal", reason: "invalid_change" },
    { entityId: "num", entityType: "goal", reason: "forbidden_key" },
  ]);
  assertEquals(answer.body.stats, { entriesProcessed: 1, duplicatesPrevented: 0, goalsProcessed: 1 });
  const state = (await pull()).body;
  assertEquals([state.entries.length, state.goals.length], [1, 1]);
});
