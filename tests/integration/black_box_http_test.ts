/**
 * What a stranger who knows only the contract may expect of a server, asked of a real process over real HTTP, on
 * a database file: one test a case. Every test has a user of its own.
 */
import { assert, assertEquals } from "@std/assert";
import { testChange, testRequest } from "../api/http/http_world.ts";
import { type Answer, type BlackBox, startBlackBox } from "./black_box_server.ts";
import { isWholeAnswer, rawConnect, statusOf } from "./raw_http.ts";

const json = { "Content-Type": "application/json" };
const bytes = (text: string) => new TextEncoder().encode(text);
let box: BlackBox;
Deno.test.beforeAll(async () => void (box = await startBlackBox()));
Deno.test.afterAll(() => box.remove());

/** A test with a user that nobody else is. */
function blackBox(name: string, test: (user: string) => Promise<void>): void {
  Deno.test(`HTTP: ${name}`, () => test(`u-${crypto.randomUUID()}`));
}

/** One exchange that is answered; its verdicts as `status` or `rejected:code`. */
async function push(user: string, changes: unknown[], over: Record<string, unknown> = {}): Promise<string[]> {
  const { status, body } = await box.sync(user, testRequest({ changes, ...over }));
  assertEquals(status, 200, JSON.stringify(body));
  return body.results.map(verdictText);
}
function verdictText({ status, code }: { status: string; code?: string }): string {
  return code === undefined ? status : `${status}:${code}`;
}
async function headOf(user: string): Promise<number> {
  return (await box.ask(user, "GET", "/api/sync/v2/status")).body.latestServerVersion;
}
/** Status and code of a problem that is whole. */
function problem({ status, headers, body }: Answer): [number, string] {
  assertEquals(headers.get("Content-Type"), "application/problem+json");
  assertEquals([body.status, body.requestId], [status, headers.get("X-Request-Id")]);
  return [status, body.code];
}
/** An edit of a change's entity. */
function edit(of: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  return { ...of, changeId: crypto.randomUUID(), type: "UPDATED", ...over };
}
const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;
/** A push of one change whose `data` is given as text. */
const bodyWithData = (data: string) =>
  JSON.stringify(testRequest({ changes: [testChange({ data: "DATA" })] })).replace('"DATA"', () => data);

blackBox("malformed JSON is 400", async (user) => {
  for (const body of ["{", "[1,]", "{'a':1}", "NaN", '{"a":1}{}', "\ufeff{}"]) {
    assertEquals(problem(await box.sync(user, body)), [400, "malformed_json"], body);
  }
});

blackBox("an empty body is 400, with and without a length", async (user) => {
  assertEquals(problem(await box.sync(user, "")), [400, "malformed_json"]);
  const text = await box.raw(user, ["POST /api/sync/v2 HTTP/1.1", "Content-Type: application/json"]);
  assertEquals([statusOf(text), text.includes('"malformed_json"')], [400, true], text);
});

blackBox("invalid UTF-8 is 400, never a replacement character", async (user) => {
  const body = bytes(JSON.stringify(testRequest({ changes: [testChange({ entityId: "a?b" })] })));
  body[body.indexOf(63)] = 0xff;
  assertEquals(problem(await box.sync(user, body)), [400, "invalid_utf8"]);
  assertEquals(await headOf(user), 0);
});

blackBox("a wrong content type is 415, and so is none", async (user) => {
  for (
    const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
  ) {
    assertEquals(problem(await box.sync(user, "{}", { "Content-Type": type })), [
      415,
      "unsupported_media_type",
    ]);
  }
  const text = await box.raw(user, ["POST /api/sync/v2 HTTP/1.1", "Content-Length: 2"], "{}");
  assertEquals(statusOf(text), 415, text);
});

blackBox("a content encoding other than gzip is 415", async (user) => {
  assertEquals(problem(await box.sync(user, "{}", { "Content-Encoding": "br" })), [
    415,
    "unsupported_media_type",
  ]);
});

