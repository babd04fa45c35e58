import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../api/adapters/memory_ledger_store.ts";
import { flagStoreContract } from "./flag_store_contract.ts";

flagStoreContract("memory flags", (test) => test(memoryLedgerStore()));
flagStoreContract("Deno KV flags", async (test) => {
  const kv = await Deno.openKv(":memory:");
  try {
    await test(kvLedgerStore(kv));
  } finally {
    kv.close();
  }
});
