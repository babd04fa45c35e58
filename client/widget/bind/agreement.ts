/**
 * What a page's array and the client's records agreed on last, kept beside the array: without it nobody could
 * tell an item that was added here from one that was deleted elsewhere. It also says whose the array is.
 *
 * What cannot be noted is not done: room for a note is made before the step that it is about.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import { itemsById } from "./plan_array_sync.ts";

/** What both sides agreed on last. */
export interface Agreement {
  /** Whose array it is; null: it will be theirs who sign in next. */
  userId: string | null;
  /** The device and type that `items` are about; empty if there is none. */
  deviceId: string;
  /** Array and records have met there. */
  isMet: boolean;
  items: Map<string, JsonObject>;
  /** Items that the client refused: they stay in the array, and are offered again when they change. */
  refused: Map<string, JsonObject>;
  /** Of users who are gone, until they come back. */
  left: Map<string, Left>;
  /** What the array is to become before anything else. */
  array?: unknown[];
}

/** Where a user's array and records differ: the items as they are in the array, and as they were agreed on. */
export interface Left {
  array: unknown[];
  items: JsonObject[];
  refused: JsonObject[];
}

/** An agreement on nothing. */
export function newAgreement(userId: string | null): Agreement {
  return { userId, deviceId: "", isMet: false, items: new Map(), refused: new Map(), left: new Map() };
}

/** Kept free in every note, so that the array can change hands where there is no other room. */
const spareChars = 400;

/** Where the agreement is kept. */
export class AgreementNote {
  readonly #key: string;
  /** As it was read or written last. */
  text: string | null = null;

  constructor(private readonly storage: Storage, watchedKey: string) {
    this.#key = `tenuto:watch:${watchedKey}`;
  }

  /** Null if there is none that can be read. */
  read(): Agreement | null {
    this.text = this.storage.getItem(this.#key);
    const found = readJson(this.text);
    if (!Array.isArray(found?.items)) return null;
    const { refused = [], left = [] } = found;
    return {
      ...newAgreement(null),
      ...found,
      items: itemsById(found.items),
      refused: itemsById(refused),
      left: new Map(left),
    };
  }

  /** Whether no other tab has written since. */
  get isCurrent(): boolean {
    return this.storage.getItem(this.#key) === this.text;
  }

  /** Makes room for a note; throws if there is none. */
  reserve(next: Agreement): void {
    this.#write((this.text ?? "").padEnd(toText(next).length + spareChars));
  }

  /** Notes; throws if there is no room. */
  write(next: Agreement): void {
    const text = toText(next);
    try {
      this.#write(text.padEnd(text.length + spareChars));
    } catch {
      this.#write(text);
    }
  }

  /** Takes back what was written since `text`. */
  restore(text: string | null): void {
    if (text === null) this.storage.removeItem(this.#key);
    else this.#write(text);
    this.text = text;
  }

  #write(text: string): void {
    if (text !== this.text) this.storage.setItem(this.#key, text);
    this.text = text;
  }
}

// deno-lint-ignore no-explicit-any -- as `JSON.parse` has it
export function readJson(text: string | null): any {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function toText({ items, refused, left, ...rest }: Agreement): string {
  return JSON.stringify({
    ...rest,
    items: [...items.values()],
    refused: [...refused.values()],
    left: [...left],
  });
}
