/**
 * The compact guards that ship to browsers and the zod schemas that describe the wire are two writings of one
 * contract. Here both read every golden fixture and must say the same.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { checkChange } from "../../shared/check_change.ts";
import { readSyncResponse } from "../../shared/exchange.ts";
import { changeRecord, syncRequest, syncResponse } from "../../shared/schema.ts";
import {
  type AcceptedAnswer,
  type AcceptedChange,
  type AcceptedRequest,
  loadFixture,
  type RefusedAnswer,
  type RefusedChange,
  type RefusedRequest,
} from "../fixtures/load_fixture.ts";

const accepted = await loadFixture<AcceptedChange[]>("changes_accepted");
const refused = await loadFixture<RefusedChange[]>("changes_refused");

Deno.test("guard and schema accept every accepted change", () => {
  for (const { name, change } of accepted) {
    const checked = checkChange(change);
    assert(checked.ok, `${name}: ${checked.ok ? "" : checked.reason}`);
    assert(changeRecord.safeParse(change).success, name);
  }
});

Deno.test("guard and schema refuse every refused change, the guard with the code of its first fault", () => {
  for (const { name, change, code } of refused) {
    const checked = checkChange(change);
    assertEquals(checked.ok ? "accepted" : checked.code, code, name);
    assert(!changeRecord.safeParse(change).success, name);
  }
});

Deno.test("the refused changes cover every code that the shape of a change can earn", () => {
  assertEquals([...new Set(refused.map(({ code }) => code))].sort(), [
    "forbidden_key",
    "invalid_change",
    "invalid_id",
    "number_out_of_range",
    "too_deep",
  ]);
});

Deno.test("guard and schema agree on accepted changes with any one member spoilt", () => {
  const spoilt = fc.oneof(
    fc.constantFrom<unknown>(undefined, null, -1, 0, 1.5, "", "x", "UPDATED", "DELETED", true, [], {}, ["a"]),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const member = fc.constantFrom(
    "changeId",
    "type",
    "entityType",
    "entityId",
    "data",
    "unset",
    "timestamp",
    "retryCount",
    "baseVersion",
  );
  fc.assert(
    fc.property(fc.constantFrom(...accepted), member, spoilt, ({ change }, name, value) => {
      const input = { ...change, [name]: value };
      assertEquals(changeRecord.safeParse(input).success, checkChange(input).ok);
    }),
    { seed: 20_261_122, numRuns: 2000 },
  );
});

Deno.test("the schema accepts every accepted request", async () => {
  for (const { name, request } of await loadFixture<AcceptedRequest[]>("requests_accepted")) {
    assert(syncRequest.safeParse(request).success, name);
  }
});

Deno.test("the schema refuses every refused envelope and names the field", async () => {
  for (const { name, request, field } of await loadFixture<RefusedRequest[]>("requests_refused")) {
    const parsed = syncRequest.safeParse(request);
    assert(!parsed.success, name);
    assertEquals(parsed.error.issues.map((issue) => issue.path.join(".")), [field], name);
  }
});

Deno.test("guard and schema accept every accepted answer", async () => {
  for (const { name, pushed, answer } of await loadFixture<AcceptedAnswer[]>("answers_accepted")) {
    assert(readSyncResponse(answer, pushed) !== null, name);
    const parsed = syncResponse.safeParse(answer);
    assert(parsed.success, `${name}: ${parsed.error?.message}`);
  }
});

Deno.test("the guard refuses every refused answer, and the schema each whose fault is in its shape", async () => {
  for (const { name, pushed, answer, fault } of await loadFixture<RefusedAnswer[]>("answers_refused")) {
    assertEquals(readSyncResponse(answer, pushed), null, name);
    assertEquals(syncResponse.safeParse(answer).success, fault === "request", name);
  }
});
