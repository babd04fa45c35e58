/**
 * The databases of one browser profile, at the level of transactions: what is durable, the drafts that are not
 * yet, and everything that can go wrong between the two. Write transactions of all pages go one after the other
 * and are whole or nothing, as in IndexedDB with strict durability; a page that dies takes its draft with it.
 *
 * Rows are kept as JSON text, so that nobody shares an object with the disk.
 */
import {
  type DeviceStore,
  type DeviceStoreFactory,
  StorageFault,
  type StoreKey,
  type StoreTransaction,
} from "../../client/ports.ts";
import type { Dice } from "./dice.ts";
import { DiskTransaction, type Entry } from "./disk_transaction.ts";
import type { Faults } from "./faults.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** The page that a handle belongs to, as far as the disk cares. */
export interface DiskPage {
  readonly name: string;
  readonly dead: boolean;
  /** How often the page has heard that this disk failed. */
  faultsHeard: number;
  /** Lets the page hear something: at once, after it thaws, or never. */
  deliver(hear: () => void): void;
  die(): void;
}

/** Rows that one commit wrote; undefined where it deleted. */
export type Writes = Map<string, { key: StoreKey; value: unknown }>;

/** Told of everything that becomes durable. */
export interface DiskListener {
  committed(database: Database, writes: Writes, handle: Handle): void;
  /** Commits were lost, or everything was: the rows are as `database` has them now. */
  replaced(database: Database, why: "evicted" | "tail-lost" | "cloned"): void;
}

interface Job {
  handle: Handle;
  mode: "read" | "write";
  work(tx: StoreTransaction): Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Commits that a power cut may take back. */
const undoableCommitsMax = 8;
/** An open that hangs is given up after this. */
const openTimeoutMs = 5_000;

/** What the disk is made of. */
export interface DiskParts {
  time: VirtualTime;
  faults: Faults;
  dice: Dice;
  /** Names the places of its faults. */
  place: string;
  listener: DiskListener;
}

export class Disk {
  readonly databases = new Map<string, Database>();

  constructor(readonly parts: DiskParts) {}

  database(name: string): Database {
    let database = this.databases.get(name);
    if (!database) this.databases.set(name, database = new Database(name, this.parts));
    return database;
  }

  /** The port as one page has it. */
  factoryFor(page: DiskPage, opened: (handle: Handle) => void): DeviceStoreFactory {
    const { time, faults, dice, place } = this.parts;
    return {
      open: (name) =>
        new Promise((resolve, reject) => {
          if (faults.strikes("disk-open-hangs", place)) {
            const fault = new StorageFault(
              "unavailable",
              "The local database did not open within 5 seconds.",
            );
            time.after(openTimeoutMs, () =>
              page.deliver(() => {
                page.faultsHeard++;
                reject(fault);
              }));
            return;
          }
          time.after(dice.below(3), () =>
            page.deliver(() => {
              const handle = new Handle(this.database(name), page);
              opened(handle);
              resolve(handle);
            }));
        }),
    };
  }

  /** A page died: what it had begun is not committed. */
  abandon(page: DiskPage): void {
    for (const database of this.databases.values()) database.abandon(page);
  }

  /** The power went, and the disk had lied: up to `commits` commits of each database are gone. */
  loseTail(commits: number): void {
    for (const database of this.databases.values()) database.loseTail(commits);
  }

  /** The browser threw everything away. */
  evict(): void {
    for (const database of this.databases.values()) database.evict();
  }

  /** Copies all databases of another profile. */
  copyFrom(other: Disk): void {
    for (const [name, database] of other.databases) this.database(name).copyFrom(database);
  }
}

/** One database. */
export class Database {
  rows = new Map<string, Entry>();
  #undo: Map<string, Entry | undefined>[] = [];
  #jobs: Job[] = [];
  #running: Job | undefined;

  constructor(readonly name: string, readonly parts: DiskParts) {}

  /** The value under a key, parsed anew. */
  get(key: StoreKey): unknown {
    const entry = this.rows.get(JSON.stringify(key));
    return entry && JSON.parse(entry.text);
  }

  /** Counts the client's commits. */
  get revision(): number {
    return (this.get(["meta", "revision"]) as number | undefined) ?? 0;
  }

