/** The settings of scripts that work on a store beside the server: the same variables, read the same way. */
import { ConfigError, readConfig } from "../api/config.ts";
import type { KvLocation } from "../api/kv_location.ts";

/** Where the store is, and how long its log is kept; undefined: for ever. */
export interface StoreSettings {
  kv: KvLocation & { kind: "file" | "remote" };
  /** For people; no address of a remote store, which may hold a name. */
  place: string;
  logRetentionDays?: number;
}

/** Settings, or a sentence that says what is wrong. */
export type ReadStoreSettings = { ok: true; settings: StoreSettings } | { ok: false; reason: string };

/** Reads `KV_PATH` and `LOG_RETENTION_DAYS`; a store in memory is refused, only its own process can see it. */
export function readStoreSettings(
  environment: { KV_PATH?: string | undefined; LOG_RETENTION_DAYS?: string | undefined },
): ReadStoreSettings {
  try {
    const { KV_PATH, LOG_RETENTION_DAYS } = environment;
    const { kv, logRetentionDays } = readConfig({ KV_PATH, LOG_RETENTION_DAYS });
    if (kv.kind === "memory" || kv.kind === "platform") {
      return { ok: false, reason: 'KV_PATH must be a file or a KV Connect URL: it is ":memory:".' };
    }
    const place = kv.kind === "file" ? kv.path : "the remote store";
    return {
      ok: true,
      settings: { kv, place, ...(logRetentionDays === undefined ? {} : { logRetentionDays }) },
    };
  } catch (error) {
    if (error instanceof ConfigError) return { ok: false, reason: error.faults.join(" ") };
    throw error;
  }
}

/** The settings of this process; says what is wrong and ends it with 1 where they cannot be used. */
export function storeSettingsFromProcess(): StoreSettings {
  const read = readStoreSettings({
    KV_PATH: Deno.env.get("KV_PATH"),
    LOG_RETENTION_DAYS: Deno.env.get("LOG_RETENTION_DAYS"),
  });
  if (read.ok) return read.settings;
  console.error(`Cannot open the store: ${read.reason}`);
  Deno.exit(1);
}