blackBox("1 MiB is taken, a byte more is 413 with both bounds", async (user) => {
  const start = '{"lastKnownServerVersion":0,"changes":[],"padding":"';
  const padded = (length: number) => `${start}${"x".repeat(length - start.length - 2)}"}`;
  assertEquals((await box.sync(user, padded(1024 * 1024))).status, 200);
  const refused = await box.sync(user, padded(1024 * 1024 + 1));
  assertEquals(problem(refused), [413, "request_too_large"]);
  assertEquals([refused.body.maxBytes, refused.body.maxChanges], [1024 * 1024, 500]);
});

blackBox("over 1 MiB in chunks is 413, and the server stops reading", async (user) => {
  const connection = await rawConnect(box.origin);
  try {
    const head = [
      "POST /api/sync/v2 HTTP/1.1",
      "Host: test",
      `Authorization: Bearer ${await box.token(user)}`,
    ];
    await connection.write(
      [...head, "Content-Type: application/json", "Transfer-Encoding: chunked", "", ""].join("\r\n"),
    );
    const answer = connection.read(isWholeAnswer);
    const chunk = bytes(`10000\r\n${" ".repeat(0x10000)}\r\n`);
    let answered = false;
    answer.then(() => answered = true);
    let sent = 0;
    for (let i = 0; i < 4_096 && !answered; i += 1) {
      const written = connection.write(chunk).then(() => true, () => false);
      if (await Promise.race([written, answer.then(() => false)])) sent += chunk.length;
    }
    assertEquals(statusOf(await answer), 413);
    assert(sent < 64 * 2 ** 20, `${sent} bytes were taken`);
  } finally {
    connection.close();
  }
});

blackBox("over 1 MiB after inflating is 413", async (user) => {
  const plain = new Blob([" ".repeat(1024 * 1024 + 1)]).stream().pipeThrough(new CompressionStream("gzip"));
  const body = new Uint8Array(await new Response(plain).arrayBuffer());
  assertEquals(problem(await box.sync(user, body, { "Content-Encoding": "gzip" })), [
    413,
    "request_too_large",
  ]);
});

blackBox("501 changes are 413 and nothing is applied; 500 are taken", async (user) => {
  const changes = Array.from({ length: 501 }, () => testChange());
  assertEquals(problem(await box.sync(user, testRequest({ changes }))), [413, "request_too_large"]);
  assertEquals(await headOf(user), 0);
  const verdicts = new Set(await push(user, changes.slice(1), { limit: 1 }));
  verdicts.delete("retry");
  assertEquals([...verdicts], ["applied"]);
});

blackBox("an entity over 256 KiB is too_large, its siblings apply", async (user) => {
  const text = (length: number) => testChange({ data: { text: "x".repeat(length) } });
  const around = '{"text":""}'.length;
  const changes = [testChange(), text(256 * 1024 - around + 1), text(256 * 1024 - around), testChange()];
  assertEquals(await push(user, changes), ["applied", "rejected:too_large", "applied", "applied"]);
});

blackBox("32 levels are taken, 33 are too_deep", async (user) => {
  for (const [levels, verdict] of [[32, "applied"], [33, "rejected:too_deep"]] as const) {
    const { status, body } = await box.sync(user, bodyWithData(nested(levels)));
    assertEquals([status, verdictText(body.results[0])], [200, verdict], `${levels} levels`);
  }
});

blackBox("5,000 levels are a verdict, and so are 100,000; never 500", async (user) => {
  for (const levels of [1_464, 3_808, 5_000, 100_000]) {
    const { status, body } = await box.sync(user, bodyWithData(nested(levels)));
    assertEquals([status, verdictText(body.results[0])], [200, "rejected:too_deep"], `${levels} levels`);
  }
  assertEquals(problem(await box.sync(user, "[".repeat(100_000))), [400, "malformed_json"]);
});

