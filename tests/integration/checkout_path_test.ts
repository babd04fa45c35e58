import { assertEquals, assertMatch } from "@std/assert";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { listFiles } from "../../scripts/source_hash.ts";
import { startServerChild } from "./server_child.ts";

const parts = ["api", "client", "shared", "scripts", "deno.json", "deno.lock"];

/** A copy of this checkout in a folder called `name`. */
async function withCheckout(name: string, test: (root: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const root = `${folder}/${name}`;
  try {
    const files = await Promise.all(parts.map((part) => listFiles(`${repositoryRoot()}/${part}`)));
    for (const file of files.flat()) {
      const copy = root + file.slice(repositoryRoot().length);
      await Deno.mkdir(copy.slice(0, copy.lastIndexOf("/")), { recursive: true });
      await Deno.copyFile(file, copy);
    }
    await Deno.symlink(`${repositoryRoot()}/node_modules`, `${root}/node_modules`);
    await test(root);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function textAt(address: URL, path: string): Promise<string> {
  const answer = await fetch(new URL(path, address));
  const text = await answer.text();
  assertEquals(answer.status, 200, `${path}: ${text}`);
  return text;
}

Deno.test("a checkout whose path means something in a URL or a list is built and served like any other", () =>
  withCheckout("ü, 100% #1 a", async (root) => {
    const settings = { PORT: "0", KV_PATH: ":memory:" };
    const started = startServerChild(settings, ["run", "-A", "scripts/start.ts"], root);
    const address = await started.address();
    assertMatch(await textAt(address, "/"), /<!doctype html>/i);
    const bundle = await textAt(address, "/sync-status.js");
    await textAt(address, `/${/assets\/sync-panel-\w+\.js/.exec(bundle)?.[0]}`);
    started.kill("SIGTERM");
    assertEquals((await started.ended).code, 0);

    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const served = startServerChild(
      { KV_PATH: ":memory:" },
      ["serve", "-A", "--host", "127.0.0.1", "--port", String(port), "api/serve.ts"],
      root,
    );
    await served.printed(String(port));
    assertEquals(await textAt(new URL(`http://127.0.0.1:${port}`), "/sync-status.js"), bundle);
    served.kill("SIGKILL");
    await served.ended;
  }));
