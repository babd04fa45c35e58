import { assert, assertEquals } from "@std/assert";
import { isForbiddenKey, isSafeNumber, scanJson } from "../../shared/scan_json.ts";

const none = { loneSurrogate: false, forbiddenKey: false, tooDeep: false, badNumber: false };

Deno.test("what may be stored has no fault: every JSON type, nested", () => {
  assertEquals(scanJson({ a: [1, "é😀", null, true, { b: [[]] }], "": 0.5 }), none);
  for (const value of [undefined, null, 1, "x", [], {}]) assertEquals(scanJson(value), none);
});

Deno.test("each fault is found where it is, without hiding another", () => {
  const value = JSON.parse(`{"a":[{"__proto__":"\\ud800"},1e400]}`);
  assertEquals(scanJson(value), { ...none, loneSurrogate: true, forbiddenKey: true, badNumber: true });
});

Deno.test("a lone surrogate is found in a key as well as in a text; a pair is none", () => {
  assert(scanJson({ "a\udc00": 1 }).loneSurrogate);
  assert(scanJson(["\udc00\ud800"]).loneSurrogate);
  assert(!scanJson({ "\ud83d\ude00": "\ud83d\ude00" }).loneSurrogate);
});

Deno.test("indices of a list are no keys", () => {
  assertEquals(scanJson([[1], [2]]), none);
});

Deno.test("numbers are safe if finite and, when whole, within 2^53 − 1", () => {
  for (const n of [0, -0, 0.5, 1e-300, 2 ** 53 - 1, -(2 ** 53 - 1), 4503599627370495.5]) {
    assert(isSafeNumber(n));
  }
  for (const n of [Infinity, -Infinity, NaN, 2 ** 53, -(2 ** 53), 1e300, 1.7976931348623157e308]) {
    assert(!isSafeNumber(n));
  }
});

Deno.test("only the three keys that reach a prototype are forbidden", () => {
  for (const key of ["__proto__", "constructor", "prototype"]) assert(isForbiddenKey(key));
  for (const key of ["toString", "__proto", "Constructor", "hasOwnProperty"]) assert(!isForbiddenKey(key));
});