blackBox("1e400 and integers past 2^53 are number_out_of_range", async (user) => {
  for (const number of ["1e400", "-1e400", "9007199254740992", "-9007199254740993", "1e300"]) {
    const { body } = await box.sync(user, bodyWithData(`{"n":[${number}]}`));
    assertEquals(verdictText(body.results[0]), "rejected:number_out_of_range", number);
  }
  const { body } = await box.sync(user, bodyWithData('{"n":[9007199254740991,1.5,-0,5e-324]}'));
  assertEquals(verdictText(body.results[0]), "applied");
});

blackBox("a lone surrogate, a NUL and 129 characters are invalid_id", async (user) => {
  const push = async (entityId: string) => {
    const text = JSON.stringify(testRequest({ changes: [testChange({ entityId: "ID" })] }));
    const { body } = await box.sync(user, text.replace('"ID"', () => entityId));
    return verdictText(body.results[0]);
  };
  for (
    const id of [
      '"\\ud800"',
      '"a\\udc00"',
      '"\\u0000"',
      '"a\\u0085"',
      `"${"x".repeat(129)}"`,
      '""',
      "7",
      "null",
    ]
  ) {
    assertEquals(await push(id), "rejected:invalid_id", id);
  }
  for (const id of [`"${"名".repeat(128)}"`, '"\\ud83c\\udfbb"', '"\\ufffd"', '"a/b c"']) {
    assertEquals(await push(id), "applied", id);
  }
});

blackBox("__proto__ at any depth is forbidden_key and pollutes nothing", async (user) => {
  const places = ['{"__proto__":{"x":1}}', '{"a":[{"b":{"__proto__":1}}]}', '{"a":{"\\u005f_proto__":1}}'];
  for (const data of [...places, '{"constructor":1}', '{"a":{"prototype":1}}']) {
    const { body } = await box.sync(user, bodyWithData(data));
    assertEquals(verdictText(body.results[0]), "rejected:forbidden_key", data);
  }
  const unset = edit(testChange(), { data: undefined, unset: ["__proto__"] });
  assertEquals(await push(user, [unset]), ["rejected:forbidden_key"]);
  assertEquals((await box.sync(user, '{"__proto__":{"changes":[]},"lastKnownServerVersion":0}')).status, 400);
});

blackBox("GET of the exchange is 405 with Allow", async (user) => {
  const answer = await box.ask(user, "GET", "/api/sync/v2");
  assertEquals([...problem(answer), answer.headers.get("Allow")], [405, "method_not_allowed", "POST"]);
  const other = await box.ask(user, "PATCH", "/api/sync/v2/status");
  assertEquals([...problem(other), other.headers.get("Allow")], [405, "method_not_allowed", "GET, HEAD"]);
});

blackBox("an unknown path is 404", async (user) => {
  for (
    const path of [
      "/api/sync/v3",
      "/api/",
      "/api/sync/v2/",
      "/api/%ff",
      "/api/%",
      "/%c0%ae",
      "/nothing",
      "/etc/passwd",
    ]
  ) {
    assertEquals(problem(await box.ask(user, "GET", path)), [404, "not_found"], path);
  }
  assertEquals(problem(await box.ask(null, "GET", "/nothing")), [404, "not_found"]);
});

blackBox("no token is 401, before anything else is looked at", async () => {
  const refusals = [
    await box.sync(null, "{"),
    await box.ask(null, "GET", "/api/unknown"),
    await box.ask(null, "GET", "/api/sync/v2"),
    await box.sync(null, testRequest(), { Authorization: "Basic YTpi" }),
    await box.sync(null, testRequest(), { Authorization: "Bearer a.b.c" }),
    await box.sync(null, testRequest(), { Cookie: `token=${await box.token("ada")}` }),
  ];
  for (const answer of refusals) {
    assertEquals([...problem(answer), answer.headers.get("WWW-Authenticate")], [
      401,
      "unauthenticated",
      "Bearer",
    ]);
  }
});

