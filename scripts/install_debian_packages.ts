/**
 * Installs Debian packages where that is possible without asking anybody: as root, or in CI by a `sudo` that
 * needs no password. Never on a person's own account.
 */
import { repositoryRoot } from "./repository_root.ts";

/** Several test processes may want to install at the same time; apt waits this long for the other. */
const lockWaitSeconds = 300;

/** The commands that a person would type. */
export function installCommand(packages: readonly string[]): string {
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`;
}

/** Installs the packages; false if this machine, or this user, cannot. */
export async function installDebianPackages(packages: readonly string[]): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const isRoot = Deno.uid() === 0;
  if (!isRoot && !Deno.env.get("CI")) return false;
  console.log(`Installing ${packages.join(" ")}: ${installCommand(packages)}`);
  const options = ["-qq", "-o", "Dpkg::Use-Pty=0", "-o", `DPkg::Lock::Timeout=${lockWaitSeconds}`];
  const apt = [...isRoot ? [] : ["sudo", "-n"], "apt-get", ...options];
  return await succeeds([...apt, "update"]) &&
    await succeeds([...apt, "install", "-y", "--no-install-recommends", ...packages]);
}

/** Runs a command with its output shown; false if it fails or there is no such program. */
export async function succeeds([program = "", ...args]: readonly string[]): Promise<boolean> {
  try {
    const child = new Deno.Command(program, {
      args,
      cwd: repositoryRoot(),
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
    return (await child.status).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
