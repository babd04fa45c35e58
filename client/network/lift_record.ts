/**
 * Lifts records and changes to the site's schema of today by the site's own `migrate`.
 *
 * Invariant: what the app sees of a record of the base is a function of what the server said (`raw`) alone, so
 * that a record looks the same whether it was here before the page's new version came, was pulled afterwards, or
 * came to a new device. The server does not know versions of schemas, and pages of any version write to it: a
 * record is therefore lifted from version 0. A step too many does no harm, since `migrate` is idempotent; a step
 * too few would leave a record that the page cannot read.
 */
import { applyEffect, type ChangeIntent, checkIntent } from "../../shared/mod.ts";
import type { BaseRow } from "../rows.ts";
import type { SyncClientOptions } from "../sync_client_api.ts";

/** The site's schemas by entity type. */
export type EntityTypes = NonNullable<SyncClientOptions["entityTypes"]>;
type Migrate = NonNullable<EntityTypes[string]["migrate"]>;

/**
 * The row of a record as this page sees it, with the server's own data beside it where they differ; null if
 * there is nothing to lift to, if a newer page has been here (`noted` is the version that the device's rows were
 * last lifted to), if it is lifted already, or if the site's function gave nothing sound.
 */
export function liftRecord(
  row: BaseRow,
  [entityType, entityId]: readonly [type: string, id: string],
  { schemaVersion = 0, migrate }: EntityTypes[string],
  noted: number | undefined,
): BaseRow | null {
  if (!migrate || noted !== schemaVersion || (row.lifted ?? 0) >= schemaVersion) return null;
  const { version } = row;
  const raw = row.raw ?? row.data;
  const intent = lift({ type: "CREATED", entityType, entityId, data: raw }, migrate, 0);
  const data = intent && applyEffect(undefined, intent);
  if (!data) return null;
  const same = JSON.stringify(data) === JSON.stringify(raw);
  return same ? { version, data, lifted: schemaVersion } : { version, data, raw, lifted: schemaVersion };
}

/** The migrated intent, or null if the site's function did not give a sound one about the same entity. */
export function lift(intent: ChangeIntent, migrate: Migrate, from: number): ChangeIntent | null {
  try {
    const given = JSON.parse(JSON.stringify(migrate(structuredClone(intent), from)));
    const checked = checkIntent(given);
    const same = checked.ok && checked.intent.type === intent.type &&
      checked.intent.entityType === intent.entityType && checked.intent.entityId === intent.entityId;
    return same ? checked.intent : null;
  } catch {
    return null;
  }
}