blackBox("an expired token is 401 token_expired", async (user) => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const token = await box.token(user, { iat: nowSeconds - 7_200, exp: nowSeconds - 3_600 });
  const answer = await box.sync(null, testRequest(), { Authorization: `Bearer ${token}` });
  assertEquals([...problem(answer), answer.headers.get("WWW-Authenticate")], [
    401,
    "token_expired",
    "Bearer",
  ]);
});

blackBox('a cursor of -1, 1.5 or "7" is 400 and named', async (user) => {
  for (const lastKnownServerVersion of [-1, 1.5, "7", null, undefined, 2 ** 53]) {
    const answer = await box.sync(user, testRequest({ lastKnownServerVersion }));
    assertEquals(problem(answer), [400, "invalid_request"], String(lastKnownServerVersion));
    assert(answer.body.detail.includes("'lastKnownServerVersion'"), answer.body.detail);
  }
});

blackBox("every other fault of the envelope is 400 and named", async (user) => {
  const faults: Record<string, unknown[]> = {
    changes: [undefined, null, {}, "x"],
    deviceId: ["x", 7, null],
    epoch: [7, null, "x".repeat(129)],
    snapshot: [false, 1, "true", null],
    limit: [0, 1001, 1.5, "7", null],
  };
  for (const [field, values] of Object.entries(faults)) {
    for (const value of values) {
      const answer = await box.sync(user, testRequest({ [field]: value }));
      assertEquals(problem(answer), [400, "invalid_request"], `${field} ${value}`);
      assert(answer.body.detail.includes(`'${field}'`), answer.body.detail);
    }
  }
  for (const body of ["[]", "null", '"x"', "7"]) {
    assertEquals(problem(await box.sync(user, body)), [400, "invalid_request"], body);
  }
});

blackBox(
  "a cursor ahead of the log is a reset in a new epoch, changes are to be sent again",
  async (user) => {
    const goal = testChange();
    assertEquals(await push(user, [goal]), ["applied"]);
    const { epoch } = (await box.ask(user, "GET", "/api/sync/v2/status")).body;
    const { body } = await box.sync(
      user,
      testRequest({ lastKnownServerVersion: 9, epoch, changes: [testChange()] }),
    );
    assertEquals([body.reset, body.results[0].status, body.latestServerVersion], ["restored", "retry", 1]);
    assert(body.epoch !== epoch);
    assertEquals(body.newChanges.map(({ entityId }: { entityId: string }) => entityId), [goal.entityId]);
  },
);

blackBox("an epoch from elsewhere is a reset", async (user) => {
  await push(user, [testChange()]);
  const { body } = await box.sync(user, testRequest({ lastKnownServerVersion: 1, epoch: "elsewhere.1" }));
  assertEquals([body.reset, body.newChanges.length], ["restored", 1]);
});

blackBox("an epoch from before an erase is reset as erased", async (user) => {
  await push(user, [testChange()]);
  const { epoch } = (await box.ask(user, "GET", "/api/sync/v2/status")).body;
  assertEquals((await box.ask(user, "DELETE", "/api/sync/v2/data")).status, 204);
  const { body } = await box.sync(
    user,
    testRequest({ lastKnownServerVersion: 1, epoch, changes: [testChange()] }),
  );
  assertEquals([body.reset, body.newChanges.length, body.results[0].status], ["erased", 0, "retry"]);
});

blackBox("the same change 50 times in parallel is one row and fifty 200s", async (user) => {
  const goal = testChange();
  await push(user, [goal]);
  // An edit: unlike a CREATED of equal data, only its id can tell that it was here before.
  const body = testRequest({ changes: [edit(goal, { data: { tempo: 80 } })], deviceId: crypto.randomUUID() });
  const answers = await Promise.all(Array.from({ length: 50 }, () => box.sync(user, body)));
  assertEquals(answers.map(({ status }) => status), Array(50).fill(200));
  const verdicts = answers.map((answer) => answer.body.results[0]);
  assertEquals(verdicts.filter(({ status }) => status === "merged").length, 1);
  assertEquals(verdicts.filter(({ status, version }) => status === "duplicate" && version === 2).length, 49);
  assertEquals((await box.ask(user, "GET", "/api/sync/v2/history")).body.changes.length, 2);
});

