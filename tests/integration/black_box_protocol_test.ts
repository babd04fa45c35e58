/** The black box, two: methods, paths, tokens, envelopes, cursors, rates. */
import { assert, assertEquals } from "@std/assert";
import { testChange, testRequest } from "../api/http/http_world.ts";
import { type Answer, startBlackBox } from "./black_box_server.ts";
import { blackBoxSuite, problem } from "./black_box_suite.ts";

const { blackBox, push, server } = blackBoxSuite();
const json = { "Content-Type": "application/json" };

blackBox("GET of the exchange is 405 with Allow", async (user) => {
  const answer = await server().ask(user, "GET", "/api/sync/v2");
  assertEquals([...problem(answer), answer.headers.get("Allow")], [405, "method_not_allowed", "POST"]);
  const other = await server().ask(user, "PATCH", "/api/sync/v2/status");
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
    assertEquals(problem(await server().ask(user, "GET", path)), [404, "not_found"], path);
  }
  assertEquals(problem(await server().ask(null, "GET", "/nothing")), [404, "not_found"]);
});

blackBox("no token is 401, before anything else is looked at", async () => {
  const refusals = [
    await server().sync(null, "{"),
    await server().ask(null, "GET", "/api/unknown"),
    await server().ask(null, "GET", "/api/sync/v2"),
    await server().sync(null, testRequest(), { Authorization: "Basic YTpi" }),
    await server().sync(null, testRequest(), { Authorization: "Bearer a.b.c" }),
    await server().sync(null, testRequest(), { Cookie: `token=${await server().token("ada")}` }),
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
  const token = await server().token(user, { iat: nowSeconds - 7_200, exp: nowSeconds - 3_600 });
  const answer = await server().sync(null, testRequest(), { Authorization: `Bearer ${token}` });
  assertEquals([...problem(answer), answer.headers.get("WWW-Authenticate")], [
    401,
    "token_expired",
    "Bearer",
  ]);
});

blackBox('a cursor of -1, 1.5 or "7" is 400 and named', async (user) => {
  for (const lastKnownServerVersion of [-1, 1.5, "7", null, undefined, 2 ** 53]) {
    const answer = await server().sync(user, testRequest({ lastKnownServerVersion }));
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
      const answer = await server().sync(user, testRequest({ [field]: value }));
      assertEquals(problem(answer), [400, "invalid_request"], `${field} ${value}`);
      assert(answer.body.detail.includes(`'${field}'`), answer.body.detail);
    }
  }
  for (const body of ["[]", "null", '"x"', "7"]) {
    assertEquals(problem(await server().sync(user, body)), [400, "invalid_request"], body);
  }
});

blackBox(
  "a cursor ahead of the log is a reset in a new epoch, changes are to be sent again",
  async (user) => {
    const goal = testChange();
    assertEquals(await push(user, [goal]), ["applied"]);
    const { epoch } = (await server().ask(user, "GET", "/api/sync/v2/status")).body;
    const { body } = await server().sync(
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
  const { body } = await server().sync(
    user,
    testRequest({ lastKnownServerVersion: 1, epoch: "elsewhere.1" }),
  );
  assertEquals([body.reset, body.newChanges.length], ["restored", 1]);
});

blackBox("an epoch from before an erase is reset as erased", async (user) => {
  await push(user, [testChange()]);
  const { epoch } = (await server().ask(user, "GET", "/api/sync/v2/status")).body;
  assertEquals((await server().ask(user, "DELETE", "/api/sync/v2/data")).status, 204);
  const { body } = await server().sync(
    user,
    testRequest({ lastKnownServerVersion: 1, epoch, changes: [testChange()] }),
  );
  assertEquals([body.reset, body.newChanges.length, body.results[0].status], ["erased", 0, "retry"]);
});

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

blackBox("every answer has a request id and nosniff; API answers are never stored", async (user) => {
  const answers = [
    await server().sync(user, testRequest()),
    await server().sync(user, "{"),
    await server().sync(null, "{"),
    await server().ask(user, "GET", "/api/nothing", { headers: json }),
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
