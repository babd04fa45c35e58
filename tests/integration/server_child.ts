/** A server process with the permissions of its settings, watched line by line; for what its start and end do. */
import { readConfig } from "../../api/config.ts";
import { permissionFlags } from "../../api/permissions.ts";
import { repositoryRoot } from "../../scripts/repository_root.ts";

/** A process that may be a server. */
export interface ServerChild {
  pid: number;
  /** The address it printed; rejects with its output when it ends without one. */
  address(): Promise<URL>;
  /** Resolves when it has printed `text`, or has ended. */
  printed(text: string): Promise<void>;
  kill(signal: Deno.Signal): void;
  /** Resolves when it has ended. */
  ended: Promise<{ code: number; output: string }>;
}

/** Runs `api/main.ts` of the checkout at `root`, or `args` of `deno`, with exactly `env` as its settings. */
export function startServerChild(
  env: Record<string, string>,
  args?: string[],
  root = repositoryRoot(),
): ServerChild {
  const flags = () => permissionFlags(readConfig(env), `${root}/dist`);
  const child = new Deno.Command(Deno.execPath(), {
    args: args ?? ["run", "--no-prompt", ...flags(), "api/main.ts"],
    cwd: root,
    env: { NO_COLOR: "1", HOME: Deno.env.get("HOME") ?? "/", PATH: Deno.env.get("PATH") ?? "", ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  let output = "";
  let over = false;
  const waiting = new Set<() => void>();
  const wake = () => waiting.forEach((look) => look());
  const collect = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      wake();
    }
  };
  const ended = Promise.all([child.status, collect(child.stdout), collect(child.stderr)]).then(
    ([{ code }]) => {
      over = true;
      wake();
      return { code, output };
    },
  );
  const when = (seen: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!seen() && !over) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const addressLine = /Listening on (http\S+)\n/;
  return {
    pid: child.pid,
    ended,
    kill: (signal) => child.kill(signal),
    printed: (text) => when(() => output.includes(text)),
    async address() {
      await when(() => addressLine.test(output));
      const found = addressLine.exec(output)?.[1];
      if (found === undefined) throw new Error(`The server ended before it listened. It printed:\n${output}`);
      return new URL(found);
    },
  };
}
