import { assertEquals } from "@std/assert";
import {
  arrayOf,
  firstChanges,
  itemsById,
  pageChanges,
} from "../../../../client/widget/bind/plan_array_sync.ts";

const one = { id: "1", title: "One", minutes: 5 };
const two = { id: 2, title: "Two" };

Deno.test("what the page added, changed and took away is queued, fields that did not change are not", () => {
  const now = [{ id: "1", title: "Uno" }, { id: "3", title: "Three" }];
  assertEquals(pageChanges(itemsById([one, two]), itemsById(now)), [
    { type: "UPDATED", entityId: "1", data: { title: "Uno" }, unset: ["minutes"] },
    { type: "CREATED", entityId: "3", data: { id: "3", title: "Three" } },
    { type: "DELETED", entityId: "2" },
  ]);
  assertEquals(pageChanges(itemsById([one, two]), itemsById([two, { ...one }])), [], "order is no change");
});

Deno.test("at the first meeting the record stands, and only what it lacks is queued", () => {
  const records = itemsById([{ id: "1", title: "Server" }]);
  assertEquals(firstChanges(itemsById([one, two]), records), [
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
    "a record that is gone, and a second of an id, go",
  );
});
