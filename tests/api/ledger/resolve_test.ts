import { assertEquals } from "@std/assert";
import { writeEntity } from "../../../api/ledger/entity_state.ts";
import { type Resolution, resolveChange, type ResolveInput } from "../../../api/ledger/resolve.ts";
import type { EntityState, Stamp } from "../../../api/ledger/records.ts";
import type { JsonObject, PushedChange } from "../../../shared/mod.ts";

const mine = "device-mine";
const other = "device-other";
const origin = { changeId: "c", timestamp: 1, createdAt: "2026-01-01T00:00:00.000Z" };
const ref = { entityType: "goal", entityId: "a" };

function live(data: JsonObject, stamp: Stamp, before: EntityState | null = null): EntityState {
  return writeEntity(before, ref, { effect: { type: "CREATED", data }, data, stamp, origin });
}
function write(before: EntityState, fields: JsonObject, stamp: Stamp, unset: string[] = []): EntityState {
  const data = { ...before.data, ...fields };
  for (const name of unset) delete data[name];
  return writeEntity(before, ref, { effect: { type: "UPDATED", data: fields, unset }, data, stamp, origin });
}
function gone(before: EntityState, stamp: Stamp): EntityState {
  return writeEntity(before, ref, { effect: { type: "DELETED" }, data: undefined, stamp, origin });
}
function judge(
  entity: EntityState | null,
  change: Partial<PushedChange>,
  base: number,
  more: Partial<ResolveInput> = {},
): Resolution {
  return resolveChange({
    change: { changeId: "c", type: "UPDATED", timestamp: 1, ...ref, ...change },
    entity,
    version: 100,
    base,
    deviceId: mine,
    ownVersions: new Set(),
    dependsOnRejected: false,
    createdAt: origin.createdAt,
    ...more,
  });
}
/** Status, effect, data after it, and the conflict in short. */
function short(resolution: Resolution): unknown[] {
  if (resolution.kind === "rejected") return ["rejected", resolution.code];
  if (resolution.kind === "unchanged") return ["unchanged", resolution.version];
  const { status, effect, after, conflict, took } = resolution;
  const state = after ? (after.deleted ? "deleted" : after.data) : null;
  const told = conflict
    ? [conflict.reason, conflict.fields, conflict.theirValues, conflict.theirs.version]
    : null;
  return [status, effect, state, told, ...(took ? [took] : [])];
}

const seenByOther = live({ x: 1, y: 1 }, [5, other]);

