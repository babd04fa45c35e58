/** Everything around a body: methods, paths, queries, headers, drawn from a seed. */
import { assert } from "@std/assert";
import { isV1Path } from "../../../api/routes/v1_answer.ts";
import { openApiDocument } from "../../../api/openapi/document.ts";
import { readProblem } from "../../../shared/mod.ts";
import { httpWorld, testChange, testRequest } from "../http/http_world.ts";
import { openApiJudge } from "../http/openapi_judge.ts";
import { type SeededRandom, seededRandom } from "./seeded_random.ts";

const seed = 20_261_122;
const requests = 6_000;
const scope = { bundles: [], demo: false };
const document = openApiDocument(scope);
const judge = openApiJudge(document);
const methods = ["GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"];
const odd = [
  ...[
    "",
    " ",
    "%",
    "%00",
    "%ff",
    "%c0%ae",
    "%2e%2e",
    "..",
    "//",
    "?",
    "#",
    "é",
    "%F0%9F%8E%BB",
    "\\",
    "*",
    "null",
  ],
  ...[
    "0",
    "-1",
    "1e3",
    "1.5",
    "9007199254740992",
    "99999999999999999999",
    "goal",
    "Goal",
    "x".repeat(200),
    "%u0041",
  ],
];
const headerValues: Record<string, readonly string[]> = {
  "Authorization": [
    "",
    "Bearer",
    "Bearer ",
    "bearer x",
    "Basic eDp4",
    "Bearer a b",
    `Bearer ${"x".repeat(9_000)}`,
  ],
  "Accept-Encoding": ["gzip", "*", "gzip;q=0", ";;;", "gzip;q=zero", ",".repeat(500)],
  "Content-Type": ["application/json", "application/json;charset", "text/html", ";", "multipart/form-data"],
  "Content-Encoding": ["gzip", "identity", "GZIP", "x", ""],
  "Content-Length": ["0", "999999999999", "x"],
  "Origin": ["null", "https://a.example", "x", "https://a.example/"],
  "Access-Control-Request-Method": ["POST", "x"],
  "If-None-Match": ["*", '"x"', "W/", ","],
  "X-Forwarded-For": ["x", "1.2.3.4, ::1", ",", ":::::::::"],
  "X-Forwarded-Proto": ["https", "x,,"],
  "X-Request-Id": ["canary"],
  "X-HTTP-Method-Override": ["DELETE"],
  "Range": ["bytes=0-1"],
  "Host": ["evil.example"],
};

function drawPath(random: SeededRandom): string {
  const known = random.pick(Object.keys(document.paths));
  let path = known;
  if (random.chance(0.3)) {
    const at = random.between(0, path.length);
    path = path.slice(0, at) + random.pick(odd) + path.slice(at + random.between(0, 3));
  }
  const pairs = Array.from({ length: random.pick([0, 0, 1, 2, 3]) }, () => {
    const name = random.pick(["before", "limit", "entityType", "entityId", "x", random.pick(odd)]);
    return `${name}=${random.pick(odd)}`;
  });
  return `${path.startsWith("/") ? path : `/${path}`}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}

Deno.test(`no method, path, query or header is a 500 or an undocumented answer (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const world = httpWorld({
    config: { trustProxy: true, rateLimitPerMinute: 1e9, rateLimitPerAddressPerMinute: 1e9 },
  });
  await (await world.sync(testRequest({ changes: [testChange(), testChange()] }))).body?.cancel();
  const authorization = await world.authorized();
  const statuses: Record<string, number> = {};
  for (let i = 0; i < requests; i += 1) {
    const method = random.pick(methods);
    const path = drawPath(random);
    const names = Object.keys(headerValues).filter(() => random.chance(0.08));
    const headers = {
      ...authorization,
      ...Object.fromEntries(names.map((name) => [name, random.pick(headerValues[name]!)])),
    };
    const url = `http://127.0.0.1${path}`;
    const body = method === "POST"
      ? random.pick([null, "{}", '{"lastKnownServerVersion":0,"changes":[]}'])
      : null;
    const answer = await world.app.request(new Request(url, { method, headers, body }));
    const text = await answer.text();
    const what = `request ${i}: ${method} ${path} ${JSON.stringify(headers)} → ${answer.status} ${
      text.slice(0, 300)
    }`;
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    assert([200, 204, 400, 401, 403, 404, 405, 413, 415].includes(answer.status), what);
    if (method === "HEAD") {
      assert(text === "", what);
      continue;
    }
    const isProblem = answer.headers.get("Content-Type") === "application/problem+json";
    const isV1Error = answer.status >= 400 && isV1Path(new URL(url).pathname);
    assert(isProblem === (answer.status >= 400 && !isV1Error), what);
    if (isV1Error) {
      const { success, error, code } = JSON.parse(text);
      assert(success === false && typeof error === "string" && code === answer.status, what);
    }
    if (isProblem) assert(readProblem(JSON.parse(text))?.status === answer.status, what);
    // Compressed answers are whole, but only the others can be read as they are.
    const route = new URL(url).pathname;
    const operation = (document.paths as Record<string, Record<string, unknown>>)[route]
      ?.[method.toLowerCase()];
    if (operation === undefined || answer.headers.has("Content-Encoding") || method === "DELETE") continue;
    const fault = judge.judge(method.toLowerCase(), route, {
      status: answer.status,
      headers: answer.headers,
      body: text,
    });
    assert(fault === null, `${fault}\n${what}`);
  }
  for (const status of [200, 204, 400, 401, 403, 404, 405, 415]) {
    assert((statuses[status] ?? 0) > 0, `no answer ${status} in ${JSON.stringify(statuses)}`);
  }
});
