/**
 * Loads what takes over the data of an older version of the site; few pages need it, and those once. In a
 * bundle this module is replaced by one that imports the built chunk, see `../load_network.ts`.
 */

/** Loads the migration from localStorage; rejects when it cannot be fetched. */
export function loadMigration(): Promise<typeof import("./migrate_local_storage.ts")> {
  return import("./migrate_local_storage.ts");
}
