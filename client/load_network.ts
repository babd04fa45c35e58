/**
 * Loads the network half. In a bundle this module is replaced by one that imports the built chunk, under a
 * new address after a failure, since some browsers remember that an import failed.
 */

/** Loads the network half; rejects when it cannot be fetched. */
export function loadNetwork(): Promise<typeof import("./network/mod.ts")> {
  return import("./network/mod.ts");
}
