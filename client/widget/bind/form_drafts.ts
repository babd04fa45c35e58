/**
 * What was entered into a form and is not queued yet, in localStorage, by user: it outlives a page that goes in the
 * middle of a word, a database that is full, and a logout. Where a page may keep nothing, it lives in memory alone.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import { readJson } from "./agreement.ts";

interface Kept {
  drafts: [userId: string | null, JsonObject][];
  /** Whether this browser has written the record. */
  hasWritten: boolean;
}

export class FormDrafts {
  readonly #key: string;

  constructor(private readonly storage: Storage | null, entityType: string, entityId: string) {
    this.#key = `tenuto:form:${entityType}:${entityId}`;
  }

  get hasWritten(): boolean {
    return this.#read().hasWritten;
  }

  of(userId: string | null): JsonObject {
    return new Map(this.#read().drafts).get(userId) ?? {};
  }

  /** Changes what `userId` has entered. */
  change(userId: string | null, change: (draft: JsonObject) => void): void {
    const kept = this.#read();
    const drafts = new Map(kept.drafts);
    const draft = { ...drafts.get(userId) };
    change(draft);
    drafts.delete(userId);
    if (Object.keys(draft).length > 0) drafts.set(userId, draft);
    this.#write({ ...kept, drafts: [...drafts] });
  }

  noteWritten(): void {
    this.#write({ ...this.#read(), hasWritten: true });
  }

  #read(): Kept {
    return readJson(this.storage?.getItem(this.#key) ?? null) ?? { drafts: [], hasWritten: false };
  }

  #write(kept: Kept): void {
    try {
      this.storage?.setItem(this.#key, JSON.stringify(kept));
    } catch {
      // No room: what is in memory is queued all the same.
    }
  }
}
