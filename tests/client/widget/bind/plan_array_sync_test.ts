import { assertEquals } from "@std/assert";
import {
  arrayOf,
  isOverruled,
  itemsById,
  pageChanges,
} from "../../../../client/widget/bind/plan_array_sync.ts";

const one = { id: "1", title: "One", minutes: 5 };
const two = { id: 2, title: "Two" };

Deno.test("what the page added, changed and took away is queued, fields that did not change are not", () => {
  const now = [{ id: "1", title: "Uno" }, { id: "3", title: "Three" }];
  const agreed = itemsById([one, two]);
  assertEquals(pageChanges(agreed, itemsById(now), agreed), [
    { type: "UPDATED", entityId: "1", data: { title: "Uno" }, unset: ["minutes"] },
    { type: "CREATED", entityId: "3", data: { id: "3", title: "Three" } },
    { type: "DELETED", entityId: "2" },
  ]);
  assertEquals(pageChanges(agreed, itemsById([two, { ...one }]), agreed), [], "order is no change");
});

Deno.test("what the records have already is not queued again; an edit of what is gone is", () => {
  const now = itemsById([{ id: "1", title: "Uno" }, { id: "3", title: "Three", minutes: 9 }, { id: 4 }]);
  const records = itemsById([{ id: "1", title: "Uno" }, { id: "3", title: "Drei", tempo: 60 }]);
  assertEquals(pageChanges(itemsById([one, two, { id: 4, title: "Gone" }]), now, records), [
    { type: "UPDATED", entityId: "3", data: { title: "Three", minutes: 9 } },
    { type: "UPDATED", entityId: "4", data: {}, unset: ["title"] },
  ]);
});

Deno.test("a first meeting that takes a value from the page is known", () => {
  const page = itemsById([one]);
  for (
    const [records, isTaken] of [
      [[], false],
      [[{ ...one, tempo: 60 }], false],
      [[{ id: "1", title: "Other" }], true],
    ] as const
  ) assertEquals(isOverruled(new Map(), page, itemsById(records)), isTaken);
});

Deno.test("at the first meeting the record stands, and only what it lacks is queued", () => {
  const records = itemsById([{ id: "1", title: "Server" }]);
  assertEquals(pageChanges(new Map(), itemsById([one, two]), records, true), [
    { type: "UPDATED", entityId: "1", data: { minutes: 5 } },
    { type: "CREATED", entityId: "2", data: two },
  ]);
});

Deno.test("items without an id, and what is no object, stay as they are and where they are", () => {
  const array = [null, { title: "no id" }, one, "text", { id: "" }, { id: {} }];
  assertEquals([...itemsById(array).keys()], ["1"]);
  assertEquals(arrayOf(array, itemsById([{ ...one, minutes: 6 }, two])), [
    null,
    { title: "no id" },
    { ...one, minutes: 6 },
    "text",
    { id: "" },
    { id: {} },
    two,
  ]);
  assertEquals(
    arrayOf([one, two, one], itemsById([one])),
    [one],
    "a record that is gone goes, and so does the same item a second time",
  );
  const second = { id: "1", title: "Another of the id" };
  assertEquals(arrayOf([one, second], itemsById([one])), [one, second], "what would be lost stays");
});
