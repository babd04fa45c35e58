/** What a torture run has found to be wrong, in words, with the invariant that it breaks (I1 to I22 of the design). */

/** More than this says nothing new; the first ones are the ones to read. */
const findingsMax = 40;

/** Collects findings; the same sentence counts once. */
export class Findings {
  readonly #sentences = new Set<string>();
  #dropped = 0;

  /** Notes that `invariant` does not hold; `what` is a sentence for whoever looks into it. */
  add(invariant: string, what: string): void {
    const sentence = `${invariant}: ${what}`;
    if (this.#sentences.size < findingsMax) this.#sentences.add(sentence);
    else if (!this.#sentences.has(sentence)) this.#dropped++;
  }

  get any(): boolean {
    return this.#sentences.size > 0;
  }

  /** All of them, oldest first, a line each. */
  lines(): string[] {
    const lines = [...this.#sentences];
    return this.#dropped === 0 ? lines : [...lines, `… and ${this.#dropped} more`];
  }
}
