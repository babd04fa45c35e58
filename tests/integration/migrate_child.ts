/** A process that migrates one user's rows: `migrate_child.ts <database file> <user>`; a report a line, after the word that it begins. */
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { nodeSha256 } from "../../api/adapters/node_sha256.ts";
import { systemClock } from "../../api/adapters/system_clock.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { systemRandom } from "../../api/adapters/system_random.ts";
import { createLedger } from "../../api/ledger/ledger.ts";

const [path, user] = Deno.args as [string, string];
const kv = await Deno.openKv(path);
const ledger = createLedger({
  store: kvLedgerStore(kv),
  clock: systemClock(),
  ids: systemIds(),
  random: systemRandom(),
  sha256Hex: nodeSha256,
});
console.log("begins");
for (let calls = 0; calls < 100; calls++) {
  const result = await ledger.migrate(user);
  console.log(JSON.stringify(result));
  if (result.ok && result.report.remaining === 0) break;
}
kv.close();
