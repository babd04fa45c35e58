/**
 * Which tests run together. Each run is a `deno test` process of its own, so that DOM globals never reach a
 * server test and no test has more permissions than its kind needs. A test file that belongs to no run is an
 * error: it would look like a test and never be executed.
 */

/** One `deno test` process. */
export interface TestRun {
  name: string;
  /** What it holds, for `--help`. */
  about: string;
  /** Folders under `tests/`, searched for `*_test.ts`. */
  folders: readonly string[];
  /** Arguments of `deno test`: permissions and preloads. */
  args: readonly string[];
  /** Whether it needs `dist/` and a browser. */
  browser?: true;
}

/** Deno KV's file and temporary folders; servers of tests listen on the loopback only. */
const serverPermissions = ["--allow-env", "--allow-read", "--allow-write", "--allow-net=127.0.0.1,localhost"];

/** Every run, cheapest first. */
export const testRuns: readonly TestRun[] = [
  { name: "shared", about: "the wire protocol", folders: ["shared"], args: ["--allow-read=tests/fixtures"] },
  {
    name: "server",
    about: "server units, and one contract suite on every adapter of a port",
    folders: ["api", "contract"],
    args: serverPermissions,
  },
  {
    name: "client",
    about: "client engine and widget, with a DOM",
    folders: ["client"],
    args: ["--allow-env", "--allow-read", "--preload=tests/dom.ts", "--conditions=browser"],
  },
  {
    name: "scripts",
    about: "build, budget and test scripts",
    folders: ["scripts"],
    args: ["-A"],
  },
  {
    name: "simulation",
    about: "whole worlds of clients, server and faults in virtual time",
    folders: ["simulation"],
    args: ["--allow-read", "--allow-env", "--allow-run=git"],
  },
  {
    name: "integration",
    about: "real clients, real tokens, real server processes",
    folders: ["integration"],
    args: ["-A"],
  },
  {
    name: "torture",
    about: "clients on a bad network, a server that is killed and restored",
    folders: ["torture"],
    args: ["-A"],
  },
  {
    name: "browser",
    about: "real Chromium, Firefox and WebKitGTK, with their own IndexedDB",
    folders: ["browser"],
    args: ["-A"],
    browser: true,
  },
];

/** The run that `path` (relative to the repository, a file or a folder under `tests/`) belongs to. */
export function runOfPath(path: string): TestRun | undefined {
  return testRuns.find((run) =>
    run.folders.some((folder) => path === `tests/${folder}` || path.startsWith(`tests/${folder}/`))
  );
}

/** All `*_test.ts` files of ours below `folder`, sorted, as paths that begin with `folder`. */
export async function findTestFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    // Sites under `tests/browser/frameworks/` have packages of their own.
    if (entry.name === "node_modules") continue;
    if (entry.isDirectory) found.push(...await findTestFiles(path));
    else if (entry.name.endsWith("_test.ts")) found.push(path);
  }
  return found.sort();
}
