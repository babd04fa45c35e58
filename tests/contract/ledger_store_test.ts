import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../api/adapters/memory_ledger_store.ts";
import { ledgerStoreContract } from "./ledger_store_contract.ts";

ledgerStoreContract("memory store", (test) => test(memoryLedgerStore()));
ledgerStoreContract(
  "memory store, one step a commit",
  (test) => test(memoryLedgerStore({ stepsPerCommitMax: 1 })),
);
ledgerStoreContract("Deno KV store", async (test) => {
  const kv = await Deno.openKv(":memory:");
  try {
    await test(kvLedgerStore(kv));
  } finally {
    kv.close();
  }
});
