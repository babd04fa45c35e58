import { assert, assertEquals } from "@std/assert";
import type { SyncResponse } from "../../shared/mod.ts";
import { type Answer, readAnswer } from "../../client/network/answer.ts";
import type { TransportResponse } from "../../client/ports.ts";
import type { SyncErrorCode } from "../../client/sync_client_api.ts";
import { answer, serverTime, uuid, verdict } from "./world/make_rows.ts";

function http(status: number, body: unknown, headers: Record<string, string> = {}): TransportResponse {
  return {
    status,
    header: (name) => headers[name.toLowerCase()] ?? null,
    text: () => Promise.resolve(typeof body === "string" ? body : JSON.stringify(body)),
  };
}

const problem = (code: string) => ({
  type: `about:blank#${code}`,
  title: "T",
  status: 0,
  detail: `because ${code}`,
  code,
  requestId: "r",
});

const read = (response: TransportResponse, ids: string[] = [], cursor = 0) =>
  readAnswer(response, ids, cursor);
const codeOf = (answer: Answer): SyncErrorCode | "ok" => answer.ok ? "ok" : answer.error.code;
const read200 = async (body: unknown, ids: string[] = [], cursor = 0) =>
  codeOf(await read(http(200, body), ids, cursor));

Deno.test("a complete answer is accepted as it is", async () => {
  const body = answer({ latestServerVersion: 4, results: [verdict(1, "applied", 4)] });
  const given = await read(http(200, body), [uuid(1)], 3);
  assert(given.ok);
  assertEquals(given.response, body);
});

Deno.test("a captive portal's page is offline, with or without a 200", async () => {
  const page = "<!doctype html><title>Sign in to this Wi-Fi</title>";
  assertEquals(await read200(page), "offline");
  for (const status of [0, 204, 301, 302, 404, 407, 511]) {
    const code = codeOf(await read(http(status, page)));
    assertEquals(code, status === 511 ? "server_error" : "offline", String(status));
  }
});

Deno.test("half a body, or one that fails while it is read, settles nothing", async () => {
  const whole = JSON.stringify(answer({ latestServerVersion: 2 }));
  for (const length of [0, 1, 10, whole.length - 1]) {
    assertEquals(await read200(whole.slice(0, length)), "offline", String(length));
  }
  const cut: TransportResponse = { ...http(200, ""), text: () => Promise.reject(new TypeError("cut")) };
  assertEquals(codeOf(await read(cut)), "offline");
});

Deno.test("an answer of another shape is refused as a whole", async () => {
  const good = answer({
    latestServerVersion: 9,
    results: [verdict(1, "applied", 9), verdict(2, "applied", 9)],
  });
  const ids = [uuid(1), uuid(2)];
  assertEquals(await read200(good, ids), "ok");
  const change = { changeId: uuid(9), type: "CREATED", entityType: "g", entityId: "1", version: 4, data: {} };
  const wrong: [string, Partial<Record<keyof SyncResponse, unknown>>][] = [
    ["a verdict is missing", { results: good.results.slice(1) }],
    ["verdicts in another order", { results: good.results.toReversed() }],
    ["a verdict too many", { results: [...good.results, verdict(3, "applied", 9)] }],
    ["an unknown status", { results: [good.results[0], { changeId: uuid(2), status: "lost" }] }],
    ["a settled verdict without version", {
      results: [good.results[0], { changeId: uuid(2), status: "applied" }],
    }],
    ["a rejection without reason", {
      results: [good.results[0], { changeId: uuid(2), status: "rejected", code: "too_large" }],
    }],
    ["`retry` before the end", { results: [verdict(1, "retry"), good.results[1]] }],
    ["versions that fall", { newChanges: [change, { ...change, version: 3 }] }],
    ["a version beyond the cursor", { newChanges: [{ ...change, version: 10 }] }],
    ["a CREATED without data", { newChanges: [{ ...change, data: undefined }] }],
    ["a cursor above the head", { serverVersion: 8 }],
    ["a cursor that is no count", { latestServerVersion: 1.5 }],
    ["no epoch", { epoch: undefined }],
    ["a snapshot flag that is not true", { snapshot: false }],
    ["an unknown reset", { reset: "soft" }],
    ["conflicts that are no list", { conflicts: {} }],
    ["hasMore missing", { hasMore: undefined }],
    ["a list instead of an object", {}],
  ];
  for (const [what, differs] of wrong) {
    const body = what.startsWith("a list") ? [good] : { ...good, ...differs };
    assertEquals(await read200(body, ids), "invalid_answer", what);
  }
});

