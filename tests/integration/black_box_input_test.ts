/** The black box, one: bodies and what is in them. */
import { assert, assertEquals } from "@std/assert";
import { testChange, testRequest } from "../api/http/http_world.ts";
import { blackBoxSuite, edit, problem, verdictText } from "./black_box_suite.ts";
import { isWholeAnswer, rawConnect, statusOf } from "./raw_http.ts";

const { blackBox, headOf, push, server } = blackBoxSuite();
const bytes = (text: string) => new TextEncoder().encode(text);
const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;
/** A push of one change whose `data` is given as text. */
const bodyWithData = (data: string) =>
  JSON.stringify(testRequest({ changes: [testChange({ data: "DATA" })] })).replace('"DATA"', () => data);

blackBox("malformed JSON is 400", async (user) => {
  for (const body of ["{", "[1,]", "{'a':1}", "NaN", '{"a":1}{}', "\ufeff{}"]) {
    assertEquals(problem(await server().sync(user, body)), [400, "malformed_json"], body);
  }
});

blackBox("an empty body is 400, with and without a length", async (user) => {
  assertEquals(problem(await server().sync(user, "")), [400, "malformed_json"]);
  const text = await server().raw(user, ["POST /api/sync/v2 HTTP/1.1", "Content-Type: application/json"]);
  assertEquals([statusOf(text), text.includes('"malformed_json"')], [400, true], text);
});

blackBox("invalid UTF-8 is 400, never a replacement character", async (user) => {
  const body = bytes(JSON.stringify(testRequest({ changes: [testChange({ entityId: "a?b" })] })));
  body[body.indexOf(63)] = 0xff;
  assertEquals(problem(await server().sync(user, body)), [400, "invalid_utf8"]);
  assertEquals(await headOf(user), 0);
});

blackBox("a wrong content type is 415, and so is none", async (user) => {
  for (
    const type of ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16"]
  ) {
    assertEquals(problem(await server().sync(user, "{}", { "Content-Type": type })), [
      415,
      "unsupported_media_type",
    ]);
  }
  const text = await server().raw(user, ["POST /api/sync/v2 HTTP/1.1", "Content-Length: 2"], "{}");
  assertEquals(statusOf(text), 415, text);
});

blackBox("a content encoding other than gzip is 415", async (user) => {
  assertEquals(problem(await server().sync(user, "{}", { "Content-Encoding": "br" })), [
    415,
    "unsupported_media_type",
  ]);
});

blackBox("1 MiB is taken, a byte more is 413 with both bounds", async (user) => {
  const start = '{"lastKnownServerVersion":0,"changes":[],"padding":"';
  const padded = (length: number) => `${start}${"x".repeat(length - start.length - 2)}"}`;
  assertEquals((await server().sync(user, padded(1024 * 1024))).status, 200);
  const refused = await server().sync(user, padded(1024 * 1024 + 1));
  assertEquals(problem(refused), [413, "request_too_large"]);
  assertEquals([refused.body.maxBytes, refused.body.maxChanges], [1024 * 1024, 500]);
});

blackBox("over 1 MiB in chunks is 413, and the server stops reading", async (user) => {
  const connection = await rawConnect(server().origin);
  try {
    const head = [
      "POST /api/sync/v2 HTTP/1.1",
      "Host: test",
      `Authorization: Bearer ${await server().token(user)}`,
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
      // A turn of the event loop, or the answer lies in the socket while we go on writing.
      await new Promise((resolve) => setTimeout(resolve, 0));
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
  assertEquals(problem(await server().sync(user, body, { "Content-Encoding": "gzip" })), [
    413,
    "request_too_large",
  ]);
});

blackBox("501 changes are 413 and nothing is applied; 500 are taken", async (user) => {
  const changes = Array.from({ length: 501 }, () => testChange());
  assertEquals(problem(await server().sync(user, testRequest({ changes }))), [413, "request_too_large"]);
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
    const { status, body } = await server().sync(user, bodyWithData(nested(levels)));
    assertEquals([status, verdictText(body.results[0])], [200, verdict], `${levels} levels`);
  }
});

blackBox("5,000 levels are a verdict, and so are 100,000; never 500", async (user) => {
  for (const levels of [1_464, 3_808, 5_000, 100_000]) {
    const { status, body } = await server().sync(user, bodyWithData(nested(levels)));
    assertEquals([status, verdictText(body.results[0])], [200, "rejected:too_deep"], `${levels} levels`);
  }
  assertEquals(problem(await server().sync(user, "[".repeat(100_000))), [400, "malformed_json"]);
});

blackBox("1e400 and integers past 2^53 are number_out_of_range", async (user) => {
  for (const number of ["1e400", "-1e400", "9007199254740992", "-9007199254740993", "1e300"]) {
    const { body } = await server().sync(user, bodyWithData(`{"n":[${number}]}`));
    assertEquals(verdictText(body.results[0]), "rejected:number_out_of_range", number);
  }
  const { body } = await server().sync(user, bodyWithData('{"n":[9007199254740991,1.5,-0,5e-324]}'));
  assertEquals(verdictText(body.results[0]), "applied");
});

blackBox("a lone surrogate, a NUL and 129 characters are invalid_id", async (user) => {
  const push = async (entityId: string) => {
    const text = JSON.stringify(testRequest({ changes: [testChange({ entityId: "ID" })] }));
    const { body } = await server().sync(user, text.replace('"ID"', () => entityId));
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
    const { body } = await server().sync(user, bodyWithData(data));
    assertEquals(verdictText(body.results[0]), "rejected:forbidden_key", data);
  }
  const unset = edit(testChange(), { data: undefined, unset: ["__proto__"] });
  assertEquals(await push(user, [unset]), ["rejected:forbidden_key"]);
  assertEquals(
    (await server().sync(user, '{"__proto__":{"changes":[]},"lastKnownServerVersion":0}')).status,
    400,
  );
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

blackBox("unknown fields of the envelope and of a change are ignored", async (user) => {
  const changes = [testChange({ userId: "eve", version: 99, createdAt: "never", extra: { deep: [1] } })];
  const { status, body } = await server().sync(
    user,
    testRequest({ changes, userId: "eve", future: { a: 1 } }),
  );
  assertEquals([status, body.results[0].status, body.results[0].version], [200, "applied", 1]);
  assertEquals(await headOf("eve"), 0);
});

blackBox("a gzipped push is taken and a big answer comes compressed", async (user) => {
  const text = JSON.stringify(testRequest({ changes: Array.from({ length: 60 }, () => testChange()) }));
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  const body = new Uint8Array(await new Response(stream).arrayBuffer());
  assertEquals((await server().sync(user, body, { "Content-Encoding": "gzip" })).body.results.length, 60);
  const pull = JSON.stringify(testRequest());
  const lines = ["POST /api/sync/v2 HTTP/1.1", "Content-Type: application/json", "Accept-Encoding: gzip"];
  const connection = await rawConnect(server().origin);
  await connection.write(
    [
      ...lines,
      "Host: test",
      "Connection: close",
      `Authorization: Bearer ${await server().token(user)}`,
      `Content-Length: ${pull.length}`,
      "",
      pull,
    ].join("\r\n"),
  );
  const answer = await connection.read();
  connection.close();
  assert(/\r\ncontent-encoding: gzip\r\n/i.test(answer), answer.slice(0, 500));
});
