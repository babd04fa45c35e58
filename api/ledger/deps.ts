/** What the ledger's parts share. */
import type { JsonObject } from "../../shared/mod.ts";
import type { Clock, Ids, Random } from "../ports.ts";
import type { LedgerStore } from "./ledger_store.ts";

/** Settings of a ledger. */
export interface LedgerConfig {
  /** The site's own schemas: a reason to refuse, or null. An UPDATED is judged on the merged entity. */
  validateData?: (entityType: string, data: JsonObject) => string | null;
  /** Answers `paused` whatever the run-time switch says. */
  paused?: boolean;
}

/** Everything a ledger is made of. */
export interface LedgerDeps {
  store: LedgerStore;
  clock: Clock;
  ids: Ids;
  random: Random;
  config?: LedgerConfig;
  /** SHA-256 of UTF-8 text as hex; without it the platform's asynchronous one, which is slower. */
  sha256Hex?: (text: string) => string;
}
