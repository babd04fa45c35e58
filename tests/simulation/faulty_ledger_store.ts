/**
 * A ledger store that fails: calls throw before or after they have worked, wait, lose their check, or belong to a
 * process that is gone. What it really commits is told to an observer at that very moment.
 */
import type { LedgerStore } from "../../api/mod.ts";
import type { HeadRead } from "../../api/ledger/ledger_store.ts";
import type { Head, SettledStep } from "../../api/ledger/records.ts";
import { StoreBusyError } from "../../api/store_busy_error.ts";
import type { Dice } from "./dice.ts";
import type { Faults } from "./faults.ts";

/** Told of everything that the store has made true. */
export interface CommitObserver {
  /** `all` is what the ledger asked for, `steps` what fitted into this commit. */
  stepsCommitted(user: string, steps: readonly SettledStep[], all: readonly SettledStep[]): void;
  headReplaced(user: string, head: Head): void;
  generationStands(generation: string): void;
  /** A call of the store that names its user. */
  touched(user: string): void;
}

/** What the wrapper needs. */
export interface FaultyStoreParts {
  faults: Faults;
  dice: Dice;
  sleep(delayMs: number): Promise<void>;
  /** Longest time that any call takes, ms; drawn anew each time. */
  usualMsMax: number;
  usualDice: Dice;
  /** Whether the server process that this store belongs to still runs. */
  alive(): boolean;
  observer: CommitObserver;
}

const place = "ledger";
/** Longest wait of a slow store: beyond the client's patience. */
const slowMsMax = 45_000;
/** Longest wait of a slow listing: much may happen between a head that was read and the rows below it. */
const listMsMax = 3_000;

/** `store` with faults. */
export function faultyLedgerStore(store: LedgerStore, parts: FaultyStoreParts): LedgerStore {
  const { faults, dice, observer } = parts;

  async function guarded<T>(call: () => Promise<T>): Promise<T> {
    if (faults.strikes("ledger-slow", place)) {
      await parts.sleep(dice.chance(0.7) ? dice.below(400) : dice.below(slowMsMax));
    }
    if (parts.usualMsMax > 0) await parts.sleep(parts.usualDice.below(parts.usualMsMax));
    if (!parts.alive()) throw new Error("The server process is gone");
    if (faults.strikes("ledger-throw-before", place)) throw brokenOrBusy();
    return await call();
  }
  /** Half of the faults are locks that outlast the adapter's patience, half are a database that broke. */
  function brokenOrBusy(): Error {
    return dice.chance(0.5) ? new StoreBusyError() : new Error("The database broke");
  }
  async function written<T>(call: () => Promise<T>): Promise<T> {
    const result = await guarded(call);
    if (faults.strikes("ledger-throw-after", place)) throw new Error("The database broke after the commit");
    return result;
  }
  function listing<T>(call: () => Promise<T>): Promise<T> {
    return guarded(async () => {
      if (faults.strikes("ledger-list-slow", place)) await parts.sleep(dice.below(listMsMax));
      if (faults.strikes("ledger-page", place)) throw brokenOrBusy();
      return await call();
    });
  }

  return {
    ...store,
    readHead(user, deviceId): Promise<HeadRead> {
      observer.touched(user);
      return guarded(() => store.readHead(user, deviceId));
    },
    createGeneration: (candidate) =>
      written(async () => {
        const generation = await store.createGeneration(candidate);
        observer.generationStands(generation);
        return generation;
      }),
    readState(user, ...rest) {
      observer.touched(user);
      return guarded(() => store.readState(user, ...rest));
    },
    readRows(user, ...rest) {
      observer.touched(user);
      return listing(() => store.readRows(user, ...rest));
    },
    listRows(user, ...rest) {
      observer.touched(user);
      return listing(() => store.listRows(user, ...rest));
    },
    listFeed(user, ...rest) {
      observer.touched(user);
      return listing(() => store.listFeed(user, ...rest));
    },
    commit(user, token, steps, device) {
      observer.touched(user);
      return written(async () => {
        if (faults.strikes("ledger-check", place)) {
          return { ok: false, code: dice.chance(0.5) ? "head_moved" : "locked" };
        }
        const result = await store.commit(user, token, steps, device);
        if (result.ok) observer.stepsCommitted(user, steps.slice(0, result.committed), steps);
        return result;
      });
    },
    replaceHead(user, token, head, sweepPrefix) {
      observer.touched(user);
      return written(async () => {
        const result = await store.replaceHead(user, token, head, sweepPrefix);
        if (result.ok) observer.headReplaced(user, head);
        return result;
      });
    },
    writeDevice(user, ...rest) {
      observer.touched(user);
      return guarded(() => store.writeDevice(user, ...rest));
    },
    trimRows(user, ...rest) {
      observer.touched(user);
      return guarded(() => store.trimRows(user, ...rest));
    },
    sweepErased: (keysMax) => guarded(() => store.sweepErased(keysMax)),
  };
}
