/**
 * What a server with these settings may touch, as flags for `deno run`. Derived, never pinned: a server on
 * another port or with another store gets exactly that one.
 */
import { type ServerConfig, settingNames } from "./config.ts";
import { folderOf } from "./folder_of.ts";

/** `dist` is the folder of the built client. */
export function permissionFlags(config: ServerConfig, dist: string): string[] {
  const { kv } = config;
  const folders = kv.kind === "file" ? [folderOf(kv.path)] : [];
  const flags = [
    `--allow-env=${settingNames.join(",")}`,
    `--allow-read=${[dist, ...folders].join(",")}`,
    netFlag(config),
  ];
  if (folders.length > 0) flags.push(`--allow-write=${folders.join(",")}`);
  return flags;
}

/** Why no flags can say where the store is, or null: a list of paths has no way to write a comma. */
export function permissionFault({ kv }: ServerConfig): string | null {
  if (kv.kind !== "file" || !folderOf(kv.path).includes(",")) return null;
  return `KV_PATH must be in a folder without a comma in its path, as Deno cannot be told to permit another: it is ` +
    `${kv.path}. Move the store, or run the server with all permissions: deno task build && deno run -A api/main.ts`;
}

function netFlag({ host, port, kv, tokenKeys }: ServerConfig): string {
  // A remote store names its own data endpoints while it runs, so no list of hosts could be complete.
  if (kv.kind === "remote" || kv.kind === "platform") return "--allow-net";
  const own = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  return `--allow-net=${tokenKeys.kind === "jwks" ? `${own},${hostAndPort(tokenKeys.url)}` : own}`;
}

function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
}
