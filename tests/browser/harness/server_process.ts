/**
 * A real server process for a test: `api/main.ts` on a free loopback port, its database in a folder of its
 * own, demo mode on. It can be killed like by a power cut and started again: same address, same data.
 */
import { repositoryRoot } from "../../../scripts/repository_root.ts";

/** How long a server may take to answer after it was started. */
const startMsMax = 30_000;
const pollMs = 25;

/** A running server. */
export interface ServerProcess {
  /** E.g. `http://127.0.0.1:45123`; the same after a restart. */
  readonly origin: string;
  /** URL of the exchange. */
  readonly endpoint: string;
  /** Everything it has printed, of all its lives. */
  output(): string;
  /** A token for `user` (1 to 32 of a-z, 0-9, _ and -), from demo mode. */
  token(user: string): Promise<string>;
  /** SIGKILL: no handler runs, nothing is flushed. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again after `kill()`. */
  start(): Promise<void>;
  /** SIGTERM, then removes the database. Resolves to the exit code; null if it was not running. */
  stop(): Promise<number | null>;
}

/** Starts a server; `env` adds to its settings. Rejects with its output if it does not come up. */
export async function startServerProcess(env: Record<string, string> = {}): Promise<ServerProcess> {
  const folder = await Deno.makeTempDir({ prefix: "sync_server_" });
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  let printed = "";
  let life: { child: Deno.ChildProcess; printing: Promise<unknown> } | null = null;

  async function collect(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) printed += text;
  }
  async function end(signal: Deno.Signal): Promise<number | null> {
    if (life === null) return null;
    const { child, printing } = life;
    life = null;
    try {
      child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended by itself.
    }
    const { code } = await child.status;
    await printing;
    return code;
  }
  async function start(): Promise<void> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "api/main.ts"],
      cwd: repositoryRoot(),
      env: {
        HOST: "127.0.0.1",
        PORT: String(port),
        KV_PATH: `${folder}/sync.kv`,
        DEMO: "1",
        NO_COLOR: "1",
        ...env,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    life = { child, printing: Promise.all([collect(child.stdout), collect(child.stderr)]) };
    let ended = false;
    child.status.then(() => ended = true);
    for (let waitedMs = 0; waitedMs < startMsMax && !ended; waitedMs += pollMs) {
      if (await answers(`${origin}/readyz`)) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    await end("SIGKILL");
    throw new Error(`The server did not come up on ${origin}. It printed:\n${printed}`);
  }
  const server: ServerProcess = {
    origin,
    endpoint: `${origin}/api/sync/v2`,
    output: () => printed,
    token: (user) => demoToken(origin, user),
    kill: async () => void await end("SIGKILL"),
    start,
    async stop() {
      const code = await end("SIGTERM");
      await Deno.remove(folder, { recursive: true });
      return code;
    },
  };
  try {
    await start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function demoToken(origin: string, user: string): Promise<string> {
  const response = await fetch(`${origin}/demo/token`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`No token for "${user}": ${JSON.stringify(body)}`);
  return body.token;
}

/** A port that nothing listens on now; fixed for a server's lives, since a page's data belongs to its origin. */
function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
