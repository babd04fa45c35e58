/** The last steps of the engine, for people who debug: counts and codes, never values. */
import type { TimelineStep } from "./sync_client_api.ts";

/** Most steps kept. */
const stepsMax = 200;

/** A bounded list of steps. */
export class Timeline {
  readonly #steps: TimelineStep[] = [];

  constructor(private readonly wallMs: () => number) {}

  /** Adds a step. */
  add(what: string, detail: TimelineStep["detail"] = {}): void {
    this.#steps.push({ at: this.wallMs(), what, detail });
    if (this.#steps.length <= stepsMax) return;
    // Edits are many and say little: they go before the exchanges, which people look for.
    const edit = this.#steps.findIndex((step) => step.what === "queued");
    this.#steps.splice(Math.max(edit, 0), 1);
  }

  /** The steps, oldest first. */
  steps(): TimelineStep[] {
    return [...this.#steps];
  }
}
