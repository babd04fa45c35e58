/**
 * The store of a command. A command that only reads or tidies asks for one that is there: opening a path that is
 * misspelt would make an empty store, and a backup of that is found out on the day it is needed.
 */
import { kvFileContent } from "../api/adapters/kv_file_content.ts";
import { KvOpenError, openKv } from "../api/adapters/open_kv.ts";
import { pathExists } from "./path_exists.ts";
import type { StoreSettings } from "./store_settings.ts";

/** An open store, or a sentence that says why there is none. */
export type OpenedStore = { ok: true; kv: Deno.Kv } | {
  ok: false;
  code: "missing" | "unusable";
  reason: string;
};

/** Opens the store of `settings`; the caller closes. Without `create` a missing file is refused, not made. */
export async function openStore(
  { kv: location, place }: Pick<StoreSettings, "kv" | "place">,
  { create }: { create: boolean },
): Promise<OpenedStore> {
  try {
    if (!create && location.kind === "file" && await isNothing(location.path)) {
      const instead = await pathExists(location.path) ? ", only an empty file" : "";
      return {
        ok: false,
        code: "missing",
        reason: `There is no store at ${place}${instead}: set KV_PATH to the one that your servers use.`,
      };
    }
    return { ok: true, kv: await openKv(location) };
  } catch (error) {
    if (!(error instanceof KvOpenError)) throw error;
    return { ok: false, code: "unusable", reason: error.message };
  }
}

async function isNothing(path: string): Promise<boolean> {
  try {
    return (await kvFileContent(path)).kind === "nothing";
  } catch {
    // Opening it says what is wrong with it.
    return false;
  }
}

/** The same for a whole process: says why and ends it with 1. */
export async function openStoreOrExit(
  settings: Pick<StoreSettings, "kv" | "place">,
  options: { create: boolean },
): Promise<Deno.Kv> {
  const opened = await openStore(settings, options);
  if (opened.ok) return opened.kv;
  console.error(opened.reason);
  Deno.exit(1);
}
