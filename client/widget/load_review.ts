/** Loads the review; in a bundle, its chunk. See `load_panel.ts`. */

/** Loads the review's module; rejects when it cannot be fetched. */
export function loadReview(): Promise<typeof import("./review/reviewer.ts")> {
  return import("./review/reviewer.ts");
}
