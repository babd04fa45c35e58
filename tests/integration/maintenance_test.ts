/** `deno task maintain` on a file, as a crontab runs it. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { repositoryRoot } from "../../scripts/repository_root.ts";
import { created } from "../api/ledger/ledger_world.ts";

const dayMs = 86_400_000;

Deno.test("deno task maintain trims what is past its retention and says how much", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/sync.kv`;
  const onLedger = async <T>(
    ageDays: number,
    use: (ledger: ReturnType<typeof createLedger>) => Promise<T>,
  ) => {
    const kv = await Deno.openKv(path);
    const clock = { nowMs: () => Date.now() - ageDays * dayMs, sleep: () => Promise.resolve() };
    try {
      return await use(
        createLedger({ store: kvLedgerStore(kv), clock, ids: systemIds(), random: { next: () => 0 } }),
      );
    } finally {
      kv.close();
    }
  };
  const push = (ageDays: number, ...names: string[]) =>
    onLedger(ageDays, async (ledger) => {
      const changes = names.map((name) => created(name, {}));
      assert((await ledger.exchange("ada", { lastKnownServerVersion: 0, changes })).ok);
    });
  try {
    await push(40, "a", "b", "c");
    await push(1, "d");
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "maintain"],
      cwd: repositoryRoot(),
      env: { KV_PATH: path, LOG_RETENTION_DAYS: "30", NO_COLOR: "1" },
    }).output();
    const output = new TextDecoder().decode(stdout);
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    assertMatch(output, /the log is kept 30 days/);
    assertMatch(
      output,
      /Run 1: users 1, trimmedRows 3, busyUsers 0, erasedKeys 0, orphanKeys 0, forgottenDevices 0\./,
    );
    const { rows } = await onLedger(0, (ledger) => ledger.history("ada", { limit: 10 }));
    assertEquals(rows.map(({ entityId }) => entityId), ["d"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
