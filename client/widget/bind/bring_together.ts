/**
 * One look at a watched array: whose it is, what the page did to it, what has become of the records.
 *
 * A key that is missing or holds no array is never taken for a deletion: it is written again from the records.
 * The array of one user is never queued for another: it changes hands before anything else (`hand_over.ts`).
 * Nothing is queued before the first sync. What is taken from the page is kept under `<key>:before-sync` first.
 */
import type { JsonObject } from "../../../shared/mod.ts";
import { type Agreement, AgreementNote, newAgreement, readJson } from "./agreement.ts";
import { handOver, putBack } from "./hand_over.ts";
import {
  arrayOf,
  isOverruled,
  type ItemChange,
  itemsById,
  pageChanges,
  stillRefused,
} from "./plan_array_sync.ts";
import { openUser } from "./queue_as.ts";
import { queuePage } from "./queue_page.ts";
import type { WatchOptions } from "./watch_storage.ts";

/** Brings a page's array and the records together, one look at a time. */
export class ArrayMeeting {
  /** The text when both were alike last; undefined while they are not. */
  seen: string | null | undefined;
  readonly #note: AgreementNote;
  /** The agreement with the user whose turn it is: also what could not be noted yet. */
  #agreed: Agreement | null = null;
  /** Whose array this page has dealt with last. */
  #owner: string | null | undefined;

  constructor(private readonly options: WatchOptions, private readonly signal: AbortSignal) {
    this.#note = new AgreementNote(options.storage, options.key);
  }

  /** Looks once; rejects if the device or its storage is at fault, and then nothing is lost. */
  async bringTogether(): Promise<void> {
    const { client, storage, key } = this.options;
    this.seen = undefined;
    const userId = await openUser(client);
    if (this.signal.aborted) return;
    this.changeHands(userId);
    const agreed = this.#agreed;
    // A first meeting needs what the server has.
    if (!agreed || userId === null || client.status.lastSyncTime === null) return;
    const text = storage.getItem(key);
    const array = readArray(text);
    if (!await this.#queue(agreed, array, text)) return;
    // The user, another tab or the page may have gone on meanwhile: then the next look has it.
    await openUser(client);
    if (!this.#holds(agreed) || storage.getItem(key) !== text) return;
    const items = this.#records();
    const base = new Map(items);
    for (const id of agreed.refused.keys()) {
      const before = agreed.items.get(id);
      if (before && items.has(id)) base.set(id, before);
    }
    const next = { ...agreed, items: base };
    const written = JSON.stringify(arrayOf(array ?? [], new Map([...items, ...agreed.refused])));
    this.#note.reserve(next);
    this.#put(text, array && JSON.stringify(array) === written ? text : written, next);
    this.#agreed = next;
  }

  /**
   * `userId`'s database is open now. At once: what the page writes until here was the user's before, and what it
   * writes from here on is not.
   */
  changeHands(userId: string | null): void {
    const { client, storage, key, failed } = this.options;
    const found = this.#agreed && this.#holds(this.#agreed) ? this.#agreed : this.#note.read();
    this.#agreed = null;
    if (!found && userId === null) return;
    let held = found ?? newAgreement(userId);
    const isTheirs = held.userId === userId;
    if (!isTheirs && !this.#mayTake(held.userId, userId)) return;
    const isGone = held.deviceId !== this.#device || isTheirs && client.status.lastSyncTime === null;
    if (held.deviceId !== "" && isGone) {
      // Without the records that it was about an agreement is none: what the array has may be nowhere else.
      // A new one: a look that is under way must not go on with it.
      held = { ...held, deviceId: "", isMet: false, items: new Map() };
    }
    this.#agreed = held;
    const array = held.array ?? readArray(storage.getItem(key));
    if (!isTheirs) this.#take(handOver(held, array, userId));
    else if (held.array) this.#take(held);
    else this.#note.write(held);
    this.#owner = userId;
    if (!this.#agreed.left.has(userId!)) return;
    try {
      this.#take(putBack(this.#agreed, readArray(storage.getItem(key))));
    } catch (error) {
      // No room: it waits, and holds up nothing.
      failed(error);
    }
  }

  /** Makes `next` what is agreed, with the array that goes with it; or leaves everything as it was, and throws. */
  #take(next: Agreement): void {
    const { storage, key } = this.options;
    const before = storage.getItem(key);
    const noted = this.#note.text;
    const { array, ...agreed } = next;
    let text = array ? JSON.stringify(array) : before;
    try {
      try {
        this.#note.write(next);
      } catch {
        // What it says is in the array or the note now: without the array there is room for it.
        storage.removeItem(key);
        this.#note.write(next);
        if (array?.length === 0) text = null;
      }
      this.#put(before, text, agreed);
    } catch (error) {
      this.#note.restore(noted);
      if (before !== null) storage.setItem(key, before);
      throw error;
    }
    this.#agreed = agreed;
  }

  /** Whether `userId` may have the array that is `from`'s. */
  #mayTake(from: string | null, userId: string | null): boolean {
    // A page before its token came is signed out too: only who has gone here gives the array away.
    if (userId === null) return from === this.#owner;
    // Of users in two tabs it is the later one's.
    return from === null || userId !== this.#owner;
  }

  /** Whether the look that works on `agreed` may go on. */
  #holds(agreed: Agreement): boolean {
    return this.#agreed === agreed && this.#note.isCurrent && !this.signal.aborted;
  }

  /** Queues what the page did to its array and notes it; false if the look is over. */
  async #queue(agreed: Agreement, array: unknown[] | null, text: string | null): Promise<boolean> {
    const deviceId = this.#device;
    const page = array ? itemsById(array) : agreed.items;
    const changes = array ? this.#plan(agreed, page, text!) : [];
    if (changes.length > 0) this.#note.reserve({ ...agreed, deviceId, isMet: true, items: page });
    agreed.deviceId = deviceId;
    let isDone = false;
    try {
      isDone = await queuePage(this.options, agreed, page, changes, this.signal);
      if (isDone) agreed.isMet = true;
    } finally {
      // Also of a watch that has ended: what is queued is queued.
      if (this.#agreed === agreed && this.#note.isCurrent) this.#note.write(agreed);
    }
    return isDone;
  }

  #plan(agreed: Agreement, page: Map<string, JsonObject>, text: string): ItemChange[] {
    const records = this.#records();
    agreed.refused = stillRefused(agreed.refused, page);
    const isFirst = !agreed.isMet;
    if (isFirst && isOverruled(agreed.items, page, records)) this.#keep(text);
    return pageChanges(agreed.items, page, records, isFirst)
      .filter(({ entityId }) => !agreed.refused.has(entityId));
  }

  /** Writes the array in the place of `before`, notes it, and tells the page. */
  #put(before: string | null, text: string | null, noted: Agreement): void {
    const { storage, key, told } = this.options;
    if (text !== before && before !== null && !readArray(before)) this.#keep(before);
    if (text !== null && text !== storage.getItem(key)) storage.setItem(key, text);
    this.#note.write(noted);
    // The page may write while it is told: that has not been seen.
    this.seen = text;
    if (text !== before) told(key, before, text);
  }

  #keep(text: string): void {
    this.options.storage.setItem(`${this.options.key}:before-sync`, text);
  }

  /** Whose records they are that it is about. */
  get #device(): string {
    const { client, entityType } = this.options;
    return `${client.deviceId} ${entityType}`;
  }

  #records(): Map<string, JsonObject> {
    return itemsById(this.options.client.list(this.options.entityType));
  }
}

function readArray(text: string | null): unknown[] | null {
  const value = readJson(text);
  return Array.isArray(value) ? value : null;
}
