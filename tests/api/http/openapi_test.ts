/** `/openapi.json` is what the server does: every route, every answer, in both directions. */
import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Validator } from "@seriousme/openapi-schema-validator";
import { bundleFiles } from "../../../api/app.ts";
import { fieldDescriptions } from "../../../api/openapi/field_descriptions.ts";
import { openApiDocument } from "../../../api/openapi/document.ts";
import { isV1Path, v1Paths } from "../../../api/routes/v1_answer.ts";
import type { AppConfig } from "../../../api/app_config.ts";
import type { Ledger } from "../../../api/ports.ts";
import {
  type AcceptedAnswer,
  type AcceptedChange,
  type AcceptedRequest,
  loadFixture,
  type RefusedRequest,
} from "../../fixtures/load_fixture.ts";
import { memoryLedger } from "../../../api/mod.ts";
import { httpWorld, testChange, testRequest } from "./http_world.ts";
import { openApiJudge } from "./openapi_judge.ts";

const assets = {
  read(path: string) {
    if (path.includes("absent")) return Promise.resolve(null);
    const extension = /\.([a-z]+)$/.exec(path)?.[1] ?? "";
    const contentType =
      { js: "text/javascript; charset=utf-8", html: "text/html; charset=utf-8" }[extension] ??
        "application/json";
    return Promise.resolve({ body: new Uint8Array([123, 125]), contentType, etag: '"tag"' });
  },
};
const noAssets = { read: () => Promise.resolve(null) };
const brokenAssets = { read: () => Promise.reject(new Error("broken")) };
const scope = { bundles: bundleFiles, demo: true };
const document = openApiDocument(scope);
const { v1 } = memoryLedger();

const broken = () => Promise.reject(new Error("broken"));
const brokenLedger: Partial<Ledger> = {
  exchange: broken,
  status: broken,
  history: broken,
  conflicts: broken,
  erase: broken,
  v1: { pull: broken, push: broken, status: broken },
  migrate: broken,
  ensureMigrated: () => Promise.resolve({ ok: true }),
  flags: { decide: broken, read: broken, change: broken, audit: broken },
  // deno-lint-ignore require-yield
  export: async function* () {
    await broken();
  },
};

Deno.test("the document is valid OpenAPI 3.1", async () => {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(document)));
  assertEquals(result.errors, undefined);
  assertEquals(result.valid, true);
});

Deno.test("the document is public, for pages of any origin, and is the one that is tested here", async () => {
  const { app } = httpWorld({ assets, demo: true });
  const answer = await app.request("/openapi.json");
  assertEquals(answer.headers.get("Access-Control-Allow-Origin"), "*");
  assertEquals(await answer.json(), JSON.parse(JSON.stringify(document)));
});

