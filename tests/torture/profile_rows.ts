/** The database of a profile as it lies on the disk, read past all pages. */
import { databaseName } from "../../client/device_account.ts";
import {
  type AckedRow,
  type BaseRow,
  type DiscardRow,
  initialSyncRow,
  type QuarantineRow,
  type QueueRow,
  type SyncRow,
} from "../../client/rows.ts";
import { entityKey } from "../../client/rows.ts";
import type { Profile } from "./profile.ts";

/** Rows by kind; `base` is the slot that pages show, by type and id. */
export interface ProfileRows {
  sync: SyncRow;
  queue: QueueRow[];
  quarantine: QuarantineRow[];
  acked: AckedRow[];
  discard: DiscardRow[];
  base: Map<string, BaseRow & { type: string; id: string }>;
  /** changeIds of everything this device still knows of. */
  known: Set<string>;
  /** The whole database, for searching it. */
  text: string;
}

/** Reads the database of the profile's user. */
export async function readProfileRows({ store, options }: Profile): Promise<ProfileRows> {
  const database = await store.open(databaseName("tenuto", options.endpoint, options.user));
  const rows = await database.transact("read", (tx) => tx.list([]));
  database.close();
  const ofKind = <T>(kind: string) => rows.filter(([key]) => key[0] === kind).map(([, value]) => value as T);
  const syncRow = rows.find(([key]) => key[0] === "meta" && key[1] === "sync");
  const found = {
    sync: (syncRow?.[1] ?? initialSyncRow) as SyncRow,
    queue: ofKind<QueueRow>("queue"),
    quarantine: ofKind<QuarantineRow>("quarantine"),
    acked: ofKind<AckedRow>("acked"),
    discard: ofKind<DiscardRow>("discard"),
  };
  const base: ProfileRows["base"] = new Map();
  for (const [[kind, slot, type, id], value] of rows) {
    if (kind !== "base" || slot !== found.sync.shownSlot) continue;
    base.set(entityKey(String(type), String(id)), {
      ...(value as BaseRow),
      type: String(type),
      id: String(id),
    });
  }
  const { queue, quarantine, acked, discard } = found;
  const known = new Set([queue, quarantine, acked, discard].flat().map(({ change }) => change.changeId));
  return { ...found, base, known, text: JSON.stringify(rows) };
}
