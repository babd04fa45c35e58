import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { checkChange, checkIntent, isId, sizeFault } from "../../shared/check_change.ts";
import { limits } from "../../shared/limits.ts";
import { sampleChange } from "./sample_change.ts";

function codeOf(input: unknown): string {
  const checked = checkChange(input);
  return checked.ok ? "ok" : checked.code;
}

/** An object whose JSON is exactly `bytes` long. */
function dataOfBytes(bytes: number): Record<string, unknown> {
  return { a: "x".repeat(bytes - `{"a":""}`.length) };
}

function nested(levels: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

Deno.test("of a change with every fault, the contract's order names the first, repair by repair", () => {
  const tooManyFields = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`f${i}`, i]));
  const data: Record<string, unknown> = { ...tooManyFields, deep: nested(33) };
  Object.defineProperty(data, "__proto__", {
    value: 1,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  data.number = Infinity;
  data[""] = "a name that is too short";
  const change = sampleChange({
    changeId: 7,
    type: "x",
    entityType: "X",
    entityId: "",
    data,
    timestamp: null,
  });
  const reasons: string[] = [];
  const next = (code: string) => {
    const checked = checkChange(change);
    assert(!checked.ok);
    assertEquals(checked.code, code, checked.reason);
    reasons.push(checked.reason);
  };
  next("invalid_change");
  change.changeId = sampleChange().changeId;
  next("invalid_change");
  change.type = "CREATED";
  next("invalid_change");
  change.entityType = "goal";
  next("invalid_change");
  delete data[""];
  next("invalid_change");
  change.timestamp = 1;
  next("invalid_id");
  change.entityId = "g";
  next("forbidden_key");
  delete data["__proto__"];
  next("too_deep");
  delete data.deep;
  next("number_out_of_range");
  delete data.number;
  next("too_large");
  delete data.f1000;
  assertEquals(codeOf(change), "ok");
  assertEquals(new Set(reasons).size, reasons.length, "each fault has its own sentence");
});

Deno.test("32 levels pass, 33 are too deep, 5,000 are refused without overflowing the stack", () => {
  assertEquals(codeOf(sampleChange({ data: nested(32) })), "ok");
  assertEquals(codeOf(sampleChange({ data: nested(33) })), "too_deep");
  const text = `{"a":${"[".repeat(4999)}${"]".repeat(4999)}}`;
  assertEquals(codeOf(sampleChange({ data: JSON.parse(text) })), "too_deep");
  assertEquals(codeOf(sampleChange({ data: nested(5000) })), "too_deep");
});

Deno.test("a forbidden key is found 5,000 levels down, and comes before the depth", () => {
  const text = `${'{"a":'.repeat(4999)}{"__proto__":1}${"}".repeat(4999)}`;
  assertEquals(codeOf(sampleChange({ data: JSON.parse(text) })), "forbidden_key");
});

Deno.test("data of exactly 256 KiB passes, one byte more is too large; bytes are UTF-8, not units", () => {
  assertEquals(codeOf(sampleChange({ data: dataOfBytes(limits.entityBytesMax) })), "ok");
  assertEquals(codeOf(sampleChange({ data: dataOfBytes(limits.entityBytesMax + 1) })), "too_large");
  const units = limits.entityBytesMax / 3 | 0;
  assertEquals(codeOf(sampleChange({ data: { a: "語".repeat(units - 3) } })), "ok");
  assertEquals(codeOf(sampleChange({ data: { a: "語".repeat(units) } })), "too_large");
});

Deno.test("1,000 fields pass, 1,001 are too large; as many may be removed by the same change", () => {
  const fields = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}`, 0]));
  const names = (n: number) => Array.from({ length: n }, (_, i) => `u${i}`);
  assertEquals(codeOf(sampleChange({ data: fields(1000) })), "ok");
  assertEquals(codeOf(sampleChange({ data: fields(1001) })), "too_large");
  const update = (data: number, unset: number) =>
    codeOf(sampleChange({ type: "UPDATED", data: fields(data), unset: names(unset) }));
  assertEquals(update(1000, 1000), "ok");
  assertEquals(update(0, 1001), "too_large");
  assertEquals(update(1001, 0), "too_large");
});

Deno.test("a checked change holds the contract's own fields only, and the very data that was given", () => {
  const input = sampleChange({ version: 9, deviceId: "x", hasOwnProperty: 1, baseVersion: 3 });
  const checked = checkChange(input);
  assert(checked.ok);
  assertEquals(Object.keys(checked.change).sort(), [
    "baseVersion",
    "changeId",
    "data",
    "entityId",
    "entityType",
    "retryCount",
    "timestamp",
    "type",
  ]);
  assertStrictEquals(checked.change.data, input.data);
  assertEquals(checked.change.retryCount, 0);
});

Deno.test("what a type has no use for is dropped: data of a deletion, unset of a creation", () => {
  const deletion = checkChange(sampleChange({ type: "DELETED", data: { a: 1 }, unset: ["b"] }));
  assert(deletion.ok);
  assert(!("data" in deletion.change) && !("unset" in deletion.change));
  const creation = checkChange(sampleChange({ unset: ["b"] }));
  assert(creation.ok);
  assert(!("unset" in creation.change));
});

Deno.test("an update that only removes gets empty data, as if it had been sent", () => {
  const checked = checkChange(sampleChange({ type: "UPDATED", data: undefined, unset: ["notes"] }));
  assert(checked.ok);
  assertEquals(checked.change.data, {});
  assertEquals(checked.change.unset, ["notes"]);
});

Deno.test("an intent is judged like a change, without what the client adds later", () => {
  const { changeId: _id, timestamp: _at, ...intent } = sampleChange();
  assert(checkIntent(intent).ok);
  const refused = checkIntent({ ...intent, entityId: "a\u0000" });
  assert(!refused.ok);
  assertEquals(refused.code, "invalid_id");
});

Deno.test("no reason repeats a value that was sent", () => {
  const secret = "canary-4711";
  const spoilt: Record<string, unknown>[] = [
    { changeId: secret },
    { type: secret },
    { entityType: secret.toUpperCase() },
    { entityId: `${secret}\u0000` },
    { data: secret },
    { data: { [secret]: { constructor: secret } } },
    { data: { [secret]: Infinity } },
    { data: { [secret]: "\ud800" } },
    { timestamp: secret },
    { retryCount: secret },
    { baseVersion: secret },
  ];
  for (const parts of spoilt) {
    const checked = checkChange(sampleChange(parts));
    assert(!checked.ok);
    assert(!checked.reason.toLowerCase().includes(secret), checked.reason);
  }
});

Deno.test("an id is bounded in UTF-16 units, and opaque otherwise", () => {
  assert(isId("x".repeat(128)) && isId("😀".repeat(64)) && isId("a/b c:ü") && isId(" "));
  assert(!isId("") && !isId("x".repeat(129)) && !isId("😀".repeat(65)) && !isId(7) && !isId(null));
  for (const unit of [0x00, 0x1f, 0x7f, 0x9f, 0xd800, 0xdfff]) assert(!isId(`a${String.fromCharCode(unit)}`));
  for (const unit of [0x20, 0x7e, 0xa0, 0xfffd]) assert(isId(`a${String.fromCharCode(unit)}`));
});

Deno.test("the size of a merged entity is judged by the same bounds", () => {
  assertEquals(sizeFault(dataOfBytes(limits.entityBytesMax)), null);
  assertEquals(sizeFault(dataOfBytes(limits.entityBytesMax + 1))?.code, "too_large");
  assertEquals(sizeFault(undefined), null);
});