for (const [name, options] of [["everything", { assets, demo: true }], ["the API alone", {}]] as const) {
  Deno.test(`every route is in the document, and the document has no other: ${name}`, async () => {
    const { app } = httpWorld(options);
    const routes = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) =>
      `${method.toLowerCase()} ${path.replace("*", "{file}")}`
    );
    const { paths } = await (await app.request("/openapi.json")).json();
    const operations = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`)
    );
    assertEquals(operations.sort(), routes.sort());
  });
}

interface Call {
  method: string;
  /** As in the document. */
  path: string;
  /** What is asked for, when it is not the path itself. */
  url?: string;
  headers?: Record<string, string>;
  body?: BodyInit;
}

/** What a valid call of every operation looks like. */
const calls: Call[] = Object.entries(document.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => ({
    method,
    path,
    url: path.replace("{file}", "x.js"),
    ...(path === "/api/sync/v2" ? { body: JSON.stringify(testRequest()) } : {}),
    ...(path === v1Paths.push ? { body: '{"changes":{"entries":[{"id":"e"}],"goals":[{}]}}' } : {}),
    ...(path === v1Paths.batch ? { body: '{"entities":[{"id":"e","type":"goal","data":{}},7]}' } : {}),
    ...(method === "put" ? { body: '{"paused":false}' } : {}),
    ...(path === "/demo/token" ? { body: '{"user":"ada"}' } : {}),
  }))
);
const apiCalls = calls.filter(({ path }) => path.startsWith("/api/"));
const v1Calls = calls.filter(({ path }) => isV1Path(path));
const bodyCalls = calls.filter(({ body }) => body !== undefined);

Deno.test("every documented answer of every operation is given, and is as documented", async () => {
  const judge = openApiJudge(document);

  async function run(
    world: ReturnType<typeof httpWorld>,
    wanted: number,
    list: readonly Call[],
    bearer?: Record<string, string>,
  ): Promise<void> {
    const authorization = bearer ?? await world.authorized({ scope: "sync:admin" });
    for (const { method, path, url = path, headers = {}, body } of list) {
      const response = await world.app.request(url, {
        method: method.toUpperCase(),
        headers: {
          ...authorization,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body }),
      });
      const text = await response.text();
      const what = `${method} ${url} → ${response.status} ${text.slice(0, 300)}`;
      assertEquals(response.status, wanted, what);
      assertEquals(
        judge.judge(method, path, { status: response.status, headers: response.headers, body: text }),
        null,
        what,
      );
    }
  }
  const world = (options: Parameters<typeof httpWorld>[0] = {}) =>
    httpWorld({ assets, demo: true, ...options });
  const bodies = (body: BodyInit, headers = {}) => bodyCalls.map((call) => ({ ...call, body, headers }));

  // What is right, with something of everything in it: all conflict reasons, rejections, deletions.
  const full = world();
  await fillWithEverything(full.sync);
  await run(full, 200, calls.filter(({ method }) => method !== "delete"));
  await run(full, 204, calls.filter(({ method }) => method === "delete"));
  const files = calls.filter(({ path }) => document.paths[path]?.["get"]?.responses[304] !== undefined);
  await run(full, 304, files.map((call) => ({ ...call, headers: { "If-None-Match": '"tag"' } })));

  // What a request did wrong.
  await run(world(), 400, bodies("{"));
  await run(world(), 400, bodies(new Uint8Array([0x22, 0xff, 0x22])));
  await run(world(), 400, bodies("7"));
  await run(
    world(),
    400,
    ["/api/sync/v2/history", "/api/sync/v2/conflicts", "/api/admin/flags/audit"].map((path) => ({
      method: "get",
      path,
      url: `${path}?limit=0`,
    })),
  );
  const isLarge = ({ path }: Call) => isV1Path(path);
  await run(world(), 413, bodies(" ".repeat(1024 * 1024 + 1)).filter((call) => !isLarge(call)));
  await run(world(), 413, bodies(" ".repeat(8 * 1024 * 1024 + 1)).filter(isLarge));
  await run(
    world({
      ledger: { v1: { ...v1, pull: () => Promise.resolve({ ok: false, code: "too_large", bytesMax: 1 }) } },
    }),
    413,
    v1Calls.filter(({ path }) => path === v1Paths.pull),
  );
  await run(world(), 400, v1Calls.map((call) => ({ ...call, headers: { "X-Device-ID": "d".repeat(129) } })));
  const keyed = world();
  const withKey = v1Calls.filter(({ body }) => body !== undefined)
    .map((call) => ({ ...call, headers: { "X-Idempotency-Key": "k" } }));
  await run(keyed, 200, withKey.slice(0, 1));
  await run(keyed, 200, withKey.slice(0, 1));
  await run(keyed, 409, withKey.slice(1));
  await run(keyed, 409, withKey.slice(0, 1).map((call) => ({ ...call, body: '{"changes":{}}' })));
  const other = world();
  await run(other, 200, withKey.slice(1));
  await run(other, 409, withKey.slice(0, 1));
  await run(other, 409, withKey.slice(1).map((call) => ({ ...call, body: '{"entities":[]}' })));
  await run(world(), 415, bodies("{}", { "Content-Encoding": "br" }));
  await run(world(), 415, bodies("{}", { "Content-Type": "text/plain" }));
  await run(world(), 401, apiCalls, {});
  const late = world();
  await run(late, 401, apiCalls, { Authorization: `Bearer ${await late.token({ exp: 1, iat: 0 })}` });
  await run(world({ assets: noAssets }), 404, files);
  await run(world(), 404, apiCalls.map((call) => ({ ...call, url: `${call.path}/absent` })));
  await run(world(), 405, calls.map((call) => ({ ...call, method: "patch" })));
  const admin = apiCalls.filter(({ path }) => path.startsWith("/api/admin/"));
  const user = world();
  await run(user, 403, admin, await user.authorized());
  const unmatched = { "If-Match": '"of another time"' };
  await run(
    world(),
    412,
    admin.filter(({ method }) => method === "put").map((call) => ({ ...call, headers: unmatched })),
  );

  // What is not a request's fault.
  for (const limit of ["rateLimitPerMinute", "rateLimitPerAddressPerMinute"] satisfies (keyof AppConfig)[]) {
    const limited = calls.filter(({ path }) =>
      limit === "rateLimitPerMinute" ? path.startsWith("/api/") : !/^.(health|ready)z$/.test(path)
    );
    const spent = world({ config: { [limit]: 1 } });
    await run(spent, 200, [{ method: "get", path: "/api/sync/v2/status" }]);
    await run(spent, 429, limited);
  }
  await run(world({ ledger: brokenLedger }), 500, apiCalls);
  await run(world({ assets: brokenAssets }), 500, files);
  await run(
    world({ demo: false, demoTokens: { issue: broken } }),
    500,
    calls.filter(({ path }) => path === "/demo/token"),
  );
  await run(
    world({ authenticator: { authenticate: () => Promise.resolve({ ok: false, code: "unavailable" }) } }),
    503,
    apiCalls,
  );
  await run(world({ ledger: { ready: broken } }), 503, calls.filter(({ path }) => path === "/readyz"));
  await run(
    world({ config: { syncV2Paused: true } }),
    503,
    calls.filter(({ path }) => ["/api/sync/v2", "/api/sync/v2/migrate"].includes(path)),
  );
  const busy = () => Promise.resolve({ ok: false, code: "busy", retryAfterMs: 1 } as const);
  const writes = ["/api/sync/v2", "/api/sync/v2/data", "/api/sync/v2/migrate"];
  await run(
    world({ ledger: { exchange: busy, erase: busy, migrate: busy } }),
    503,
    calls.filter(({ path }) => writes.includes(path)),
  );
  await run(
    world({ ledger: { v1: { pull: busy, push: busy, status: broken }, ensureMigrated: busy } }),
    503,
    v1Calls,
  );

  const cut = () => new ReadableStream({ pull: (controller) => controller.error(new Error("cut")) });
  for (const call of bodyCalls) await run(world(), 503, [{ ...call, body: cut() }]);

  assertEquals(judge.documented.filter((answer) => !judge.seen.has(answer)), []);
});

Deno.test("every field of the exchange is described, and nothing that is no field", () => {
  for (const [name, descriptions] of Object.entries(fieldDescriptions)) {
    const schema = document.components.schemas[name] as {
      properties?: Record<string, { description?: string }>;
      oneOf?: { properties: Record<string, { description?: string }> }[];
    };
    const parts = schema.oneOf ?? [{ properties: schema.properties ?? {} }];
    const fields = new Map(parts.flatMap(({ properties }) => Object.entries(properties)));
    assertEquals([...fields.keys()].sort(), Object.keys(descriptions).sort(), name);
    for (const { properties } of parts) {
      for (const [field, { description }] of Object.entries(properties)) {
        assertEquals(description, descriptions[field], `${name}.${field}`);
      }
    }
  }
});

Deno.test("the document takes the golden requests and changes, and refuses the envelopes that the server refuses", async () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "doc", ...document });
  const request = ajv.compile({ $ref: "doc#/components/schemas/SyncRequest" });
  const change = ajv.compile({ $ref: "doc#/components/schemas/ChangeRecord" });
  const answer = ajv.compile({ $ref: "doc#/components/schemas/SyncResponse" });
  for (const golden of await loadFixture<AcceptedRequest[]>("requests_accepted")) {
    // What is wrong with an element is its own verdict; the document describes the right ones.
    const changes = (golden.request.changes as unknown[]).filter((element) => change(element));
    assert(request({ ...golden.request, changes }), `${golden.name}: ${JSON.stringify(request.errors)}`);
  }
  for (const golden of await loadFixture<RefusedRequest[]>("requests_refused")) {
    assertEquals(request(golden.request), false, golden.name);
  }
  for (const golden of await loadFixture<AcceptedChange[]>("changes_accepted")) {
    assert(change(golden.change), `${golden.name}: ${JSON.stringify(change.errors)}`);
  }
  for (const golden of await loadFixture<AcceptedAnswer[]>("answers_accepted")) {
    assert(answer(golden.answer), `${golden.name}: ${JSON.stringify(answer.errors)}`);
  }
});

/** Every verdict, every rejection code that a request can cause, every conflict reason. */
async function fillWithEverything(sync: ReturnType<typeof httpWorld>["sync"]): Promise<void> {
  const [goal, gone, other] = [testChange(), testChange(), testChange()];
  const edit = (of: Record<string, unknown>, over: Record<string, unknown>) => ({
    ...of,
    changeId: crypto.randomUUID(),
    type: "UPDATED",
    baseVersion: 0,
    ...over,
  });
  const push = async (changes: unknown[]) => {
    const answer = await sync(testRequest({ changes, deviceId: crypto.randomUUID() }));
    assertEquals(answer.status, 200);
    return await answer.json();
  };
  await push([goal, gone, other, edit(gone, { type: "DELETED" })]);
  const { results, conflicts } = await push([
    edit(goal, { data: { tempo: 1 } }),
    edit(goal, { data: { title: "Mine" } }),
    edit(gone, { data: { title: "Late" } }),
    edit(other, { type: "CREATED", data: { title: "Mine", more: null } }),
    edit(other, { type: "DELETED" }),
    edit(goal, { entityId: "unknown" }),
    edit(goal, { data: undefined, unset: ["tempo"] }),
    7,
    testChange(),
    goal,
    { ...goal, data: { title: "Reused" } },
  ]);
  const statuses = new Set(results.map(({ status }: { status: string }) => status));
  assertEquals(statuses, new Set(["rejected", "merged", "conflict", "applied", "duplicate"]));
  const reasons = new Set(conflicts.map(({ reason }: { reason: string }) => reason));
  assert(reasons.size >= 3, [...reasons].join());
}