blackBox("the same id with another body is change_id_reused, the original intact", async (user) => {
  const goal = testChange();
  await push(user, [goal]);
  assertEquals(await push(user, [{ ...goal, data: { title: "Other" } }]), ["rejected:change_id_reused"]);
  const { body } = await box.sync(user, testRequest());
  assertEquals(body.newChanges.map(({ data }: { data: unknown }) => data), [goal.data]);
});

blackBox("the same change twice in one batch is applied and duplicate", async (user) => {
  const goal = testChange();
  const { body } = await box.sync(user, testRequest({ changes: [goal, goal] }));
  assertEquals(
    body.results.map(({ status, version, original }: Record<string, unknown>) => [status, version, original]),
    [
      ["applied", 1, undefined],
      ["duplicate", 1, "applied"],
    ],
  );
});

blackBox("the same id of another user is applied there, and neither sees the other's data", async (user) => {
  const goal = testChange({ data: { title: `secret of ${user}` } });
  await push(user, [goal]);
  const stranger = `${user}-2`;
  const { body } = await box.sync(stranger, testRequest({ changes: [{ ...goal, data: { title: "mine" } }] }));
  assertEquals(body.results[0].status, "applied");
  for (const path of ["status", "history", "conflicts", "export"]) {
    const answer = await box.ask(stranger, "GET", `/api/sync/v2/${path}`);
    assert(!JSON.stringify(answer.body).includes(`secret of ${user}`), path);
  }
  assertEquals((await box.sync(user, testRequest())).body.newChanges[0].data, goal.data);
});

blackBox("50 devices of one user in parallel all finish, or are told to wait; none in part", async (user) => {
  const requests = Array.from(
    { length: 50 },
    () => testRequest({ changes: [testChange(), testChange(), testChange()], deviceId: crypto.randomUUID() }),
  );
  let settled = 0;
  for (const answer of await Promise.all(requests.map((request) => box.sync(user, request)))) {
    if (answer.status === 503) {
      assertEquals([...problem(answer), Number(answer.headers.get("Retry-After")) >= 1], [503, "busy", true]);
      continue;
    }
    const verdicts: string[] = answer.body.results.map(verdictText);
    assert(["applied,applied,applied", "retry,retry,retry"].includes(verdicts.join()), verdicts.join());
    settled += verdicts.filter((verdict) => verdict === "applied").length;
  }
  assert(settled > 0);
  const { changes } = (await box.ask(user, "GET", "/api/sync/v2/history?limit=1000")).body;
  const versions = changes.map(({ version }: { version: number }) => version).reverse();
  assertEquals(versions, Array.from({ length: settled }, (_, i) => i + 1));
});

blackBox("UPDATED and DELETED of the unknown are unknown_entity", async (user) => {
  const verdicts = await push(user, [edit(testChange(), {}), edit(testChange(), { type: "DELETED" })]);
  assertEquals(verdicts, ["rejected:unknown_entity", "rejected:unknown_entity"]);
});

blackBox("UPDATED after a deletion is a conflict that keeps what was written", async (user) => {
  const goal = testChange();
  await push(user, [goal, edit(goal, { type: "DELETED", data: undefined })]);
  const late = edit(goal, { data: { title: "Late" }, baseVersion: 1 });
  const { body } = await box.sync(user, testRequest({ changes: [late] }));
  assertEquals([body.results[0].status, body.conflicts[0].reason, body.conflicts[0].winner], [
    "conflict",
    "deleted_on_server",
    "theirs",
  ]);
  assertEquals(body.conflicts[0].fields, [{ name: "title", yours: "Late" }]);
});

blackBox("DELETED twice is duplicate the second time", async (user) => {
  const goal = testChange();
  const remove = () => edit(goal, { type: "DELETED", data: undefined });
  assertEquals(await push(user, [goal, remove()]), ["applied", "applied"]);
  assertEquals(await push(user, [remove()], { lastKnownServerVersion: 2 }), ["duplicate"]);
});

