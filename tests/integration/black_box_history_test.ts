/** The black box, three: verdicts, idempotency, conflicts, many at once, pages. */
import { assert, assertEquals } from "@std/assert";
import { testChange, testRequest } from "../api/http/http_world.ts";
import { startBlackBox } from "./black_box_server.ts";
import { blackBoxSuite, edit, problem, verdictText } from "./black_box_suite.ts";
import { rawConnect } from "./raw_http.ts";

const { blackBox, headOf, push, server } = blackBoxSuite();
const bytes = (text: string) => new TextEncoder().encode(text);

blackBox("the same change 50 times in parallel is one row and fifty 200s", async (user) => {
  const goal = testChange();
  await push(user, [goal]);
  // An edit: unlike a CREATED of equal data, only its id can tell that it was here before.
  const body = testRequest({ changes: [edit(goal, { data: { tempo: 80 } })], deviceId: crypto.randomUUID() });
  const answers = await Promise.all(Array.from({ length: 50 }, () => server().sync(user, body)));
  assertEquals(answers.map(({ status }) => status), Array(50).fill(200));
  const verdicts = answers.map((answer) => answer.body.results[0]);
  assertEquals(verdicts.filter(({ status }) => status === "merged").length, 1);
  assertEquals(verdicts.filter(({ status, version }) => status === "duplicate" && version === 2).length, 49);
  assertEquals((await server().ask(user, "GET", "/api/sync/v2/history")).body.changes.length, 2);
});

blackBox("the same id with another body is change_id_reused, the original intact", async (user) => {
  const goal = testChange();
  await push(user, [goal]);
  assertEquals(await push(user, [{ ...goal, data: { title: "Other" } }]), ["rejected:change_id_reused"]);
  const { body } = await server().sync(user, testRequest());
  assertEquals(body.newChanges.map(({ data }: { data: unknown }) => data), [goal.data]);
});

blackBox("the same change twice in one batch is applied and duplicate", async (user) => {
  const goal = testChange();
  const { body } = await server().sync(user, testRequest({ changes: [goal, goal] }));
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
  const { body } = await server().sync(
    stranger,
    testRequest({ changes: [{ ...goal, data: { title: "mine" } }] }),
  );
  assertEquals(body.results[0].status, "applied");
  for (const path of ["status", "history", "conflicts", "export"]) {
    const answer = await server().ask(stranger, "GET", `/api/sync/v2/${path}`);
    assert(!JSON.stringify(answer.body).includes(`secret of ${user}`), path);
  }
  assertEquals((await server().sync(user, testRequest())).body.newChanges[0].data, goal.data);
});

blackBox("50 devices of one user in parallel all finish, or are told to wait; none in part", async (user) => {
  const requests = Array.from(
    { length: 50 },
    () => testRequest({ changes: [testChange(), testChange(), testChange()], deviceId: crypto.randomUUID() }),
  );
  let settled = 0;
  for (const answer of await Promise.all(requests.map((request) => server().sync(user, request)))) {
    if (answer.status === 503) {
      assertEquals([...problem(answer), Number(answer.headers.get("Retry-After")) >= 1], [503, "busy", true]);
      continue;
    }
    const verdicts: string[] = answer.body.results.map(verdictText);
    assert(["applied,applied,applied", "retry,retry,retry"].includes(verdicts.join()), verdicts.join());
    settled += verdicts.filter((verdict) => verdict === "applied").length;
  }
  assert(settled > 0);
  const { changes } = (await server().ask(user, "GET", "/api/sync/v2/history?limit=1000")).body;
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
  const { body } = await server().sync(user, testRequest({ changes: [late] }));
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

blackBox("timestamps of 9999 and 1970 decide nothing", async (user) => {
  const goal = testChange({ timestamp: Date.UTC(9999, 11, 31) });
  await push(user, [goal]);
  const later = edit(goal, { data: { title: "Later" }, timestamp: 0, baseVersion: 1 });
  assertEquals(await push(user, [later], { lastKnownServerVersion: 1 }), ["applied"]);
  const { body } = await server().sync(user, testRequest());
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
    const { status, body } = await server().sync(user, request);
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
  const rest = (await server().sync(user, { ...request, limit: 1_000 })).body;
  for (const { version } of rest.newChanges) seen.add(version);
  assert(written > 0, "nobody wrote meanwhile");
  assertEquals([...seen].sort((a, b) => a - b), Array.from({ length: 2_500 + written }, (_, i) => i + 1));
});

blackBox("cut after the commit and sent again is duplicate with the first version", async (user) => {
  const goal = testChange();
  const body = bytes(JSON.stringify(testRequest({ changes: [goal] })));
  const connection = await rawConnect(server().origin);
  const head = [
    "POST /api/sync/v2 HTTP/1.1",
    "Host: test",
    `Authorization: Bearer ${await server().token(user)}`,
  ];
  await connection.write(
    [...head, "Content-Type: application/json", `Content-Length: ${body.length}`, "", ""].join("\r\n"),
  );
  await connection.write(body);
  // The answer is never read: the client only learns from the log that its change was committed.
  for (let i = 0; i < 400 && await headOf(user) === 0; i += 1) await new Promise((r) => setTimeout(r, 5));
  connection.close();
  assertEquals(await headOf(user), 1);
  const again = (await server().sync(user, testRequest({ changes: [goal] }))).body.results[0];
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
