import { assert, assertEquals, assertThrows } from "@std/assert";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { canonicalJson, isJsonObject, jsonBytes, ownField, sameJson } from "../../shared/json.ts";

Deno.test("RFC 8785, 3.2.2: literals, numbers and strings are written its one way", () => {
  const input = JSON.parse(String.raw`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }`);
  const expected = String
    .raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`;
  assertEquals(canonicalJson(input), expected);
});

Deno.test("RFC 8785, 3.2.3: keys are sorted by UTF-16 unit", () => {
  const input = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  const order = [...canonicalJson(input).matchAll(/:"([^"]*)"/g)].map((match) => match[1]);
  assertEquals(order, [
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
});

Deno.test("RFC 8785, appendix B: numbers by their bits", () => {
  const samples: [string, string][] = [
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ];
  const view = new DataView(new ArrayBuffer(8));
  for (const [bits, expected] of samples) {
    view.setBigUint64(0, BigInt(`0x${bits}`));
    assertEquals(canonicalJson(view.getFloat64(0)), expected, bits);
  }
});

Deno.test("what is no JSON is a bug of the caller and throws", () => {
  for (const value of [undefined, NaN, Infinity, -Infinity, "\ud800", { a: [NaN] }, { "\udc00": 1 }]) {
    assertThrows(() => canonicalJson(value), Error);
  }
});

Deno.test("canonical text parses back to the value, and is the same for any order of keys", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const json = JSON.parse(JSON.stringify(value));
      assertEquals(JSON.parse(canonicalJson(json)), json);
      assertEquals(canonicalJson(json), canonicalize(json));
      const turned = isJsonObject(json) ? Object.fromEntries(Object.entries(json).reverse()) : json;
      assertEquals(canonicalJson(turned), canonicalJson(json));
      assert(sameJson(turned, json));
    }),
    { seed: 20_261_122, numRuns: 200 },
  );
});

Deno.test("equality is by value: order of keys does not count, order of lists and types do", () => {
  assert(sameJson({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }));
  assert(sameJson(0, -0) && sameJson({ a: 0 }, { a: -0 }));
  const different: [unknown, unknown][] = [
    [[1, 2], [2, 1]],
    [1, "1"],
    [null, undefined],
    [{}, []],
    [{ a: null }, {}],
    [null, {}],
  ];
  for (const [a, b] of different) assert(!sameJson(a, b), JSON.stringify([a, b]));
});

Deno.test("two values are the same exactly if their canonical texts are", () => {
  // Few words and numbers, so that what is not the same often nearly is.
  const leaf = fc.constantFrom<unknown>(0, -0, 1, "", "a", "0", true, false, null);
  const name = fc.constantFrom("a", "b", "0", "length", "constructor", "__proto__", "toString");
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.array(fc.tuple(name, tie("value")), { maxLength: 3 }).map((fields) => Object.fromEntries(fields)),
    ),
  }));
  fc.assert(
    fc.property(value, value, (a, b) => {
      assertEquals(sameJson(a, b), canonicalJson(a) === canonicalJson(b));
      assert(sameJson(a, structuredClone(a)));
    }),
    { seed: 20_261_129, numRuns: 3000 },
  );
});

Deno.test("values that differ at once are told apart without going through them", () => {
  let read = 0;
  const watched = <T extends object>(value: T): T =>
    new Proxy(value, {
      get(target, key) {
        if (key !== "length") read++;
        return Reflect.get(target, key);
      },
      ownKeys(target) {
        const keys = Reflect.ownKeys(target);
        read += Array.isArray(target) ? keys.length : 1;
        return keys;
      },
    });
  const list = watched(Array.from({ length: 10_000 }, () => ({})));
  const wide = watched(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`f${i}`, list])));
  const pairs: [unknown, unknown][] = [[list, [{}]], [list, {}], [wide, { f0: list }], [wide, "x"]];
  for (const [a, b] of pairs) assert(!sameJson(a, b) && !sameJson(b, a));
  assert(!sameJson({ first: 1, list }, { first: 2, list: [...list] }));
  assert(read < 10_100, `${read} reads, of which the copy is 10,000`);
});

Deno.test("sizes are UTF-8 bytes of JSON.stringify", () => {
  assertEquals(jsonBytes({ a: "é" }), 10);
  assertEquals(jsonBytes("😀"), 6);
  assertEquals(jsonBytes("語"), 5);
  assertEquals(jsonBytes("\n"), 4);
});

Deno.test("a field is read from the object itself, never from its prototype", () => {
  assertEquals(ownField({}, "constructor"), undefined);
  assertEquals(ownField({ constructor: 1 }, "constructor"), 1);
  assertEquals(ownField(JSON.parse(`{"__proto__":{"a":1}}`), "__proto__"), { a: 1 });
  assertEquals(ownField({}, "__proto__"), undefined);
});

Deno.test("an object is neither a list nor null", () => {
  assert(isJsonObject({}) && !isJsonObject([]) && !isJsonObject(null) && !isJsonObject("x"));
});