blackBox("a rejected CREATED takes its UPDATED with it, and no stranger", async (user) => {
  const bad = testChange({ data: { n: 2 ** 60 } });
  const verdicts = await push(user, [bad, edit(bad, { data: { title: "x" } }), testChange()]);
  assertEquals(verdicts, ["rejected:number_out_of_range", "rejected:dependency_rejected", "applied"]);
});

blackBox("every fault inside a change is that change's verdict", async (user) => {
  const wrong: unknown[] = [
    7,
    null,
    [],
    "x",
    {},
    testChange({ changeId: "x" }),
    testChange({ type: "MERGED" }),
  ];
  wrong.push(testChange({ entityType: "Goal" }), testChange({ data: [] }), testChange({ timestamp: "now" }));
  const verdicts = await push(user, [testChange(), ...wrong, testChange()]);
  assertEquals(verdicts, ["applied", ...wrong.map(() => "rejected:invalid_change"), "applied"]);
});

blackBox("timestamps of 9999 and 1970 decide nothing", async (user) => {
  const goal = testChange({ timestamp: Date.UTC(9999, 11, 31) });
  await push(user, [goal]);
  const later = edit(goal, { data: { title: "Later" }, timestamp: 0, baseVersion: 1 });
  assertEquals(await push(user, [later], { lastKnownServerVersion: 1 }), ["applied"]);
  const { body } = await box.sync(user, testRequest());
  assertEquals([body.newChanges[0].data.title, body.newChanges[0].version], ["Later", 2]);
});

blackBox("2,500 entries come in pages without a gap while others write", async (user) => {
  for (let batch = 0; batch < 25; batch += 1) {
    const changes = Array.from({ length: 100 }, () => testChange());
    assertEquals(new Set(await push(user, changes, { limit: 1 })), new Set(["applied"]));
  }
  let reading = true;
  let written = 0;
  const writer = (async () => {
    for (; reading && written < 500; written += 1) await push(user, [testChange()], { limit: 1 });
  })();
  const seen = new Set<number>();
  let request = testRequest({ limit: 300 });
  let last = 0;
  for (let page = 0; page < 60; page += 1) {
    const { status, body } = await box.sync(user, request);
    assertEquals(status, 200);
    for (const { version } of body.newChanges) {
      assert(version > last && !seen.has(version), `version ${version} after ${last}`);
      seen.add(last = version);
    }
    request = testRequest({
      limit: 300,
      lastKnownServerVersion: body.latestServerVersion,
      epoch: body.epoch,
      ...(body.snapshot === true ? { snapshot: true } : {}),
    });
    if (seen.size >= 2_500) reading = false;
    if (!body.hasMore) break;
  }
  reading = false;
  await writer;
  const rest = (await box.sync(user, { ...request, limit: 1_000 })).body;
  for (const { version } of rest.newChanges) seen.add(version);
  assert(written > 0, "nobody wrote meanwhile");
  assertEquals([...seen].sort((a, b) => a - b), Array.from({ length: 2_500 + written }, (_, i) => i + 1));
});

blackBox("unknown fields of the envelope and of a change are ignored", async (user) => {
  const changes = [testChange({ userId: "eve", version: 99, createdAt: "never", extra: { deep: [1] } })];
  const { status, body } = await box.sync(user, testRequest({ changes, userId: "eve", future: { a: 1 } }));
  assertEquals([status, body.results[0].status, body.results[0].version], [200, "applied", 1]);
  assertEquals(await headOf("eve"), 0);
});

