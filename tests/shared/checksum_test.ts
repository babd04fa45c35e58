import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { addTerm, checksumTerm, emptyChecksum, formatChecksum, removeTerm } from "../../shared/checksum.ts";

const run = { seed: 20_261_122, numRuns: 100 };

// Computed apart from this code, by a byte-wise FNV-1a in Python that gives 0xbf9cf968 for "foobar", over the
// canonical text in the comment.
Deno.test("terms equal independently computed FNV-1a", () => {
  // ["goal","g1",7,{"a":1}]
  assertEquals(formatChecksum(checksumTerm("goal", "g1", 7, { a: 1 })), "16e9daf1e66a0b52");
  // ["t","x",1,{}]
  assertEquals(formatChecksum(checksumTerm("t", "x", 1, {})), "f5013dd6e04d3d17");
  // ["logbook_entry","é😀",9007199254740991,{"a":["x",0.5],"b":null}]
  const term = checksumTerm("logbook_entry", "é😀", 2 ** 53 - 1, { b: null, a: ["x", 0.5] });
  assertEquals(formatChecksum(term), "4dae84f500dfc3c4");
});

const entity = fc.tuple(fc.string({ minLength: 1 }), fc.nat(), fc.dictionary(fc.string(), fc.integer()));
const terms = fc.array(entity.map(([id, version, data]) => checksumTerm("goal", id, version, data)));

Deno.test("the sum does not depend on the order of the entities", () => {
  fc.assert(
    fc.property(terms, fc.infiniteStream(fc.nat()), (list, order) => {
      const shuffled = list.map((term) => ({ term, key: order.next().value as number }))
        .sort((a, b) => a.key - b.key).map(({ term }) => term);
      assertEquals(shuffled.reduce(addTerm, emptyChecksum), list.reduce(addTerm, emptyChecksum));
    }),
    run,
  );
});

Deno.test("a term taken away leaves the sum as if it had never been added", () => {
  fc.assert(
    fc.property(terms, entity, (list, [id, version, data]) => {
      const sum = list.reduce(addTerm, emptyChecksum);
      const term = checksumTerm("goal", id, version, data);
      assertEquals(removeTerm(addTerm(sum, term), term), sum);
    }),
    run,
  );
});

Deno.test("type, id, version and every value take part; the order of keys does not", () => {
  const sum = checksumTerm("goal", "g1", 7, { a: 1, b: 2 });
  assertEquals(checksumTerm("goal", "g1", 7, { b: 2, a: 1 }), sum);
  const others = [
    checksumTerm("gaol", "g1", 7, { a: 1, b: 2 }),
    checksumTerm("goal", "g2", 7, { a: 1, b: 2 }),
    checksumTerm("goal", "g1", 8, { a: 1, b: 2 }),
    checksumTerm("goal", "g1", 7, { a: 1, b: 3 }),
  ];
  for (const other of others) assertNotEquals(other, sum);
});

Deno.test("lanes wrap at 2^32 and are written as 8 digits each, the first lane first", () => {
  assertEquals(addTerm([0xffffffff, 1], [2, 0xffffffff]), [1, 0]);
  assertEquals(removeTerm([0, 0], [1, 0]), [0xffffffff, 0]);
  assertEquals(formatChecksum([0xa, 0xffffffff]), "0000000affffffff");
  assertEquals(formatChecksum(emptyChecksum), "0000000000000000");
});
