/**
 * The local database and its copy in memory, as one thing that changes by commits.
 *
 * A commit is a **plan**: a pure function from the rows to what is to be written. It runs inside a write
 * transaction, after the copy has been brought up to the store's revision, so a plan never decides on stale
 * rows, whatever other tabs do; the copy takes the plan's writes only when the transaction is durable.
 * Commits of one tab go one after the other, those of several tabs are serialised by the store.
 *
 * Every commit leaves a journal row with the keys it touched. Another tab reads the journal to follow; when
 * the journal no longer reaches back far enough, it loads everything again.
 */
import { DeviceRows } from "./device_rows.ts";
import type { DeviceStore, StoreKey, StoreRow, StoreTransaction } from "./ports.ts";
import { rowKey } from "./rows.ts";

/** What a commit writes. */
export interface Plan<T> {
  put?: StoreRow[];
  remove?: StoreKey[];
  /** Slots of the base to empty before `put`. */
  clearSlots?: readonly number[];
  /** Entity keys whose change of view is the taking back of a rejected edit. */
  rollback?: ReadonlySet<string>;
  /** Handed to the caller once the writes are durable. */
  result: T;
}

/** Who made the difference: this tab's user, the server, a rejection, or another tab. */
export type Origin = "local" | "remote" | "rollback";

/** Tells observers what a commit or a catch-up touched; called before and after the copy changes. */
export interface StateObserver {
  /** `keys` null means: anything may change. */
  before(keys: readonly StoreKey[] | null): void;
  after(keys: readonly StoreKey[] | null, origin: Origin, rollback?: ReadonlySet<string>): void;
}

/** How many commits another tab may lag behind before it has to load everything again. */
const journalLengthMax = 256;
/** A commit that touches more keys than this is journalled as "everything". */
const journalKeysMax = 4000;

/** Value of a journal row: the keys, or null for "everything". */
type JournalEntry = StoreKey[] | null;

export class DeviceState {
  readonly rows = new DeviceRows();
  #lane: Promise<unknown> = Promise.resolve();
  #loaded = false;

  constructor(
    readonly store: DeviceStore,
    private readonly observer: StateObserver,
    /** Called after this tab's own commits, to tell the other tabs. */
    private readonly committed: () => void = () => {},
  ) {}

  /** Loads everything in one read transaction. */
  load(): Promise<void> {
    return this.#enqueue(() => this.store.transact("read", (tx) => this.#loadAll(tx)));
  }

  /** Runs a plan in one durable, all-or-nothing transaction. */
  commit<T>(origin: Origin, makePlan: (rows: DeviceRows) => Plan<T>): Promise<T> {
    return this.#enqueue(async () => {
      let plan: Plan<T> | undefined;
      let touched: StoreKey[] | null = [];
      await this.store.transact("write", async (tx) => {
        await this.#catchUp(tx);
        plan = makePlan(this.rows);
        touched = write(tx, plan, this.rows.revision + 1);
      });
      const { result, clearSlots = [], put = [], remove = [], rollback } = plan!;
      if (touched?.length === 0) return result;
      this.observer.before(touched);
      for (const slot of clearSlots) this.rows.base[slot]!.clear();
      for (const key of remove) this.rows.remove(key);
      for (const [key, value] of put) this.rows.set(key, value);
      this.rows.revision++;
      this.observer.after(touched, origin, rollback);
      this.committed();
      return result;
    });
  }

  /** Follows what other tabs have committed. */
  refresh(): Promise<void> {
    return this.#enqueue(() => this.store.transact("read", (tx) => this.#catchUp(tx)));
  }

  /** Resolves when every commit asked for so far is done. */
  async idle(): Promise<void> {
    await this.#lane.catch(() => {});
  }

  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#lane.then(job, job);
    this.#lane = turn.catch(() => {});
    return turn;
  }

  async #loadAll(tx: StoreTransaction): Promise<void> {
    const rows = await tx.list([]);
    // Before the first load nobody has seen anything: who opens the database tells what is in it.
    const observer = this.#loaded ? this.observer : null;
    observer?.before(null);
    this.rows.clear();
    for (const [key, value] of rows) this.rows.set(key, value);
    this.#loaded = true;
    observer?.after(null, "remote");
  }

  async #catchUp(tx: StoreTransaction): Promise<void> {
    if (!this.#loaded) return this.#loadAll(tx);
    const [stored] = await tx.get([rowKey.meta("revision")]);
    const revision = (stored as number | undefined) ?? 0;
    const behind = revision - this.rows.revision;
    if (behind === 0) return;
    // A revision that went back means that the database was cleared under us.
    if (behind < 0 || behind > journalLengthMax) return this.#loadAll(tx);
    const journal: StoreKey[] = [];
    for (let n = this.rows.revision + 1; n <= revision; n++) journal.push(rowKey.journal(n));
    const entries = await tx.get(journal) as (JournalEntry | undefined)[];
    if (entries.some((entry) => !entry)) return this.#loadAll(tx);
    const keys = distinct(entries.flat() as StoreKey[]);
    const values = await tx.get(keys);
    this.observer.before(keys);
    keys.forEach((key, i) => {
      if (values[i] === undefined) this.rows.remove(key);
      else this.rows.set(key, values[i]);
    });
    this.rows.revision = revision;
    this.observer.after(keys, "remote");
  }
}

/** Writes a plan and its journal row; returns the keys it touched, null for "everything". */
function write(tx: StoreTransaction, plan: Plan<unknown>, revision: number): StoreKey[] | null {
  const { put = [], remove = [], clearSlots = [] } = plan;
  const count = put.length + remove.length;
  if (count === 0 && clearSlots.length === 0) return [];
  for (const slot of clearSlots) tx.deletePrefix(["base", slot]);
  tx.delete(remove);
  tx.put(put);
  const keys = clearSlots.length === 0 && count <= journalKeysMax
    ? distinct([...remove, ...put.map(([key]) => key)])
    : null;
  tx.put([[rowKey.meta("revision"), revision], [rowKey.journal(revision), keys]]);
  tx.delete([rowKey.journal(revision - journalLengthMax)]);
  return keys;
}

function distinct(keys: StoreKey[]): StoreKey[] {
  const seen = new Set<string>();
  return keys.filter((key) => {
    const text = JSON.stringify(key);
    return seen.has(text) ? false : (seen.add(text), true);
  });
}
