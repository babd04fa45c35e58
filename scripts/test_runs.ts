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
  /** Folders under `tests/`, searched for what Deno takes for a test. */
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

/** Names that `deno test` takes for tests by itself, whatever the folder: `a_test.ts`, `a.test.js`, `test.mts`. */
const testName = /^(?:test|.*[_.]test)\.[cm]?[jt]sx?$/;
/** In such a folder every script is one. */
const testFolder = "__tests__";
const scriptName = /\.[cm]?[jt]sx?$/;
/** What packages and Git bring along, in any folder. */
const foreignFolders: readonly string[] = ["node_modules", ".git"];
/** What is made here and not kept, in the root: `.gitignore` has them too. */
const madeFolders: readonly string[] = ["dist", "data", "coverage", "screenshots"];

/**
 * All test files of ours in the repository at `root`, sorted, as paths in it. Every folder is looked at, not those
 * of the runs alone: only so is a test that no run would execute found out.
 */
export async function findTestFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  const walk = async (folder: string, inTestFolder: boolean): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
      if (!isDirectory) {
        if (testName.test(name) || inTestFolder && scriptName.test(name)) found.push(folder + name);
      } else if (!foreignFolders.includes(name) && !(folder === "" && madeFolders.includes(name))) {
        await walk(`${folder}${name}/`, inTestFolder || name === testFolder);
      }
    }
  };
  await walk("", false);
  return found.sort();
}
