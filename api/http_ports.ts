/** What only the HTTP half needs from the world: a log, files, demo tokens. The rest is in `ports.ts`. */

/**
 * Where log lines go. Lines carry request ids, hashed users, routes, counts and times; never data, tokens, ids
 * or a thrown error's message.
 */
export interface Logger {
  log(line: LogLine): void;
}

/** One structured line. */
export type LogLine = { level: "info" | "warn" | "error"; event: string } & Record<string, unknown>;

/** Timers that can be taken back, unlike a clock's sleep. */
export interface Timers {
  /** Runs `tick` every `intervalMs` until the returned function is called. */
  every(intervalMs: number, tick: () => void): () => void;
}

/** A static file. */
export interface Asset {
  body: Uint8Array<ArrayBuffer>;
  contentType: string;
  /** Quoted, strong, of the content. */
  etag: string;
}

/** The built client: bundles, chunks, demo page. */
export interface Assets {
  /** `path` is relative, with `/` between segments, e.g. `demo/index.html`. Null for what is not there. */
  read(path: string): Promise<Asset | null>;
}

/** Signs tokens in demo mode. */
export interface DemoTokens {
  /** A token for `user`, valid for at most an hour; `expiresAt` is ISO 8601. */
  issue(user: string): Promise<{ token: string; expiresAt: string }>;
}
