/** One open transaction on a simulated disk: it sees its own writes, and nobody else does until it is committed. */
import { compareKeys, hasPrefix } from "../../client/adapters/store_key_order.ts";
import type { StoreKey, StoreRow, StoreTransaction } from "../../client/ports.ts";

/** A row as the disk keeps it. */
export interface Entry {
  key: StoreKey;
  text: string;
}

/** The transaction of `job` on `rows`; what it writes goes into `draft`, undefined for what it deletes. */
export class DiskTransaction implements StoreTransaction {
  constructor(
    private readonly rows: ReadonlyMap<string, Entry>,
    private readonly draft: Map<string, Entry | undefined>,
    private readonly job: { mode: "read" | "write"; handle: { loaded: boolean } },
  ) {}

  get(keys: readonly StoreKey[]): Promise<unknown[]> {
    return Promise.resolve(keys.map((key) => {
      const text = JSON.stringify(key);
      const entry = this.draft.has(text) ? this.draft.get(text) : this.rows.get(text);
      return entry && JSON.parse(entry.text);
    }));
  }

  list(prefix: readonly (string | number)[]): Promise<StoreRow[]> {
    if (prefix.length === 0) this.job.handle.loaded = true;
    const found = this.#below(prefix).sort((a, b) => compareKeys(a.key, b.key));
    return Promise.resolve(found.map(({ key, text }): StoreRow => [key, JSON.parse(text)]));
  }

  put(rows: readonly StoreRow[]): void {
    this.#mustWrite();
    for (const [key, value] of rows) {
      this.draft.set(JSON.stringify(key), { key, text: JSON.stringify(value) });
    }
  }

  delete(keys: readonly StoreKey[]): void {
    this.#mustWrite();
    for (const key of keys) this.#remove(JSON.stringify(key));
  }

  deletePrefix(prefix: readonly (string | number)[]): void {
    this.#mustWrite();
    for (const { key } of this.#below(prefix)) this.#remove(JSON.stringify(key));
  }

  #remove(text: string): void {
    if (this.rows.has(text)) this.draft.set(text, undefined);
    else this.draft.delete(text);
  }

  #below(prefix: readonly (string | number)[]): Entry[] {
    const found: Entry[] = [];
    for (const [text, entry] of this.rows) {
      if (!this.draft.has(text) && hasPrefix(entry.key, prefix)) found.push(entry);
    }
    for (const entry of this.draft.values()) if (entry && hasPrefix(entry.key, prefix)) found.push(entry);
    return found;
  }

  #mustWrite(): void {
    if (this.job.mode === "read") throw new Error("Cannot write in a read transaction");
  }
}
