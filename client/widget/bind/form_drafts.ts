/**
 * What was entered into a form and is not queued yet, in localStorage, by user: it outlives a page that goes in the
 * middle of a word, a database that is full, and a logout. Where a page may keep nothing, it lives in memory alone.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import { readJson } from "./agreement.ts";

type Kept = [userId: string | null, JsonObject][];

/** What there was no room for, as long as the page lives. */
const unkept = new Map<string, string>();

export class FormDrafts {
  readonly #key: string;

  constructor(private readonly storage: Storage | null, entityType: string, entityId: string) {
    this.#key = `tenuto:form:${entityType}:${entityId}`;
  }

  of(userId: string | null): JsonObject {
    return new Map(this.#read()).get(userId) ?? {};
  }

  /** Changes what `userId` has entered. */
  change(userId: string | null, change: (draft: JsonObject) => void): void {
    const drafts = new Map(this.#read());
    const draft = { ...drafts.get(userId) };
    change(draft);
    drafts.delete(userId);
    if (Object.keys(draft).length > 0) drafts.set(userId, draft);
    this.#write([...drafts]);
  }

  #read(): Kept {
    return readJson(unkept.get(this.#key) ?? this.storage?.getItem(this.#key) ?? null) ?? [];
  }

  #write(kept: Kept): void {
    const text = JSON.stringify(kept);
    try {
      this.storage!.setItem(this.#key, text);
      unkept.delete(this.#key);
    } catch {
      unkept.set(this.#key, text);
    }
  }
}
