/** What `KV_PATH` says. */

/** Where the ledger is kept. */
export type KvLocation =
  | { kind: "file"; path: string }
  | { kind: "memory" }
  | { kind: "remote"; url: string }
  | { kind: "platform" };

/** Reads `KV_PATH`; `refuse` is told what cannot be one, without the address, which may hold a secret. */
export function readKvLocation(
  path: string | undefined,
  onDeploy: boolean,
  refuse: (fault: string) => void,
): KvLocation {
  if (path === undefined) return onDeploy ? { kind: "platform" } : { kind: "file", path: "./data/sync.kv" };
  if (path === ":memory:") return { kind: "memory" };
  if (/^https?:\/\//.test(path) && URL.canParse(path)) return { kind: "remote", url: path };
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(path.trim());
  if (isAddress || path !== path.trim()) {
    refuse(
      'KV_PATH must be a file, ":memory:", or a KV Connect URL that begins with https:// (or http://) in lower case, ' +
        `without white space around it: it ${isAddress ? "is another address" : "has white space"}.`,
    );
  }
  return { kind: "file", path };
}
