import { assert, assertEquals } from "@std/assert";
import { httpWorld, testChange, testRequest } from "./http_world.ts";

Deno.test("a request leaves one line with id, hashed user, route, status, counts and time", async () => {
  const { sync, log } = httpWorld({ config: { logSalt: "salt" } });
  const response = await sync(testRequest({ changes: [testChange(), testChange({ type: "NOPE" })] }));
  await response.body?.cancel();
  const [line, ...more] = log;
  assertEquals(more, []);
  assert(/^[0-9a-f]{12}$/.test(String(line?.user)));
  assertEquals(line, {
    level: "info",
    event: "request",
    requestId: response.headers.get("X-Request-Id"),
    user: line?.user,
    method: "POST",
    route: "/api/sync/v2",
    status: 200,
    ms: 0,
    changes: 2,
    newChanges: 1,
    applied: 1,
    rejected: 1,
  });
});

Deno.test("the level tells bugs from waits", async () => {
  const broken = () => Promise.reject(new Error("broken"));
  const { get, log } = httpWorld({ ledger: { status: broken, ready: broken } });
  for (const path of ["/api/sync/v2/status", "/readyz", "/healthz"]) await (await get(path)).body?.cancel();
  const levels = log.filter(({ event }) => event === "request").map(({ level }) => level);
  assertEquals(levels, ["error", "warn", "info"]);
});

Deno.test("the same user has the same hash, another user another, another salt another", async () => {
  const hash = async (logSalt: string, sub: string) => {
    const { app, authorized, log } = httpWorld({ config: { logSalt } });
    await (await app.request("/api/sync/v2/status", { headers: await authorized({ sub }) })).body?.cancel();
    return log[0]?.user;
  };
  assertEquals(await hash("a", "ada"), await hash("a", "ada"));
  assert(await hash("a", "ada") !== await hash("a", "bob"));
  assert(await hash("a", "ada") !== await hash("b", "ada"));
});

Deno.test("time is measured, also when the clock is set back", async () => {
  const slow = httpWorld({ ledger: { ready: () => Promise.resolve(void slow.clock.advance(250)) } });
  await slow.app.request("/readyz");
  assertEquals(slow.log[0]?.ms, 250);
  const back = httpWorld({ ledger: { ready: () => Promise.resolve(void back.clock.advance(-250)) } });
  await back.app.request("/readyz");
  assertEquals(back.log[0]?.ms, 0);
});

Deno.test("a canary in data, id, token, path, query, header, method or user never reaches the log", async () => {
  const canary = "c4n4ry";
  const id = "c4c4c4c4-0000-4000-8000-c4c4c4c4c4c4";
  const { app, sync, log, token, authorized } = httpWorld({
    config: { allowedOrigins: [`https://${canary}.example`] },
    ledger: { history: () => Promise.reject(new TypeError(`no ${canary}\n    at ${canary} (file:1:1)`)) },
  });
  const bearer = { Authorization: `Bearer ${await token({ sub: canary, scope: canary })}` };
  const change = testChange({
    changeId: id,
    entityId: canary,
    entityType: canary,
    data: { [canary]: canary },
  });
  const headers = {
    "User-Agent": canary,
    "X-Request-Id": canary,
    "Origin": `https://${canary}.example`,
    ...bearer,
  };
  const answers = [
    await sync(testRequest({ changes: [change, change], deviceId: id }), headers),
    await sync(testRequest({ changes: canary, deviceId: canary }), headers),
    await sync(`{"${canary}`, headers),
    await sync("{}", { ...headers, "Content-Type": canary }),
    await app.request(`/api/${canary}?${canary}=${canary}`, { headers }),
    await app.request(`/${canary}`, { headers }),
    await app.request(`/api/sync/v2/history?entityType=${canary}&entityId=${canary}`, { headers }),
    await app.request("/api/sync/v2/status", { method: canary.toUpperCase(), headers }),
    await app.request("/api/sync/v2/status", { headers: { Authorization: `Bearer ${canary}` } }),
    await app.request("/api/sync/v2", {
      method: "OPTIONS",
      headers: { ...headers, "Access-Control-Request-Method": canary },
    }),
    await app.request("/api/sync/v2/export", { headers }),
    await app.request("/api/sync/v2/status", { headers: await authorized({ sub: canary }) }),
  ];
  for (const answer of answers) await answer.text();
  assertEquals(log.filter(({ event }) => event === "request").length, answers.length);
  assertEquals(log.filter(({ event }) => event === "unexpected_error").length, 1);
  const text = JSON.stringify(log).toLowerCase();
  assert(!text.includes(canary) && !text.includes(id), text);
  const signature = bearer.Authorization.split(".")[2] ?? "";
  assert(signature.length > 20 && !text.includes(signature.toLowerCase()), text);
});
