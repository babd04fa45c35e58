/** Stores to be backed up and restored, in memory, with their backups in a folder of their own. */
import { assert } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import type { Ledger } from "../../api/ports.ts";
import { backUpStore } from "../../scripts/backup/back_up_store.ts";
import { writeBackupFile } from "../../scripts/backup/backup_file.ts";
import { restoreStore } from "../../scripts/backup/restore_store.ts";
import type { SyncRequest, SyncResponse } from "../../shared/mod.ts";
import { virtualClock } from "../api/ledger/ledger_world.ts";

const ids = systemIds();
const clock = { ...virtualClock(), nowMs: () => Date.now() };
const random = { next: () => 0.5 };

/** One store and its ledger. */
export interface StoreWorld {
  kv: Deno.Kv;
  ledger: Ledger;
  sync(user: string, cursor: number, changes?: unknown[], more?: Partial<SyncRequest>): Promise<SyncResponse>;
}

/** Where backups lie. */
export interface Folder {
  path(name: string): string;
  /** An empty store. */
  open(): Promise<StoreWorld>;
  backUp(world: StoreWorld, name: string): Promise<string>;
  restore(world: StoreWorld, path: string, replace?: boolean): ReturnType<typeof restoreStore>;
}

/** Runs `test` with a folder of its own; closes every store that it opened. */
export async function withFolder(test: (folder: Folder) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const opened: Deno.Kv[] = [];
  try {
    await test({
      path: (name) => `${root}/${name}`,
      async open() {
        const kv = await Deno.openKv(":memory:");
        opened.push(kv);
        const ledger = createLedger({ store: kvLedgerStore(kv), clock, ids, random });
        return {
          kv,
          ledger,
          async sync(user, lastKnownServerVersion, changes = [], more = {}) {
            const result = await ledger.exchange(user, { lastKnownServerVersion, changes, ...more });
            assert(result.ok);
            return result.response;
          },
        };
      },
      async backUp({ kv }, name) {
        const counts = { users: 0, keys: 0, records: 0 };
        const takenAt = new Date().toISOString();
        const lines = backUpStore({ kv, store: kvLedgerStore(kv), ids, takenAt, counts });
        assert(await writeBackupFile(`${root}/${name}`, lines) > 0);
        return `${root}/${name}`;
      },
      restore: ({ kv }, path, replace = false) =>
        restoreStore({ kv, deps: { clock, random, ids }, path, replace }),
    });
  } finally {
    for (const kv of opened) kv.close();
    await Deno.remove(root, { recursive: true });
  }
}
