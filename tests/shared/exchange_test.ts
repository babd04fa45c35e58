import { assertEquals, assertStrictEquals } from "@std/assert";
import { isSettled, verdictStatuses } from "../../shared/change.ts";
import { readSyncResponse } from "../../shared/exchange.ts";
import { type AcceptedAnswer, loadFixture } from "../fixtures/load_fixture.ts";

const answers = await loadFixture<AcceptedAnswer[]>("answers_accepted");

Deno.test("an answer in order is handed on as it is", () => {
  for (const { name, pushed, answer } of answers) {
    assertStrictEquals(readSyncResponse(answer, pushed), answer, name);
  }
});

Deno.test("an answer to another request is no answer", () => {
  const other = "0190a6b2-7c00-7000-8000-000000000099";
  for (const { name, pushed, answer } of answers) {
    assertEquals(readSyncResponse(answer, [...pushed, other]), null, name);
    if (pushed.length > 0) {
      assertEquals(readSyncResponse(answer, pushed.slice(1)), null, name);
      assertEquals(readSyncResponse(answer, [other, ...pushed.slice(1)]), null, name);
    }
    if (pushed.length > 1) assertEquals(readSyncResponse(answer, pushed.toReversed()), null, name);
  }
});

Deno.test("an answer that was cut at any byte is no answer", () => {
  for (const { name, pushed, answer } of answers) {
    const text = JSON.stringify(answer);
    for (let length = 0; length < text.length; length++) {
      let cut: unknown;
      try {
        cut = JSON.parse(text.slice(0, length));
      } catch {
        continue;
      }
      assertEquals(readSyncResponse(cut, pushed), null, `${name}, cut at ${length}`);
    }
  }
});

Deno.test("an answer without any one of its required members is no answer", () => {
  const required = [
    "newChanges",
    "latestServerVersion",
    "results",
    "serverVersion",
    "hasMore",
    "epoch",
    "serverTime",
  ];
  for (const { name, pushed, answer } of answers) {
    for (const member of required) {
      const { [member]: _gone, ...rest } = answer;
      assertEquals(readSyncResponse(rest, pushed), null, `${name}, without ${member}`);
    }
  }
});

Deno.test("every status settles its change but rejected and retry", () => {
  assertEquals(verdictStatuses.filter(isSettled), ["applied", "merged", "conflict", "duplicate"]);
});
