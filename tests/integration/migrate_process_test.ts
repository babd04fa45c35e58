/** Real processes on one database file: two that migrate at once, and one that is killed again and again. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { systemClock } from "../../api/adapters/system_clock.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import type { ServerMigration } from "../../shared/mod.ts";
import type { LedgerFailure } from "../../api/ports.ts";
import { entryRow, liveData, putRows } from "../api/legacy/legacy_rows.ts";

const user = "ada";
/** More than there are commits. */
const killsMax = 30;

async function withDatabase(rows: number, test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/sync.kv`;
    const kv = await Deno.openKv(path);
    await putRows(kvLedgerStore(kv), user, Array.from({ length: rows }, (_, i) => entryRow(i)));
    kv.close();
    await test(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function startChild(path: string): Deno.ChildProcess {
  const script = `${import.meta.dirname}/migrate_child.ts`;
  const args = ["run", "-A", "--no-check", "--unstable-kv", script, path, user];
  return new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "inherit" }).spawn();
}

type Line = { ok: true; report: ServerMigration } | LedgerFailure;

async function linesOf(child: Deno.ChildProcess): Promise<Line[]> {
  const { code, stdout } = await child.output();
  assertEquals(code, 0);
  return new TextDecoder().decode(stdout).trim().split("\n").slice(1).map((line) => JSON.parse(line));
}

/** The log is 1, 2, 3, … and holds every record once. */
async function checkWhole(path: string, rows: number): Promise<void> {
  const kv = await Deno.openKv(path);
  try {
    const store = kvLedgerStore(kv);
    const ledger = createLedger({ store, clock: systemClock(), ids: systemIds(), random: { next: () => 0 } });
    assertEquals((await ledger.status(user)).latestServerVersion, rows);
    assertEquals(Object.keys(await liveData(ledger, user)).length, rows);
    assertEquals((await store.readHead(user)).legacyPending, false);
  } finally {
    kv.close();
  }
}

Deno.test("two processes that migrate at once bring every record in once, and count it once", () =>
  withDatabase(2000, async (path) => {
    const lines = (await Promise.all([linesOf(startChild(path)), linesOf(startChild(path))])).flat();
    const converted = lines.map((line) => line.ok ? line.report.entriesConverted : 0);
    assertEquals(converted.reduce((sum, count) => sum + count, 0), 2000);
    await checkWhole(path, 2000);
  }));

Deno.test("a process that is killed whenever it has committed something gets there, and nothing is there twice", () =>
  withDatabase(1000, async (path) => {
    const kv = await Deno.openKv(path);
    try {
      const store = kvLedgerStore(kv);
      const versionNow = async () => (await store.readHead(user)).head?.version ?? 0;
      let kills = 0;
      for (let version = 0; version < 1000 && kills < killsMax; kills++) {
        const before = version;
        const child = startChild(path);
        const output = child.output();
        let over = false;
        child.status.then(() => over = true);
        while (!over && (version = await versionNow()) === before) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        if (!over) child.kill("SIGKILL");
        await output;
        version = await versionNow();
      }
      assert(kills >= 2 && kills < killsMax, `${kills} kills`);
      console.log(`killed ${kills} times`);
    } finally {
      kv.close();
    }
    await linesOf(startChild(path));
    await checkWhole(path, 1000);
  }));