blackBox("cut after the commit and sent again is duplicate with the first version", async (user) => {
  const goal = testChange();
  const body = bytes(JSON.stringify(testRequest({ changes: [goal] })));
  const connection = await rawConnect(box.origin);
  const head = ["POST /api/sync/v2 HTTP/1.1", "Host: test", `Authorization: Bearer ${await box.token(user)}`];
  await connection.write(
    [...head, "Content-Type: application/json", `Content-Length: ${body.length}`, "", ""].join("\r\n"),
  );
  await connection.write(body);
  // The answer is never read: the client only learns from the log that its change was committed.
  for (let i = 0; i < 400 && await headOf(user) === 0; i += 1) await new Promise((r) => setTimeout(r, 5));
  connection.close();
  assertEquals(await headOf(user), 1);
  const again = (await box.sync(user, testRequest({ changes: [goal] }))).body.results[0];
  assertEquals([again.status, again.version, again.original], ["duplicate", 1, "applied"]);
});

blackBox(
  "killed after the commit and started again, the change is duplicate with the first version",
  async (user) => {
    const mortal = await startBlackBox();
    try {
      const goal = testChange();
      const first = (await mortal.sync(user, testRequest({ changes: [testChange(), goal] }))).body.results[1];
      await mortal.kill();
      await mortal.start();
      const again = (await mortal.sync(user, testRequest({ changes: [goal] }))).body.results[0];
      assertEquals([again.status, again.version, again.original], ["duplicate", first.version, "applied"]);
    } finally {
      await mortal.remove();
    }
  },
);

blackBox("over the rate is 429, and a pull goes through after Retry-After", async (user) => {
  const strict = await startBlackBox({ RATE_LIMIT_PER_MINUTE: "60" });
  try {
    let refused: Answer | null = null;
    for (let i = 0; i < 200 && refused === null; i += 1) {
      const answer = await strict.sync(user, testRequest());
      if (answer.status !== 200) refused = answer;
    }
    assert(refused !== null, "200 requests went through");
    assertEquals(problem(refused), [429, "rate_limited"]);
    assertEquals(refused.headers.get("RateLimit-Policy"), '"user";q=60;w=60');
    assert(refused.headers.get("RateLimit")?.startsWith('"user";r=0;'));
    const waitSeconds = Number(refused.headers.get("Retry-After"));
    assertEquals(waitSeconds, 1);
    assertEquals((await strict.sync(`${user}-2`, testRequest())).status, 200, "another user is not held up");
    await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000));
    assertEquals((await strict.sync(user, testRequest())).status, 200);
  } finally {
    await strict.remove();
  }
});

blackBox("a gzipped push is taken and a big answer comes compressed", async (user) => {
  const text = JSON.stringify(testRequest({ changes: Array.from({ length: 60 }, () => testChange()) }));
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const body = new Uint8Array(await new Response(stream).arrayBuffer());
  assertEquals((await box.sync(user, body, { "Content-Encoding": "gzip" })).body.results.length, 60);
  const pull = JSON.stringify(testRequest());
  const lines = ["POST /api/sync/v2 HTTP/1.1", "Content-Type: application/json", "Accept-Encoding: gzip"];
  const connection = await rawConnect(box.origin);
  await connection.write(
    [
      ...lines,
      "Host: test",
      "Connection: close",
      `Authorization: Bearer ${await box.token(user)}`,
      `Content-Length: ${pull.length}`,
      "",
      pull,
    ].join("\r\n"),
  );
  const answer = await connection.read();
  connection.close();
  assert(/\r\ncontent-encoding: gzip\r\n/i.test(answer), answer.slice(0, 500));
});

blackBox("every answer has a request id and nosniff; API answers are never stored", async (user) => {
  const answers = [
    await box.sync(user, testRequest()),
    await box.sync(user, "{"),
    await box.sync(null, "{"),
    await box.ask(user, "GET", "/api/nothing", { headers: json }),
  ];
  const ids = answers.map(({ headers }) => headers.get("X-Request-Id"));
  assertEquals(new Set(ids).size, answers.length);
  for (const { headers } of answers) {
    assertEquals([headers.get("X-Content-Type-Options"), headers.get("Cache-Control")], [
      "nosniff",
      "no-store",
    ]);
  }
});
