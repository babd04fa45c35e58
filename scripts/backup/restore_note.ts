/** The note that a store holds from the first write of a restore to the last. */
import { whileLocked } from "../../api/adapters/kv_lock.ts";
import { decodeJson, encodeJson } from "../../api/adapters/kv_values.ts";

/** Where an unfinished restore stands. */
export interface RestoreNote {
  backupId: string;
  prefix: number;
  /** Users of the file that are done, from the front; −1 while the other keys are not. */
  usersDone: number;
  /** The store has rollout switches of its own, which stay; else those of the file are taken. */
  keepFlags: boolean;
  /** The user who is being written, whose key space may hold half of it. */
  user: string | null;
}

/** Where the note is. */
export const restoreNoteKey: Deno.KvKey = ["restore"];

/** The note; null where no restore is unfinished. */
export async function readRestoreNote(kv: Deno.Kv): Promise<RestoreNote | null> {
  const { value } = await kv.get<Uint8Array>(restoreNoteKey);
  return value ? decodeJson<RestoreNote>(value) : null;
}

/** Notes how far a restore came. */
export async function writeRestoreNote(kv: Deno.Kv, note: RestoreNote): Promise<void> {
  await whileLocked(() => kv.set(restoreNoteKey, encodeJson(note)));
}
