/**
 * Automatic detection on first start: what an older version of the site kept in this browser is taken over as soon
 * as it is known who signs in. Only for sites that ask for it (`migrateLocalStorage`).
 *
 * Such records say nothing about whose they are. So the first user of this browser is taken for their owner, once
 * and for ever: another one who signs in here later must not get them.
 */
import type { ClientCore } from "../client_core.ts";
import type { DeviceMarks } from "../ports.ts";
import type { Session } from "../session.ts";
import { localStorageKeys } from "./local_storage_keys.ts";

/** Never rejects: what could not be taken over is met again at the next start. */
export async function detectLocalStorage(
  { options, network, emit }: ClientCore,
  marks: DeviceMarks,
  session: Session,
): Promise<void> {
  const wanted = options.migrateLocalStorage;
  if (!wanted || session.userId === null || session.state.rows.migrated) return;
  const keys = { ...localStorageKeys, ...(wanted === true ? {} : wanted) };
  if (marks.get(keys.entriesKey) === null && marks.get(keys.goalsKey) === null) return;
  const ownerKey = `migrated:${options.name ?? "tenuto"}`;
  if ((marks.get(ownerKey) ?? session.name) !== session.name) return;
  marks.set(ownerKey, session.name);
  try {
    emit("migrated", await network!.migrateFromLocalStorage(session, keys));
  } catch {
    // The records are where they were.
  }
}
