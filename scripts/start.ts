/**
 * `deno task start`: from a fresh checkout to a running server. Checks the settings first (a typo should not
 * cost a build), builds the client when it is missing or stale, then runs the server with no more permissions
 * than its settings need.
 */
import { permissionFault, permissionFlags } from "../api/permissions.ts";
import { configFromProcess } from "../api/config_from_process.ts";
import { buildClient } from "./build_client.ts";
import { isAlive, npxAbove } from "./npx_above.ts";
import { repositoryRoot } from "./repository_root.ts";

/** How often it is looked whether the npx that started this is still there. */
const npxCheckMs = 1_000;
const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

const config = configFromProcess();
const fault = permissionFault(config);
if (fault !== null) {
  console.error(fault);
  Deno.exit(1);
}
console.log("Getting the sync server ready: checking that the client is built.");
try {
  await buildClient();
} catch (error) {
  console.error(`Cannot build the client: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}

// Relative, as the lists of permissions cannot spell a comma in the path of the checkout.
const server = new Deno.Command(Deno.execPath(), {
  args: ["run", "--no-prompt", ...permissionFlags(config, "dist"), "api/main.ts"],
  cwd: repositoryRoot(),
  stdin: "null",
}).spawn();
for (const signal of signals) Deno.addSignalListener(signal, () => stop(signal));
const npx = npxAbove();
if (npx !== null) {
  const watch = setInterval(() => {
    if (isAlive(npx)) return;
    clearInterval(watch);
    stop("SIGTERM");
  }, npxCheckMs);
  Deno.unrefTimer(watch);
}
Deno.exit((await server.status).code);

function stop(signal: Deno.Signal): void {
  try {
    server.kill(signal);
  } catch {
    // It has ended by itself: a terminal's Ctrl-C reaches both.
  }
}
