/** A ledger on any store under a virtual clock, with shorthands for requests. */
import { createLedger } from "../../../api/ledger/ledger.ts";
import type { LedgerConfig } from "../../../api/ledger/deps.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import type { Clock, Ids, Ledger } from "../../../api/ports.ts";
import type { ChangeType, SyncRequest, SyncResponse } from "../../../shared/mod.ts";

export const deviceA = "aaaaaaaa-0000-4000-8000-000000000001";
export const deviceB = "bbbbbbbb-0000-4000-8000-000000000002";
export const deviceC = "cccccccc-0000-4000-8000-000000000003";
export const user = "user-1";

/** A clock that only sleeping moves. */
export function virtualClock(): Clock & { advance(ms: number): void } {
  let nowMs = Date.UTC(2026, 10, 22);
  return {
    nowMs: () => nowMs,
    sleep: (delayMs) => {
      nowMs += delayMs;
      return Promise.resolve();
    },
    advance: (ms) => void (nowMs += ms),
  };
}

/** UUIDs v7 in order of their making. */
export function countingIds(): Ids {
  let made = 0;
  return { uuid: () => `01900000-0000-7000-8000-${(++made).toString(16).padStart(12, "0")}` };
}

let changeIds = 0;
/** A changeId that no other change of this run has. */
export function freshChangeId(): string {
  return `c0000000-0000-4000-8000-${(++changeIds).toString(16).padStart(12, "0")}`;
}

export interface TestChange {
  changeId: string;
  type: ChangeType;
  entityType: string;
  entityId: string;
  data?: Record<string, unknown>;
  unset?: string[];
  timestamp: number;
  baseVersion?: number;
}

export function created(entityId: string, data: Record<string, unknown>, more = {}): TestChange {
  return change("CREATED", entityId, { data, ...more });
}
export function updated(entityId: string, data: Record<string, unknown>, more = {}): TestChange {
  return change("UPDATED", entityId, { data, ...more });
}
export function deleted(entityId: string, more = {}): TestChange {
  return change("DELETED", entityId, more);
}
function change(type: ChangeType, entityId: string, more: Partial<TestChange>): TestChange {
  return { changeId: freshChangeId(), type, entityType: "goal", entityId, timestamp: 1, ...more };
}

export interface LedgerWorld {
  ledger: Ledger;
  store: LedgerStore;
  clock: ReturnType<typeof virtualClock>;
  /** The epoch as the server has it now. */
  epoch(): Promise<string>;
  /** One exchange that must succeed, with the present epoch unless told otherwise. */
  sync(cursor: number, changes?: unknown[], more?: Partial<SyncRequest>): Promise<SyncResponse>;
}

export function ledgerWorld(store: LedgerStore, config: LedgerConfig = {}): LedgerWorld {
  const clock = virtualClock();
  const ledger = createLedger({ store, clock, ids: countingIds(), random: { next: () => 0.5 }, config });
  const epoch = async () => (await ledger.status(user)).epoch;
  return {
    ledger,
    store,
    clock,
    epoch,
    async sync(cursor, changes = [], more = {}) {
      const request = {
        lastKnownServerVersion: cursor,
        changes,
        ...more,
        epoch: more.epoch ?? await epoch(),
      };
      const result = await ledger.exchange(user, request);
      if (!result.ok) throw new Error(`The exchange failed: ${result.code}`);
      return result.response;
    },
  };
}

/** The same test on every store. */
export function onEveryStore(
  name: string,
  test: (world: LedgerWorld) => Promise<void>,
  config: LedgerConfig = {},
): void {
  Deno.test(`${name} (memory)`, () => test(ledgerWorld(memoryLedgerStore(), config)));
  Deno.test(`${name} (Deno KV)`, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      await test(ledgerWorld(kvLedgerStore(kv), config));
    } finally {
      kv.close();
    }
  });
}

/** Verdicts in short: `applied@3`, `rejected:unknown_entity`, `duplicate@2<applied`. */
export function verdictsOf(response: SyncResponse): string[] {
  return response.results.map(({ status, version, code, original }) =>
    status + (version === undefined ? "" : `@${version}`) + (code ? `:${code}` : "") +
    (original ? `<${original}` : "")
  );
}
