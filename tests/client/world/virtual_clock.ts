/** A clock that only moves when a test moves it; timers fire in the order of their due times. */
import type { Clock } from "../../../client/ports.ts";

interface Timer {
  dueMs: number;
  order: number;
  fire: () => void;
}

/** Virtual time for one world; wall and monotonic time move together unless a test jumps the wall clock. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #timers = new Set<Timer>();
  #order = 0;

  constructor(startMs = Date.parse("2026-03-01T08:00:00Z")) {
    this.#wallOffsetMs = startMs;
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** For server code: the same time. */
  nowMs(): number {
    return this.wallMs();
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.setTimer(delayMs, resolve));
  }

  setTimer(delayMs: number, fire: () => void): () => void {
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, fire };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Moves the wall clock alone, as a person or a time server does. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** ms until the next timer, or null if there is none. */
  get nextInMs(): number | null {
    const next = this.#next();
    return next ? Math.max(0, next.dueMs - this.#monotonicMs) : null;
  }

  /** Moves to the next timer and fires it; false if it lies further away than `withinMs`. */
  fireNext(withinMs = Infinity): boolean {
    const next = this.#next();
    if (!next || next.dueMs - this.#monotonicMs > withinMs) return false;
    this.#timers.delete(next);
    this.#monotonicMs = Math.max(this.#monotonicMs, next.dueMs);
    next.fire();
    return true;
  }

  /** Moves on without firing anything that is not due. */
  skip(ms: number): void {
    this.#monotonicMs += ms;
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      const earlier = !next || timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order);
      if (earlier) next = timer;
    }
    return next;
  }
}
