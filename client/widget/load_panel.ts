/**
 * Loads the panel. In a bundle this module is replaced by one that imports the built chunk, under a new
 * address after a failure, since some browsers remember that an import failed.
 */

/** Loads the panel's module; rejects when it cannot be fetched. */
export function loadPanel(): Promise<typeof import("./panel/panel.ts")> {
  return import("./panel/panel.ts");
}
