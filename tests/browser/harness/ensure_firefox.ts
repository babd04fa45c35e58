/**
 * Finds a Firefox that tests can drive, and installs Debian's ESR if there is none and that is possible. Without
 * one it says exactly what to run.
 */
import { installCommand, installDebianPackages } from "../../../scripts/install_debian_packages.ts";

const packages = ["firefox-esr"];
const paths: readonly string[] = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
];

/** The path of Firefox: `FIREFOX_PATH`, a system one, or one that is installed now. */
export async function ensureFirefox(): Promise<string> {
  const found = await findFirefox();
  if (found !== null) return found;
  const installed = await installDebianPackages(packages) ? await findFirefox() : null;
  if (installed !== null) return installed;
  throw new Error(
    "The Firefox tests need Firefox; none was found and none could be installed. Run " +
      `\`${installCommand(packages)}\`, or set FIREFOX_PATH, and try again.`,
  );
}

async function findFirefox(): Promise<string | null> {
  for (const path of [Deno.env.get("FIREFOX_PATH"), ...paths]) {
    if (path && await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return null;
}