  /** A transaction is under way. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  run(job: Job): void {
    this.#jobs.push(job);
    if (!this.#running) this.#next();
  }

  abandon(page: DiskPage): void {
    this.#jobs = this.#jobs.filter((job) => job.handle.page !== page);
    if (this.#running?.handle.page === page) {
      this.#running = undefined;
      this.#next();
    }
  }

  loseTail(commits: number): void {
    for (let n = 0; n < commits; n++) {
      const undo = this.#undo.pop();
      if (!undo) break;
      for (const [text, entry] of undo) {
        if (entry) this.rows.set(text, entry);
        else this.rows.delete(text);
      }
    }
    this.parts.listener.replaced(this, "tail-lost");
  }

  evict(): void {
    this.rows = new Map();
    this.#undo = [];
    this.parts.listener.replaced(this, "evicted");
  }

  copyFrom(other: Database): void {
    this.rows = new Map(other.rows);
    this.parts.listener.replaced(this, "cloned");
  }

  #next(): void {
    const job = this.#running = this.#jobs.shift();
    if (!job) return;
    const draft = new Map<string, Entry | undefined>();
    const run = async () => await job.work(new DiskTransaction(this.rows, draft, job));
    run().then(
      (value) => this.#worked(job, draft, value),
      (error) => this.#end(job, () => job.reject(error)),
    );
  }

  #worked(job: Job, draft: Map<string, Entry | undefined>, value: unknown): void {
    if (this.#running !== job) return;
    if (draft.size === 0) {
      this.#end(job, this.#looked(job, value));
      return;
    }
    const { time, faults, dice, place } = this.parts;
    const delayMs = faults.strikes("disk-slow", place) ? dice.below(3_000) : dice.below(3);
    time.after(delayMs, () => {
      if (this.#running === job) this.#commit(job, draft, value);
    });
  }

  #commit(job: Job, draft: Map<string, Entry | undefined>, value: unknown): void {
    const { faults, dice, place } = this.parts;
    const { handle } = job;
    if (faults.strikes("disk-quota", place)) {
      this.#fail(job, new StorageFault("quota", "There is no room left."));
      return;
    }
    if (faults.strikes("disk-abort", place)) {
      this.#fail(job, new StorageFault("unavailable", "The transaction was aborted."));
      return;
    }
    const dies = faults.strikes("tab-killed", place);
    if (dies && dice.chance(0.5)) return handle.page.die();
    const undo = new Map<string, Entry | undefined>();
    const writes: Writes = new Map();
    for (const [text, entry] of draft) {
      undo.set(text, this.rows.get(text));
      if (entry) this.rows.set(text, entry);
      else this.rows.delete(text);
      const key = entry?.key ?? JSON.parse(text) as StoreKey;
      writes.set(text, { key, value: entry && JSON.parse(entry.text) });
    }
    this.#undo.push(undo);
    if (this.#undo.length > undoableCommitsMax) this.#undo.shift();
    this.parts.listener.committed(this, writes, handle);
    // Durable, but nobody has heard of it yet.
    if (dies) handle.page.die();
    else this.#end(job, this.#looked(job, value));
  }

  /** Resolves a job; from then on its page knows the database as it is now. */
  #looked({ handle, resolve }: Job, value: unknown): () => void {
    const { revision } = this;
    return () => {
      handle.seen = revision;
      resolve(value);
    };
  }

  #fail(job: Job, fault: StorageFault): void {
    this.#end(job, () => {
      job.handle.page.faultsHeard++;
      job.reject(fault);
    });
  }

  #end(job: Job, tell: () => void): void {
    if (this.#running !== job) return;
    job.handle.page.deliver(tell);
    this.#running = undefined;
    this.#next();
  }
}

/** One page's connection to a database. */
export class Handle implements DeviceStore {
  readonly kind = "indexeddb";
  /** Revision of the database that the page has last looked at. */
  seen = -1;
  /** The engine has loaded everything through this handle: the view is made from it. */
  loaded = false;
  /** What it has loaded has reached the engine, which goes on with it. */
  handedOver = false;
  closed = false;

  constructor(readonly database: Database, readonly page: DiskPage) {}

  transact<T>(mode: "read" | "write", work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    const { faults, place } = this.database.parts;
    if (this.closed) return Promise.reject(new StorageFault("closed", "The local database was closed."));
    if (this.page.dead) return new Promise(() => {});
    if (faults.strikes("disk-closed", place)) {
      this.page.faultsHeard++;
      return Promise.reject(new StorageFault("unavailable", "The connection is closing."));
    }
    return new Promise((resolve, reject) => {
      const done = (result: unknown) => {
        this.handedOver ||= this.loaded;
        resolve(result as T);
      };
      this.database.run({ handle: this, mode, work, resolve: done, reject });
    });
  }

  close(): void {
    this.closed = true;
  }
}
