/**
 * Finds a Firefox that tests can drive, and installs Debian's ESR if there is none and that is possible. Without
 * one it says exactly what to run.
 */
const paths: readonly string[] = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
];

/** The path of Firefox: `FIREFOX_PATH`, a system one, or one that is installed now. */
export async function ensureFirefox(): Promise<string> {
  const found = await findFirefox();
  if (found !== null) return found;
  if (Deno.build.os === "linux" && Deno.uid() === 0) {
    await run("apt-get", "update");
    await run("apt-get", "install", "-y", "--no-install-recommends", "firefox-esr");
    const installed = await findFirefox();
    if (installed !== null) return installed;
  }
  throw new Error(
    "The Firefox tests need Firefox; none was found and none could be installed. Run " +
      "`sudo apt-get install -y firefox-esr`, or set FIREFOX_PATH, and try again.",
  );
}

async function findFirefox(): Promise<string | null> {
  for (const path of [Deno.env.get("FIREFOX_PATH"), ...paths]) {
    if (path && await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return null;
}

async function run(program: string, ...args: string[]): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await new Deno.Command(program, { args, env, stdout: "inherit", stderr: "inherit" }).output();
}
