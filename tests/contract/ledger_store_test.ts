import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../api/adapters/memory_ledger_store.ts";
import { ledgerStoreContract } from "./ledger_store_contract.ts";
import { legacyStoreContract } from "./legacy_store_contract.ts";

for (const contract of [ledgerStoreContract, legacyStoreContract]) {
  contract("memory store", (test) => test(memoryLedgerStore()));
  contract("Deno KV store", async (test) => {
    const kv = await Deno.openKv(":memory:");
    try {
      await test(kvLedgerStore(kv));
    } finally {
      kv.close();
    }
  });
}
ledgerStoreContract(
  "memory store, one step a commit",
  (test) => test(memoryLedgerStore({ stepsPerCommitMax: 1 })),
);
