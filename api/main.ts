/**
 * Runs one server: settings from the environment, a port, and a clean end. SIGINT and SIGTERM stop taking
 * connections, let what is in flight finish, close the store and exit with 0.
 */
import { configFromProcess } from "./config_from_process.ts";
import { KvOpenError } from "./adapters/open_kv.ts";
import { createDrain } from "./drain.ts";
import { scheduleMaintenance } from "./schedule_maintenance.ts";
import { openServer, type Server } from "./server.ts";

/** Deno Deploy kills five seconds after its signal; a request that takes longer is lost either way. */
const drainMsMax = 4_000;

const config = configFromProcess();
const opening = openServer(config, `${import.meta.dirname}/../dist`);
scheduleMaintenance(opening);
listen(await opening.catch(sayWhyAndExit));

function sayWhyAndExit(error: unknown): never {
  if (!(error instanceof KvOpenError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}

function listen({ fetch, close }: Server): void {
  const drain = createDrain(fetch);
  let http: Deno.HttpServer<Deno.NetAddr>;
  try {
    http = Deno.serve({
      hostname: config.host,
      port: config.port,
      onListen: ({ hostname, port }) => announce(hostname, port),
    }, drain.handle);
  } catch (error) {
    close();
    const isTaken = error instanceof Deno.errors.AddrInUse;
    console.error(
      `Cannot listen on ${config.host}:${config.port}: ` +
        (isTaken
          ? "something else uses that port. Stop it, or choose another port with PORT=8001."
          : `${
            (error as Error).message
          }. HOST must be an address of this machine (127.0.0.1 for itself only, ` +
            "0.0.0.0 for its network), PORT one that this user may open."),
    );
    Deno.exit(1);
  }

  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    console.log("Stopping: finishing what is in flight.");
    const cutOff = setTimeout(() => Deno.exit(0), drainMsMax);
    await drain.drained();
    await http.shutdown();
    clearTimeout(cutOff);
    close();
    Deno.exit(0);
  };
  Deno.addSignalListener("SIGINT", end);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", end);
}

/** The address is on a line of its own, so that programs can read it too. */
function announce(hostname: string, port: number): void {
  const host = hostname === "0.0.0.0" || hostname === "::" ? "localhost" : hostname;
  const address = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const { kv } = config;
  const place = kv.kind === "file" ? kv.path : kv.kind === "memory" ? "memory (gone at the end)" : kv.kind;
  console.log(`Listening on ${address}`);
  console.log(`Data: ${place}`);
  if (!config.demo) return;
  console.log(
    "DEMO MODE: anybody who reaches this address can sign in as anybody" +
      (config.tokenKeys.kind === "secret" ? ", WITH YOUR JWT_SECRET" : "") +
      ". Not for real data. Set JWT_SECRET or JWT_JWKS_URL" +
      (config.tokenKeys.kind === "secret" ? " and leave DEMO out" : "") + " to end it.",
  );
}
