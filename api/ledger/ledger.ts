/**
 * The ledger: one user's history of changes and the state that follows from it, behind the interface that
 * the routes use. Everything it knows is in its store; any number of ledgers may serve the same user.
 */
import type { ServerStatus } from "../../shared/mod.ts";
import type { ExchangeRules, Ledger } from "../ports.ts";
import { conflicts, history } from "./audit.ts";
import { orBusy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import { formatEpoch } from "./epoch.ts";
import { eraseUser } from "./erase.ts";
import { exchange } from "./exchange.ts";
import { exportLedger } from "./export_ledger.ts";
import { createRolloutFlags } from "./flags.ts";
import { readGeneration } from "./generation.ts";
import { ensureMigrated, migrate } from "./migrate.ts";
import { emptyHead } from "./records.ts";
import { createUserChain } from "./user_chain.ts";
import { pullV1, statusV1 } from "./v1_pull.ts";
import { pushV1 } from "./v1_push.ts";

/** Makes a ledger on a store. */
export function createLedger(deps: LedgerDeps): Ledger {
  const chain = createUserChain();
  return {
    exchange: (user, request, rules) => exchange(withRules(deps, rules), chain, user, request),
    status: (user) => readStatus(deps, user),
    history: (user, query) => history(deps, user, query),
    conflicts: (user, query) => conflicts(deps, user, query),
    export: (user) => exportLedger(deps, user),
    erase: (user) => orBusy(() => chain.run(user, () => eraseUser(deps, user))),
    migrate: (user, rules) => orBusy(() => migrate(withRules(deps, rules), chain, user)),
    ensureMigrated: (user, rules) => orBusy(() => ensureMigrated(withRules(deps, rules), chain, user)),
    flags: createRolloutFlags(deps),
    v1: {
      pull: (user, deviceId, rules) => pullV1(withRules(deps, rules), chain, user, deviceId),
      push: (user, push, describe, rules) => pushV1(withRules(deps, rules), chain, user, push, describe),
      status: (user, deviceId) => statusV1(deps, user, deviceId),
    },
    ready: () => deps.store.ready(),
  };
}

function withRules(deps: LedgerDeps, rules: ExchangeRules | undefined): LedgerDeps {
  return rules === undefined ? deps : { ...deps, config: { ...deps.config, ...rules } };
}

async function readStatus(deps: LedgerDeps, user: string): Promise<ServerStatus> {
  const read = await deps.store.readHead(user);
  const generation = await readGeneration(deps, read);
  const head = read.head ?? emptyHead;
  const rows = await deps.store.listDevices(user, head.prefix);
  rows.sort((a, b) => b.lastSeenMs - a.lastSeenMs);
  const devices = rows.map(({ deviceId, lastSeenMs, lastKnownServerVersion }) => ({
    deviceId,
    lastSeenAt: new Date(lastSeenMs).toISOString(),
    lastKnownServerVersion,
  }));
  return {
    latestServerVersion: head.version,
    epoch: formatEpoch({ generation, number: head.epochNumber }),
    deviceCount: devices.length,
    totalChanges: head.version,
    entityCount: head.entityCount,
    lastSync: devices[0]?.lastSeenAt ?? null,
    devices,
  };
}
