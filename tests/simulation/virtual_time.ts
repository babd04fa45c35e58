/**
 * Virtual time and everything that is going to happen, in one queue: timers, transactions, messages, requests.
 * Events of the same millisecond happen in the order in which they were asked for, so the seed alone decides.
 */

/** Something that will happen. */
export interface Event {
  atMs: number;
  order: number;
  /** Undefined once it is cancelled. */
  fire: (() => void) | undefined;
}

/** First ms of every run: 2026-03-01T08:00:00Z. */
export const epochMs = Date.UTC(2026, 2, 1, 8);

/** The queue; a binary heap. */
export class VirtualTime {
  /** ms since the run began. */
  nowMs = 0;
  #heap: Event[] = [];
  #order = 0;

  /** Lets `fire` happen after `delayMs`. */
  after(delayMs: number, fire: () => void): Event {
    const event = { atMs: this.nowMs + Math.max(0, Math.ceil(delayMs)), order: this.#order++, fire };
    this.#push(event);
    return event;
  }

  /** When the next event is due, or null if nothing will ever happen. */
  get nextAtMs(): number | null {
    this.#dropCancelled();
    return this.#heap[0]?.atMs ?? null;
  }

  /** Moves time to the next event and gives it out; undefined if there is none. */
  take(): Event | undefined {
    this.#dropCancelled();
    const event = this.#pop();
    if (event) this.nowMs = Math.max(this.nowMs, event.atMs);
    return event;
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && !this.#heap[0]!.fire) this.#pop();
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!last || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
