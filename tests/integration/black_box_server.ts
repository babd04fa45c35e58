/**
 * The server that the black-box suite asks: a real process on a file, with tokens signed here. It outlives the
 * single tests, so its output goes nowhere: a pipe read across tests would look like their leak.
 */
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { signToken, type TestClaims, testSecret } from "../api/http/test_tokens.ts";
import { isWholeAnswer, rawConnect } from "./raw_http.ts";

const startMsMax = 30_000;
const pollMs = 25;

// deno-lint-ignore no-explicit-any -- answers are read as plain JSON
export type Answer = { status: number; headers: Headers; body: any };

/** A running server. */
export interface BlackBox {
  origin: URL;
  pid: number;
  /** A token of `user`, valid for an hour unless `claims` says otherwise. */
  token(user: string, claims?: TestClaims): Promise<string>;
  /** Any request of `user` (null: without a token); the body is read. */
  ask(user: string | null, method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** `POST /api/sync/v2`; what is not text or bytes is sent as JSON. */
  sync(user: string | null, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A request by hand; the answer as it came over the wire. */
  raw(user: string, lines: readonly string[], body?: string | Uint8Array): Promise<string>;
  /** SIGKILL, as in a power cut. */
  kill(): Promise<void>;
  /** The same server again: same address, same file. */
  start(): Promise<void>;
  /** Ends it and removes its file. */
  remove(): Promise<void>;
}

/** What goes with a request. */
export interface AskOptions {
  headers?: Record<string, string>;
  body?: BodyInit;
}

/** Starts a server with `env` on top of its settings. */
export async function startBlackBox(env: Record<string, string> = {}): Promise<BlackBox> {
  const folder = await Deno.makeTempDir({ prefix: "sync_black_box_" });
  const origin = new URL(`http://127.0.0.1:${freePort()}`);
  let child: Deno.ChildProcess | null = null;
  const token = (user: string, claims: TestClaims = {}) => signToken(Date.now(), { sub: user, ...claims });
  const bearer = async (user: string | null): Promise<Record<string, string>> =>
    user === null ? {} : { Authorization: `Bearer ${await token(user)}` };

  async function ask(
    user: string | null,
    method: string,
    path: string,
    { headers = {}, body }: AskOptions = {},
  ): Promise<Answer> {
    const response = await fetch(new URL(path, origin), {
      method,
      headers: { ...await bearer(user), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    const isJson = /json$/.test(response.headers.get("Content-Type") ?? "");
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && !path.includes("/export") ? JSON.parse(text) : text,
    };
  }
  const box: BlackBox = {
    origin,
    pid: 0,
    token,
    ask,
    sync(user, body, headers = {}) {
      const isRaw = typeof body === "string" || body instanceof Uint8Array;
      return ask(user, "POST", "/api/sync/v2", {
        headers: { "Content-Type": "application/json", ...headers },
        body: isRaw ? body as BodyInit : JSON.stringify(body),
      });
    },
    async raw(user, lines, body = "") {
      const connection = await rawConnect(origin);
      try {
        const head = [...lines, "Host: test", `Authorization: Bearer ${await token(user)}`];
        await connection.write(`${head.join("\r\n")}\r\n\r\n`);
        await connection.write(body);
        return await connection.read(isWholeAnswer);
      } finally {
        connection.close();
      }
    },
    async kill() {
      child?.kill("SIGKILL");
      await child?.status;
      child = null;
    },
    async start() {
      child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "api/main.ts"],
        cwd: repositoryRoot(),
        env: {
          HOST: "127.0.0.1",
          PORT: origin.port,
          KV_PATH: `${folder}/sync.kv`,
          JWT_SECRET: testSecret,
          DEMO: "0",
          RATE_LIMIT_PER_MINUTE: "1000000",
          RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "1000000",
          ...env,
        },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      box.pid = child.pid;
      for (let waitedMs = 0; waitedMs < startMsMax; waitedMs += pollMs) {
        const ready = await ask(null, "GET", "/readyz").then(({ status }) => status === 200, () => false);
        if (ready) return;
        await new Promise((resolve) => setTimeout(resolve, pollMs));
      }
      await box.kill();
      throw new Error(`The server did not answer at ${origin} within ${startMsMax} ms`);
    },
    async remove() {
      await box.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
  try {
    await box.start();
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    throw error;
  }
  return box;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