const cases: [name: string, got: () => Resolution, expected: unknown[]][] = [
  ["UPDATED of what never existed is unknown_entity", () => judge(null, { data: { x: 1 } }, 9), [
    "rejected",
    "unknown_entity",
  ]],
  ["DELETED of what never existed is unknown_entity", () => judge(null, { type: "DELETED" }, 9), [
    "rejected",
    "unknown_entity",
  ]],
  [
    "what depends on a rejected CREATED says so, even on a live entity",
    () => judge(seenByOther, { data: { x: 2 } }, 5, { dependsOnRejected: true }),
    ["rejected", "dependency_rejected"],
  ],
  ["UPDATED with everything seen is applied", () => judge(seenByOther, { data: { x: 2 } }, 5), [
    "applied",
    "updated",
    { x: 2, y: 1 },
    null,
  ]],
  [
    "an unseen write of another field is merged",
    () => judge(write(seenByOther, { y: 2 }, [6, other]), { data: { x: 2 } }, 5),
    [
      "merged",
      "updated",
      { x: 2, y: 2 },
      null,
    ],
  ],
  [
    "an unseen write of the same field with an equal value is merged",
    () => judge(write(seenByOther, { x: 2 }, [6, other]), { data: { x: 2 } }, 5),
    [
      "merged",
      "updated",
      { x: 2, y: 1 },
      null,
    ],
  ],
  [
    "same_field: yours is written, theirs is kept for the author",
    () => judge(write(seenByOther, { x: 9 }, [6, other]), { data: { x: 2 } }, 5),
    [
      "conflict",
      "updated",
      { x: 2, y: 1 },
      ["same_field", ["x"], { x: 9 }, 6],
    ],
  ],
  [
    "with several losers the newest is named",
    () =>
      judge(
        write(write(seenByOther, { x: 9 }, [6, other]), { y: 9 }, [7, null]),
        { data: { x: 2, y: 2 } },
        5,
      ),
    [
      "conflict",
      "updated",
      { x: 2, y: 2 },
      ["same_field", ["x", "y"], { x: 9, y: 9 }, 7],
    ],
  ],
  [
    "an unseen removal against a value: its side is left out",
    () => judge(write(seenByOther, {}, [6, other], ["x"]), { data: { x: 2 } }, 5),
    [
      "conflict",
      "updated",
      { x: 2, y: 1 },
      ["same_field", ["x"], {}, 6],
    ],
  ],
  [
    "a removal against an unseen value",
    () => judge(write(seenByOther, { x: 9 }, [6, other]), { data: {}, unset: ["x"] }, 5),
    [
      "conflict",
      "updated",
      { y: 1 },
      ["same_field", ["x"], { x: 9 }, 6],
    ],
  ],
  [
    "both removed the same field: no conflict",
    () => judge(write(seenByOther, {}, [6, other], ["x"]), { data: {}, unset: ["x"] }, 5),
    [
      "merged",
      "updated",
      { y: 1 },
      null,
    ],
  ],
  [
    "unsetting what is not there still takes effect",
    () => judge(seenByOther, { data: {}, unset: ["zz"] }, 5),
    [
      "applied",
      "updated",
      { x: 1, y: 1 },
      null,
    ],
  ],
  ["own writes are seen whatever the base", () => judge(live({ x: 1 }, [5, mine]), { data: { x: 2 } }, 0), [
    "applied",
    "updated",
    { x: 2 },
    null,
  ]],
  [
    "writes of this request are seen whatever the base",
    () => judge(live({ x: 1 }, [5, null]), { data: { x: 2 } }, 0, { ownVersions: new Set([5]) }),
    [
      "applied",
      "updated",
      { x: 2 },
      null,
    ],
  ],
  ["a missing device is never the same as another", () =>
    resolveChange({
      change: { changeId: "c", type: "UPDATED", timestamp: 1, ...ref, data: { x: 2 } },
      entity: live({ x: 1 }, [5, null]),
      version: 100,
      base: 0,
      ownVersions: new Set(),
      dependsOnRejected: false,
      createdAt: origin.createdAt,
    }), ["conflict", "updated", { x: 2 }, ["same_field", ["x"], { x: 1 }, 5]]],
  [
    "UPDATED of a deleted entity conflicts whatever its base",
    () => judge(gone(seenByOther, [6, mine]), { data: { x: 2 } }, 99),
    [
      "conflict",
      "none",
      null,
      ["deleted_on_server", ["x"], {}, 6],
    ],
  ],
  [
    "UPDATED below an unseen deletion of what lives again",
    () => judge(live({ x: 7 }, [7, other], gone(seenByOther, [6, other])), { data: { x: 2 } }, 5),
    [
      "conflict",
      "none",
      null,
      ["deleted_on_server", ["x"], { x: 7 }, 6],
    ],
  ],
  [
    "DELETED below an unseen deletion of what lives again",
    () => judge(live({ x: 7 }, [7, other], gone(seenByOther, [6, other])), { type: "DELETED" }, 5),
    [
      "conflict",
      "none",
      null,
      ["deleted_on_server", [], {}, 6],
    ],
  ],
  [
    "CREATED below an unseen deletion",
    () => judge(gone(seenByOther, [6, other]), { type: "CREATED", data: { x: 2 } }, 5),
    [
      "conflict",
      "none",
      null,
      ["deleted_on_server", ["x"], {}, 6],
    ],
  ],
  [
    "CREATED that has seen the deletion restores",
    () => judge(gone(seenByOther, [6, other]), { type: "CREATED", data: { x: 2 } }, 6),
    [
      "applied",
      "created",
      { x: 2 },
      null,
    ],
  ],
  [
    "DELETED of a deleted entity changes nothing, whatever its base",
    () => judge(gone(seenByOther, [6, other]), { type: "DELETED" }, 0),
    [
      "unchanged",
      6,
    ],
  ],
  ["DELETED with everything seen is applied", () => judge(seenByOther, { type: "DELETED" }, 5), [
    "applied",
    "deleted",
    "deleted",
    null,
  ]],
  [
    "updated_on_server: the deletion stands and carries what it removed",
    () => judge(write(seenByOther, { y: 2 }, [6, other]), { type: "DELETED" }, 5),
    [
      "conflict",
      "deleted",
      "deleted",
      ["updated_on_server", ["y"], { x: 1, y: 2 }, 6],
    ],
  ],
  ["CREATED of what never existed", () => judge(null, { type: "CREATED", data: { x: 1 } }, 0), [
    "applied",
    "created",
    { x: 1 },
    null,
  ]],
  [
    "an equal CREATED changes nothing before anything else is looked at",
    () =>
      judge(
        live({ x: 7 }, [7, other], gone(seenByOther, [6, other])),
        { type: "CREATED", data: { x: 7 } },
        0,
      ),
    [
      "unchanged",
      7,
    ],
  ],
  [
    "CREATED that has seen every write replaces the entity whole",
    () => judge(seenByOther, { type: "CREATED", data: { z: 1 } }, 5),
    [
      "applied",
      "created",
      { z: 1 },
      null,
    ],
  ],
  [
    "already_exists: theirs stand, what only yours has is added",
    () => judge(seenByOther, { type: "CREATED", data: { x: 2, y: 1, z: 3 } }, 4),
    [
      "conflict",
      "updated",
      { x: 1, y: 1, z: 3 },
      ["already_exists", ["x"], { x: 1 }, 5],
      ["z"],
    ],
  ],
  [
    "already_exists without a differing value has no fields",
    () => judge(seenByOther, { type: "CREATED", data: { x: 1 } }, 4),
    [
      "conflict",
      "none",
      null,
      ["already_exists", [], {}, 5],
    ],
  ],
];

