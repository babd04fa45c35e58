/**
 * Finds WebKitGTK with what drives it, and installs Debian's if it is missing and that is possible. Without it
 * it says exactly what to run: a test that wants WebKit fails then, it is never skipped.
 */
import { installCommand, installDebianPackages } from "../../../scripts/install_debian_packages.ts";

/** What a WebKit test starts. */
export interface WebKitPrograms {
  /** Speaks WebDriver. */
  driver: string;
  /** The browser. */
  browser: string;
  /** A display, where there is none. */
  display: string;
}

const packages = ["webkit2gtk-driver", "xvfb"];
/** The triplets of Debian's library folders. */
const triplets: Record<string, string> = { x86_64: "x86_64-linux-gnu", aarch64: "aarch64-linux-gnu" };
const places: Record<keyof WebKitPrograms, readonly string[]> = {
  driver: ["/usr/bin/WebKitWebDriver"],
  browser: ["4.1", "6.0", "4.0"].flatMap((version) => {
    const name = version === "6.0" ? "webkitgtk-6.0" : `webkit2gtk-${version}`;
    return [`/usr/lib/${triplets[Deno.build.arch]}/${name}/MiniBrowser`];
  }),
  display: ["/usr/bin/Xvfb"],
};

/** The programs of WebKitGTK, installed now if need be. */
export async function ensureWebKit(): Promise<WebKitPrograms> {
  const found = await findWebKit();
  if (found !== null) return found;
  const installed = await installDebianPackages(packages) ? await findWebKit() : null;
  if (installed !== null) return installed;
  throw new Error(
    "The WebKit tests need WebKitGTK, its driver and a display; not all were found and none could be " +
      `installed. On Debian or Ubuntu run \`${installCommand(packages)}\` and try again; elsewhere ` +
      "SKIP_BROWSER=1 leaves out all browser tests and says so.",
  );
}

async function findWebKit(): Promise<WebKitPrograms | null> {
  const [driver, browser, display] = await Promise.all(
    [places.driver, places.browser, places.display].map(firstFile),
  );
  return driver && browser && display ? { driver, browser, display } : null;
}

async function firstFile(paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return null;
}
