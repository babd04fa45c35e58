/**
 * The server under torture: a real process on a file, with tokens that are really signed, and the operator's
 * commands for backup and restore, as they would be typed.
 */
import { SignJWT } from "jose";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { type ServerProcess, startServerProcess } from "../browser/harness/server_process.ts";
import type { ServerStatus } from "../../client/mod.ts";
import { pause } from "./pause.ts";

const secret = "a secret that only this torture run and its server know";
/** How long after its end the server still takes a token. */
const toleranceMs = 60_000;
const encodedSecret = new TextEncoder().encode(secret);

/** How a command ended. */
export interface CommandEnd {
  ok: boolean;
  output: string;
}

export class TortureServer {
  readonly #env: Record<string, string>;

  private constructor(
    /** Where the database and backups lie. */
    private readonly folder: string,
    private readonly process: ServerProcess,
  ) {
    this.#env = { KV_PATH: `${folder}/sync.kv`, NO_COLOR: "1" };
  }

  /** Starts a server whose database is in `folder`. */
  static async start(folder: string): Promise<TortureServer> {
    const process = await startServerProcess({
      KV_PATH: `${folder}/sync.kv`,
      DEMO: "0",
      JWT_SECRET: secret,
      RATE_LIMIT_PER_MINUTE: "1000000",
      RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "100000000",
    });
    return new TortureServer(folder, process);
  }

  get origin(): string {
    return this.process.origin;
  }

  /** All that the server has printed. */
  output(): string {
    return this.process.output();
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  start(): Promise<void> {
    return this.process.start();
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }

  /** `deno task backup`; whether the server runs or not. */
  backUp(name: string): Promise<CommandEnd> {
    return this.#run(["task", "backup", "--to", `${this.folder}/${name}`]);
  }

  /** `deno task restore --replace`; the server must be down. */
  restore(name: string): Promise<CommandEnd> {
    return this.#run(["task", "restore", "--from", `${this.folder}/${name}`, "--replace"]);
  }

  /** Begins a restore and kills it after `afterMs`; false if it was done by then. */
  async beginRestore(name: string, afterMs: number): Promise<boolean> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "scripts/restore.ts", "--from", `${this.folder}/${name}`, "--replace"],
      cwd: repositoryRoot(),
      env: this.#env,
      stdout: "null",
      stderr: "null",
    }).spawn();
    const ended = new AbortController();
    const status = child.status.then((status) => {
      ended.abort();
      return status;
    });
    await pause(afterMs, ended.signal);
    if (!ended.signal.aborted) child.kill("SIGKILL");
    return !(await status).success;
  }

  /** A token for `user` that the server, which forgives a minute, takes for `validMs`. */
  async token(user: string, validMs: number): Promise<string> {
    const expiresMs = Date.now() + validMs - toleranceMs;
    const seconds = (ms: number) => Math.floor(ms / 1000);
    return await new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject(user)
      .setIssuedAt(seconds(expiresMs) - 3_600).setExpirationTime(seconds(expiresMs)).sign(encodedSecret);
  }

  /** Calls the server directly, past the bad network; throws if the answer is not 200. */
  async call(user: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(`${this.origin}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        "Authorization": `Bearer ${await this.token(user, 60_000)}`,
        "Content-Type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 200) {
      throw new Error(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    }
    return text;
  }

  /** The server's account of `user`. */
  async status(user: string): Promise<ServerStatus> {
    return JSON.parse(await this.call(user, "/api/sync/v2/status"));
  }

  async #run(args: string[]): Promise<CommandEnd> {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: repositoryRoot(),
      env: this.#env,
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { ok: success, output: `${text(stdout)}${text(stderr)}` };
  }
}