Deno.test("an answer behind the cursor is refused, unless it says that history starts over", async () => {
  const behind = answer({ latestServerVersion: 3, serverVersion: 9 });
  assertEquals(await read200(behind, [], 3), "ok");
  assertEquals(await read200(behind, [], 4), "invalid_answer");
  assertEquals(await read200({ ...behind, reset: "restored" }, [], 4), "ok");
  const known = {
    changeId: uuid(9),
    type: "DELETED",
    entityType: "g",
    entityId: "1",
    version: 3,
    timestamp: 1,
  };
  assertEquals(
    await read200({ ...behind, newChanges: [{ ...known, createdAt: serverTime }] }, [], 3),
    "invalid_answer",
  );
});

Deno.test("every status of the contract has its code, and says whether a smaller request may go", async () => {
  const cases: [number, string, SyncErrorCode, string?][] = [
    [400, "malformed_json", "invalid_request", "invalid_change"],
    [400, "invalid_request", "invalid_request", "invalid_change"],
    [401, "unauthenticated", "unauthenticated"],
    [401, "token_expired", "unauthenticated"],
    [403, "forbidden", "forbidden"],
    [404, "not_found", "server_error"],
    [405, "method_not_allowed", "server_error"],
    [413, "request_too_large", "too_large", "too_large"],
    [415, "unsupported_media_type", "invalid_request"],
    [429, "rate_limited", "rate_limited"],
    [500, "internal", "server_error", "server_error"],
    [503, "busy", "busy"],
    [503, "paused", "paused"],
  ];
  for (const [status, code, expected, refused] of cases) {
    const given = await read(http(status, problem(code)));
    assert(!given.ok);
    assertEquals([given.error.code, given.refused], [expected, refused as typeof given.refused], code);
    assertEquals(given.error.message, `because ${code}`);
    assertEquals(given.encodingRefused, status === 415 ? true : undefined);
  }
});

Deno.test("a 400 that is not ours never sets a change aside; a 413 of any proxy does", async () => {
  const by = async (status: number) => {
    const given = await read(http(status, "<h1>no</h1>"));
    return given.ok ? null : [given.error.code, given.refused ?? null];
  };
  assertEquals(await by(400), ["server_error", null]);
  assertEquals(await by(413), ["too_large", "too_large"]);
  assertEquals(await by(500), ["server_error", "server_error"]);
  assertEquals(await by(502), ["server_error", null]);
  assertEquals(await by(504), ["server_error", null]);
  assertEquals(await by(503), ["busy", null]);
});

Deno.test("Retry-After is obeyed in seconds, up to an hour; a date or nonsense is not used", async () => {
  const waits = async (header: string, status = 503) => {
    const given = await read(http(status, problem("busy"), { "retry-after": header }));
    return given.ok ? undefined : given.error.retryAfterMs;
  };
  assertEquals(await waits("7"), 7000);
  assertEquals(await waits(" 7 "), 7000);
  assertEquals(await waits("0"), 0);
  assertEquals(await waits("86400"), 3_600_000);
  assertEquals(await waits("30", 429), 30_000);
  for (const odd of ["", "-1", "1.5", "soon", "Sun, 22 Nov 2026 22:51:38 GMT", "1e3"]) {
    assertEquals(await waits(odd), undefined, odd);
  }
});
