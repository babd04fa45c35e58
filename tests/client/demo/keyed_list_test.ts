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

/** A row with two controls, as the demo's rows have them. */
function controls(key: string, version = 0): KeyedRow {
  return {
    key,
    state: [version],
    build() {
      const node = document.createElement("article");
      for (const name of ["edit", "delete"]) {
        const button = document.createElement("button");
        button.dataset.control = name;
        button.textContent = `${name} ${key}`;
        node.append(button);
      }
      return node;
    },
  };
}

function focusTest(name: string, before: KeyedRow[], focus: string, after: KeyedRow[], expected: string) {
  Deno.test(name, () => {
    const parent = document.createElement("div");
    const otherwise = document.createElement("button");
    otherwise.textContent = "otherwise";
    document.body.append(parent, otherwise);
    const show = createKeyedList(parent, otherwise);
    show(before);
    [...parent.querySelectorAll("button")].find(({ textContent }) => textContent === focus)!.focus();
    show(after);
    assertEquals(document.activeElement?.textContent, expected);
    parent.remove();
    otherwise.remove();
  });
}

const [a, b, c] = [controls("a"), controls("b"), controls("c")] as const;
const day = row("day");

focusTest("the same control of a changed row has the focus", [a, b], "delete b", [
  a,
  controls("b", 1),
], "delete b");
focusTest("a row that moves takes its focus along", [a, b, c], "delete c", [c, a, b], "delete c");
focusTest("the rows above it may go and the focus stays", [a, b, c], "edit c", [c], "edit c");
focusTest("of a row that is gone the focus goes to the next row", [a, b, day, c], "delete b", [
  a,
  day,
  c,
], "edit c");
focusTest("after the last row it goes to the one before", [a, b], "delete b", [a], "edit a");
focusTest("with no row left it goes where the page says", [a], "delete a", [], "otherwise");
