import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../../shared/json.ts";
import { applyEffect, type Effect } from "../../shared/merge.ts";

/** fast-check prints the seed and the path of a failure; the same seed repeats it. */
const run = { seed: 20_261_122, numRuns: 300 };
const name = fc.constantFrom("a", "b", "c", "toString", "valueOf");
const value = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.constant([1]), fc.constant({ x: 1 }));
const data: fc.Arbitrary<JsonObject> = fc.dictionary(name, value, { noNullPrototype: true });
const state = fc.option(data, { nil: undefined });
/** A field is never in data and in unset: the guard refuses that. */
const update: fc.Arbitrary<Effect> = fc.tuple(data, fc.uniqueArray(name)).map(([set, names]) => ({
  type: "UPDATED",
  data: set,
  unset: names.filter((field) => !Object.hasOwn(set, field)),
}));
const effect: fc.Arbitrary<Effect> = fc.oneof(
  update,
  data.map((whole): Effect => ({ type: "CREATED", data: whole })),
  fc.constant<Effect>({ type: "DELETED" }),
);

/** Two updates as one: what coalescing in the queue may do. */
function together(first: Effect, second: Effect): Effect {
  const set: JsonObject = { ...first.data };
  for (const field of second.unset ?? []) delete set[field];
  Object.assign(set, second.data);
  const removed = new Set([...first.unset ?? [], ...second.unset ?? []]);
  return { type: "UPDATED", data: set, unset: [...removed].filter((field) => !Object.hasOwn(set, field)) };
}

Deno.test("merging is associative: two updates one by one equal both together", () => {
  fc.assert(
    fc.property(state, update, update, (current, first, second) => {
      const oneByOne = applyEffect(applyEffect(current, first), second);
      assertEquals(applyEffect(current, together(first, second)), oneByOne);
    }),
    run,
  );
});

Deno.test("an effect twice is the effect once", () => {
  fc.assert(
    fc.property(state, effect, (current, one) => {
      const once = applyEffect(current, one);
      assertEquals(applyEffect(once, one), once);
    }),
    run,
  );
});

Deno.test("updates of different fields commute", () => {
  fc.assert(
    fc.property(state, update, update, (current, first, second) => {
      const touched = (one: Effect) => [...Object.keys(one.data ?? {}), ...one.unset ?? []];
      fc.pre(!touched(first).some((field) => touched(second).includes(field)));
      const forth = applyEffect(applyEffect(current, first), second);
      assertEquals(applyEffect(applyEffect(current, second), first), forth);
    }),
    run,
  );
});

Deno.test("a creation and a deletion forget everything before them", () => {
  fc.assert(
    fc.property(state, data, (current, whole) => {
      assertEquals(applyEffect(current, { type: "CREATED", data: whole }), whole);
      assertEquals(applyEffect(current, { type: "DELETED" }), undefined);
    }),
    run,
  );
});

Deno.test("an update never creates", () => {
  fc.assert(fc.property(update, (one) => assertEquals(applyEffect(undefined, one), undefined)), run);
});

Deno.test("neither the entity nor the effect is modified, and the result is a new object", () => {
  fc.assert(
    fc.property(state, effect, (current, one) => {
      const before = structuredClone([current, one]);
      const result = applyEffect(current, one);
      if (result) result.a = "modified";
      assertEquals([current, one], before);
    }),
    run,
  );
});

Deno.test("null is a value, unset removes, nested values are replaced whole", () => {
  const entity = { notes: "x", pieces: [{ title: "a" }], meta: { source: "manual", rank: 1 } };
  const merged = applyEffect(entity, {
    type: "UPDATED",
    data: { notes: null, meta: { rank: 2 } },
    unset: ["pieces", "never_there"],
  });
  assertEquals(merged, { notes: null, meta: { rank: 2 } });
});
