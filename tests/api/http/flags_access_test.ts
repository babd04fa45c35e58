/** Who may see and set the rollout switches, and the kill switch as clients meet it. */
import { assert, assertEquals } from "@std/assert";
import { flagsWorld } from "./flags_world.ts";
import { problemOf, testChange, testRequest } from "./http_world.ts";
import type { TestClaims } from "./test_tokens.ts";

Deno.test("only a scope that has sync:admin opens the admin routes, whatever else a token says", async () => {
  const { ask, app, token } = flagsWorld();
  const doors: [string, string, unknown?][] = [
    ["GET", "/api/admin/flags"],
    ["HEAD", "/api/admin/flags"],
    ["PUT", "/api/admin/flags", { paused: true }],
    ["PUT", "/api/admin/flags", "{"],
    ["GET", "/api/admin/flags/audit"],
    ["GET", "/api/admin"],
    ["GET", "/api/admin/absent"],
    ["DELETE", "/api/admin/flags"],
  ];
  const closed: TestClaims[] = [
    {},
    { scope: "" },
    { scope: "sync" },
    { scope: "sync:admins xsync:admin sync:admin:read" },
    { scope: "SYNC:ADMIN" },
    { scope: "sync:admin\tother" },
    { scope: "a,sync:admin" },
    { scope: ["sync:admin"] },
    { scope: { "sync:admin": true } },
    { scp: "sync:admin", scopes: "sync:admin", roles: ["sync:admin"], admin: true },
    { sub: "sync:admin" },
  ];
  for (const claims of closed) {
    for (const [method, path, body] of doors) {
      const answer = await ask(claims, method, path, body);
      const what = `${method} ${path} ${JSON.stringify(claims)}`;
      assertEquals(answer.status, 403, what);
      assertEquals(
        answer.headers.get("WWW-Authenticate"),
        'Bearer error="insufficient_scope", scope="sync:admin"',
        what,
      );
      if (method !== "HEAD") assertEquals(await problemOf(answer), [403, "forbidden"], what);
    }
  }
  for (const scope of ["sync:admin", "a sync:admin b", " sync:admin ", "sync:admin sync:admin"]) {
    assertEquals((await ask({ scope }, "GET", "/api/admin/flags")).status, 200, scope);
  }
  const forged = await token({ scope: "sync:admin" }, "another secret of more than thirty-two bytes");
  const past = await token({ scope: "sync:admin", iat: 0, exp: 1 });
  for (const bearer of [forged, past, "", "x"]) {
    const headers = { Authorization: `Bearer ${bearer}` };
    assertEquals((await app.request("/api/admin/flags", { headers })).status, 401);
    assertEquals((await app.request("/api/flags", { headers })).status, 401);
  }
});

Deno.test("a demo token is no operator's, and asks in vain for a scope", async () => {
  const { app } = flagsWorld({ demo: true });
  const answer = await app.request("/demo/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"user":"clara","scope":"sync:admin"}',
  });
  const { token } = await answer.json();
  const headers = { Authorization: `Bearer ${token}` };
  assertEquals((await app.request("/api/admin/flags", { headers })).status, 403);
});

Deno.test("a user learns nothing of others' overrides, not even as an operator of nothing", async () => {
  const { put, ask } = flagsWorld();
  await put({ percent: 50, overrides: { CANARY: true, ada: false } });
  for (const path of ["/api/flags", "/api/flags?user=CANARY", "/api/flags?sub=CANARY"]) {
    const answer = await ask({ sub: "ada" }, "GET", path, undefined, { "X-User": "CANARY" });
    assertEquals(await answer.json(), { syncV2: false, reason: "override" }, path);
    assert(!JSON.stringify([...answer.headers]).includes("CANARY"));
  }
});

for (const how of ["run time", "the setting"] as const) {
  Deno.test(`paused by ${how}: exchanges are 503 with Retry-After, reads stay open, flags say so`, async () => {
    const { put, sync, get, decision, ask } = flagsWorld(
      how === "run time" ? {} : { config: { syncV2Paused: true } },
    );
    if (how === "run time") {
      assertEquals((await sync(testRequest({ changes: [testChange()] }))).status, 200);
      await put({ paused: true });
    } else {
      // The setting wins: nothing that is set at run time opens this server.
      await put({ paused: false, overrides: { ada: true } });
    }
    for (const changes of [[], [testChange()]]) {
      const answer = await sync(testRequest({ changes }));
      assertEquals(answer.headers.get("Retry-After"), "60");
      assertEquals(await problemOf(answer), [503, "paused"]);
    }
    const migrate = await ask({}, "POST", "/api/sync/v2/migrate");
    assertEquals(migrate.headers.get("Retry-After"), "60");
    assertEquals(await problemOf(migrate), [503, "paused"]);
    for (const path of ["status", "history", "conflicts", "export"]) {
      const answer = await get(`/api/sync/v2/${path}`);
      assertEquals(answer.status, 200, path);
      await answer.body?.cancel();
    }
    // The way back is open: pages of the older protocol go on.
    const v1 = await ask({}, "POST", "/api/sync/push", {
      changes: { goals: [{ id: "g", title: "Scales" }] },
    });
    assertEquals((await v1.json()).success, true);
    assertEquals(await decision(), { syncV2: false, reason: "paused" });
    const { settings, paused } = await (await ask({ scope: "sync:admin" }, "GET", "/api/admin/flags")).json();
    assertEquals([settings.paused, paused], how === "run time" ? [false, true] : [true, false]);
    if (how === "the setting") return;
    await put({ paused: false });
    assertEquals((await sync(testRequest({ changes: [testChange()] }))).status, 200);
    assertEquals((await decision()).reason, "rollout");
  });
}

Deno.test("who is not in the rollout may use v2 all the same: it is closed by pausing only", async () => {
  const { put, sync, decision } = flagsWorld();
  await put({ percent: 0 });
  assertEquals(await decision(), { syncV2: false, reason: "rollout" });
  assertEquals((await sync(testRequest({ changes: [testChange()] }))).status, 200);
});

Deno.test("the log counts a change of the flags and names nobody", async () => {
  const { put, log } = flagsWorld();
  await put({ overrides: { CANARY: true } });
  const line = log.at(-1)!;
  assertEquals([line.route, line.status, line.revision, line.overrides], ["/api/admin/flags", 200, 1, 1]);
  assert(!JSON.stringify(log).includes("CANARY"));
});
