import { assertEquals, assertNotEquals } from "@std/assert";
import type { ChangeIntent } from "../../shared/change.ts";
import { changeDigest } from "../../shared/digest.ts";

const goal = { entityType: "goal", entityId: "g1" } as const;

// Hashes computed apart from this code, with Python's hashlib over the canonical text in the comment.
Deno.test("digests equal independently computed SHA-256", async () => {
  const cases: [ChangeIntent, string][] = [
    // ["CREATED","goal","g1",{"a":1,"b":null},[]]
    [
      { ...goal, type: "CREATED", data: { b: null, a: 1 } },
      "f4de7d0135b3d01948c82cb6b369e8fc982a032448ff1b17cb8c806fbb88635a",
    ],
    // ["DELETED","goal","g1",null,[]]
    [{ ...goal, type: "DELETED" }, "877bb274f9f834faca976d5fe971716e99df672ad1ecf2951c85711ce2567078"],
    // ["UPDATED","goal","g1",{},["a","b"]]
    [
      { ...goal, type: "UPDATED", data: {}, unset: ["b", "a"] },
      "609d94fd378850a17301744a25968a81e0142f24fe2eda1c4d16b12a02891d75",
    ],
    // ["UPDATED","goal","g1",{"a":"é"},[]]
    [
      { ...goal, type: "UPDATED", data: { a: "é" } },
      "bf68536ea05d0ec2e7ea9c7c49a621c3d851df9efafa6d64d88937626fee76b2",
    ],
  ];
  for (const [change, expected] of cases) assertEquals(await changeDigest(change), expected);
});

Deno.test("what a type has no use for is not part of its digest", async () => {
  const deletion = await changeDigest({ ...goal, type: "DELETED" });
  assertEquals(await changeDigest({ ...goal, type: "DELETED", data: { a: 1 }, unset: ["b"] }), deletion);
  const creation = await changeDigest({ ...goal, type: "CREATED", data: {} });
  assertEquals(await changeDigest({ ...goal, type: "CREATED", data: {}, unset: ["b"] }), creation);
});

Deno.test("type, entity, data and unset each change the digest; the list given is not reordered", async () => {
  const unset = ["b", "a"];
  const base: ChangeIntent = { ...goal, type: "UPDATED", data: { c: 1 }, unset };
  const digest = await changeDigest(base);
  assertEquals(unset, ["b", "a"]);
  const others: ChangeIntent[] = [
    { ...base, type: "CREATED" },
    { ...base, entityType: "gaol" },
    { ...base, entityId: "g2" },
    { ...base, data: { c: 2 } },
    { ...base, unset: ["a"] },
  ];
  for (const other of others) assertNotEquals(await changeDigest(other), digest);
});