for (const [name, got, expected] of cases) {
  Deno.test(`resolve: ${name}`, () => assertEquals(short(got()), expected));
}

Deno.test("a CREATED that replaces writes every field that it drops", () => {
  const replaced = resolveChange({
    change: { changeId: "c", type: "CREATED", timestamp: 1, ...ref, data: { z: 1 } },
    entity: seenByOther,
    version: 6,
    base: 5,
    deviceId: other,
    ownVersions: new Set(),
    dependsOnRejected: false,
    createdAt: origin.createdAt,
  });
  const entity = replaced.kind === "settled" ? replaced.after! : null;
  assertEquals(short(judge(entity, { data: { x: 2 } }, 5)), [
    "conflict",
    "updated",
    { x: 2, z: 1 },
    ["same_field", ["x"], {}, 6],
  ]);
});

Deno.test("beyond 1,000 removed fields one stamp stands for all of them, and is nobody's own", () => {
  let entity = live({ kept: 1 }, [1, mine]);
  for (let batch = 0; batch < 3; batch++) {
    const names = Array.from({ length: 400 }, (_, i) => `f${batch}_${i}`);
    entity = write(entity, Object.fromEntries(names.map((name) => [name, 1])), [2 + batch * 2, mine]);
    entity = write(entity, {}, [3 + batch * 2, mine], names);
  }
  assertEquals([entity.fieldStamps.size, entity.removedStamp], [1, [7, null]]);
  assertEquals(short(judge(entity, { data: { f0_1: 2 } }, 6)).slice(0, 2), [
    "conflict",
    "updated",
  ]);
  assertEquals(short(judge(entity, { data: { f0_1: 2 } }, 7)).slice(0, 2), ["applied", "updated"]);
});
