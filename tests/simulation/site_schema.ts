/** The site's schema, which its pages have different versions of. */
import type { SyncClientOptions } from "../../client/mod.ts";
import type { ChangeIntent } from "../../shared/mod.ts";

/** Highest version that a page can have. */
export const schemaVersionMax = 2;

/** What a page of `version` brings: each version has renamed a field of `goal`. */
export function migratingTypes(version: number): NonNullable<SyncClientOptions["entityTypes"]> {
  return { goal: { schemaVersion: version, migrate: (change) => lift(change, version) } };
}

/** An edit as a page of `version` makes it. */
export function inSchema(intent: ChangeIntent, version: number): ChangeIntent {
  return version > 0 && intent.entityType === "goal" ? lift(intent, version) : intent;
}

/** `a` is called `a1` from version 1 on, and `a2` from version 2 on; what is newer stands. */
function lift(change: ChangeIntent, version: number): ChangeIntent {
  if (change.data === undefined && change.unset === undefined) return change;
  const data = { ...change.data };
  const older = ["a", "a1"].slice(0, version);
  const newest = `a${version}`;
  for (const name of older) {
    if (Object.hasOwn(data, name) && !Object.hasOwn(data, newest)) data[newest] = data[name];
    delete data[name];
  }
  const unset = change.unset?.map((name) => older.includes(name) ? newest : name);
  const { unset: _unset, ...rest } = change;
  return {
    ...rest,
    ...(change.data === undefined ? {} : { data }),
    ...(unset === undefined
      ? {}
      : { unset: [...new Set(unset)].filter((name) => !Object.hasOwn(data, name)) }),
  };
}
