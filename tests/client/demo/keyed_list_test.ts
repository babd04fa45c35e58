import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { createKeyedList, type KeyedRow } from "../../../client/demo/keyed_list.ts";

function row(key: string, version = 0): KeyedRow {
  return {
    key,
    state: [version],
    build() {
      const node = document.createElement("p");
      node.textContent = `${key}${version}`;
      return node;
    },
  };
}

const textOf = (parent: Element) => [...parent.children].map((child) => child.textContent);

Deno.test("whatever the rows were, they are what was asked for afterwards", () => {
  const rows = fc.uniqueArray(fc.tuple(fc.constantFrom(..."abcdefgh"), fc.nat(1)), {
    selector: ([key]) => key,
  });
  fc.assert(
    fc.property(fc.array(rows, { maxLength: 6 }), (lists) => {
      const parent = document.createElement("div");
      const show = createKeyedList(parent);
      for (const list of lists) {
        show(list.map(([key, version]) => row(key, version)));
        assertEquals(textOf(parent), list.map(([key, version]) => `${key}${version}`));
      }
    }),
    { seed: 20260115 },
  );
});

Deno.test("a row that did not change keeps its node, so focus stays", () => {
  const parent = document.createElement("div");
  const show = createKeyedList(parent);
  show([row("a"), row("b"), row("c")]);
  const kept = parent.children[1]!;
  show([row("new"), row("b"), row("c", 1)]);
  assertEquals(textOf(parent), ["new0", "b0", "c1"]);
  assertStrictEquals(parent.children[1], kept);
});
