import { assert, assertEquals } from "@std/assert";
import { fileAssets } from "../../../api/adapters/file_assets.ts";
import { httpWorld, problemOf } from "./http_world.ts";

const script = `export const answer = 42;\n`.repeat(100);

/** A folder as the client's build leaves it, with things beside it that must not be served. */
async function withDist(test: (dist: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/secret.js`, "SECRET");
    const dist = `${folder}/dist`;
    for (const sub of ["demo", "assets"]) await Deno.mkdir(`${dist}/${sub}`, { recursive: true });
    await Deno.writeTextFile(`${dist}/sync-status.js`, script);
    await Deno.writeTextFile(`${dist}/sync-status.js.map`, "{}");
    await Deno.writeTextFile(`${dist}/assets/panel-1a2b.js`, script);
    await Deno.writeTextFile(`${dist}/demo/index.html`, "<!doctype html>");
    await Deno.writeTextFile(`${dist}/demo/demo.css`, "body{}");
    await Deno.writeTextFile(`${dist}/demo/.hidden.js`, "SECRET");
    await Deno.writeTextFile(`${dist}/demo/notes.txt`, "SECRET");
    await Deno.symlink(`${folder}/secret.js`, `${dist}/demo/link.js`);
    await test(dist);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a bundle is for every origin, revalidated by its ETag", async () => {
  await withDist(async (dist) => {
    const { app } = httpWorld({ assets: fileAssets(dist) });
    const first = await app.request("/sync-status.js", { headers: { Origin: "https://any.example" } });
    assertEquals(await first.text(), script);
    const { headers } = first;
    assertEquals(headers.get("Content-Type"), "text/javascript; charset=utf-8");
    assertEquals(headers.get("Access-Control-Allow-Origin"), "*");
    assertEquals(headers.get("Cache-Control"), "no-cache");
    const etag = headers.get("ETag") ?? "";
    assert(/^"[0-9a-f]{24}"$/.test(etag), etag);
    for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = await app.request("/sync-status.js", { headers: { "If-None-Match": tag } });
      assertEquals([again.status, await again.text(), again.headers.get("ETag")], [304, "", etag], tag);
      assertEquals(again.headers.get("Access-Control-Allow-Origin"), "*");
    }
    const other = await app.request("/sync-status.js", { headers: { "If-None-Match": '"x"' } });
    assertEquals(other.status, 200);
    await other.body?.cancel();

    await Deno.writeTextFile(`${dist}/sync-status.js`, "changed");
    const changed = await app.request("/sync-status.js", { headers: { "If-None-Match": etag } });
    assertEquals([changed.status, await changed.text()], [200, "changed"]);
  });
});

Deno.test("a compressed bundle has a weak ETag that still revalidates", async () => {
  await withDist(async (dist) => {
    const { app } = httpWorld({ assets: fileAssets(dist) });
    const packed = await app.request("/sync-status.js", { headers: { "Accept-Encoding": "gzip" } });
    const etag = packed.headers.get("ETag") ?? "";
    assertEquals([packed.headers.get("Content-Encoding"), etag.slice(0, 3)], ["gzip", 'W/"']);
    assert(packed.headers.get("Vary")?.includes("Accept-Encoding"));
    assertEquals(
      await new Response(packed.body?.pipeThrough(new DecompressionStream("gzip"))).text(),
      script,
    );
    const again = await app.request("/sync-status.js", {
      headers: { "Accept-Encoding": "gzip", "If-None-Match": etag },
    });
    assertEquals([again.status, again.headers.get("Vary")], [304, "Accept-Encoding"]);
  });
});

Deno.test("a hashed chunk never changes", async () => {
  await withDist(async (dist) => {
    const { app } = httpWorld({ assets: fileAssets(dist) });
    const response = await app.request("/assets/panel-1a2b.js");
    assertEquals(response.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
    assertEquals(response.headers.get("Access-Control-Allow-Origin"), "*");
    assertEquals(await response.text(), script);
  });
});

Deno.test("what is not built is 404", async () => {
  await withDist(async (dist) => {
    const { app } = httpWorld({ assets: fileAssets(dist), demo: true });
    for (
      const path of ["/sync-engine.js", "/sync-worker.js", "/assets/nope.js", "/gallery", "/demo/nope.css"]
    ) {
      assertEquals(await problemOf(await app.request(path)), [404, "not_found"], path);
    }
    const nowhere = httpWorld({ assets: fileAssets(`${dist}/nowhere`) }).app;
    assertEquals(await problemOf(await nowhere.request("/sync-status.js")), [404, "not_found"]);
  });
});

Deno.test("demo pages are there in demo mode only, under a strict policy", async () => {
  await withDist(async (dist) => {
    const assets = fileAssets(dist);
    const closed = httpWorld({ assets }).app;
    for (const path of ["/", "/demo/index.html", "/demo/demo.css"]) {
      assertEquals(await problemOf(await closed.request(path)), [404, "not_found"], path);
    }
    const { app } = httpWorld({ assets, demo: true });
    const page = await app.request("/");
    assertEquals([await page.text(), page.headers.get("Content-Type")], [
      "<!doctype html>",
      "text/html; charset=utf-8",
    ]);
    assertEquals(
      page.headers.get("Content-Security-Policy"),
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    assertEquals(page.headers.has("Access-Control-Allow-Origin"), false);
    assertEquals(await (await app.request("/demo/demo.css")).text(), "body{}");
  });
});

Deno.test("no path leads out of the folder, to hidden files or to other types", async () => {
  await withDist(async (dist) => {
    const assets = fileAssets(dist);
    const paths = [
      "../secret.js",
      "demo/../../secret.js",
      "demo/..%2f..%2fsecret.js",
      "/etc/passwd",
      "demo//index.html",
      "demo/./index.html",
      "demo/.hidden.js",
      "demo/notes.txt",
      "demo/link.js",
      "demo\\..\\..\\secret.js",
      "demo/index.html\u0000.js",
      "demo",
      "",
      ".",
      "..",
      `${"a/".repeat(20)}x.js`,
    ];
    for (const path of paths) assertEquals(await assets.read(path), null, JSON.stringify(path));
    assert(await assets.read("demo/index.html") !== null);
  });
});

Deno.test("demo sign-in gives a token that works for an hour, under that name", async () => {
  const { app, clock } = httpWorld({ demo: true });
  const signIn = (body: unknown) =>
    app.request("/demo/token", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const response = await signIn({ user: "clara-2" });
  assertEquals(response.headers.get("Cache-Control"), "no-store");
  const { token, expiresAt } = await response.json();
  assertEquals(Date.parse(expiresAt) - clock.nowMs(), 3_600_000);
  assertEquals(JSON.parse(atob(token.split(".")[1])).sub, "clara-2");
  const status = async () => {
    const answer = await app.request("/api/sync/v2/status", {
      headers: { Authorization: `Bearer ${token}` },
    });
    await answer.body?.cancel();
    return answer.status;
  };
  assertEquals(await status(), 200);
  clock.advance(3_600_000 + 60_000);
  assertEquals(await status(), 401);

  for (
    const user of ["", "Clara", "clara ", "a/b", "-a", "x".repeat(33), "clàra", "a\n", 7, null, undefined, [
      "a",
    ]]
  ) {
    const refused = await signIn({ user });
    assertEquals(await problemOf(refused), [400, "invalid_request"], JSON.stringify(user));
  }
  assertEquals(await problemOf(await signIn(["clara"])), [400, "invalid_request"]);
  const form = await app.request("/demo/token", { method: "POST", body: "user=clara" });
  assertEquals(await problemOf(form), [415, "unsupported_media_type"]);
  const got = await app.request("/demo/token");
  assertEquals([got.headers.get("Allow"), await problemOf(got)], ["POST", [405, "method_not_allowed"]]);
});

Deno.test("without demo mode nobody gets a token", async () => {
  const { app } = httpWorld();
  const response = await app.request("/demo/token", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"user":"clara"}',
  });
  assertEquals(await problemOf(response), [404, "not_found"]);
});
