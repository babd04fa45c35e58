/** Where a run's first failure is kept, and how often each invariant was looked at. */

/** Something that must never be. */
export interface Failure {
  /** `I7`, or `model`, `stray`. */
  invariant: string;
  message: string;
  /** Virtual ms. */
  atMs: number;
}

export class VerdictOnRun {
  failure: Failure | undefined;
  readonly checks = new Map<string, number>();

  constructor(private readonly nowMs: () => number) {}

  /** Counts a check; the first that does not hold is kept. `message` is only asked for then. */
  hold(invariant: string, holds: boolean, message: () => string): void {
    this.checks.set(invariant, (this.checks.get(invariant) ?? 0) + 1);
    if (!holds && !this.failure) this.failure = { invariant, message: message(), atMs: this.nowMs() };
  }
}
