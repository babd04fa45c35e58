/** A user's export, read and folded again by rules written here: what state the log alone says there is. */
import { addTerm, checksumTerm, emptyChecksum, formatChecksum, type JsonObject } from "../../shared/mod.ts";
import { entityKey } from "../../client/rows.ts";
import type { ExportLine } from "../../api/ports.ts";

/** A row of the log. */
export type ExportedChange = Extract<ExportLine, { kind: "change" }>;
/** A live record. */
export interface ExportedEntity {
  entityType: string;
  entityId: string;
  version: number;
  data: JsonObject;
}

/** What an export says. */
export interface Exported {
  epoch: string;
  head: number;
  entities: Map<string, ExportedEntity>;
  changes: ExportedChange[];
  /** Of `entities`, as server and clients count it. */
  checksum: string;
}

/** Reads NDJSON; throws for a line that is none. */
export function readExport(text: string): Exported {
  const exported: Exported = { epoch: "", head: -1, entities: new Map(), changes: [], checksum: "" };
  for (const line of text.trimEnd().split("\n")) {
    const parsed: ExportLine = JSON.parse(line);
    if (parsed.kind === "head") {
      exported.epoch = parsed.epoch;
      exported.head = parsed.latestServerVersion;
    } else if (parsed.kind === "entity") {
      const { kind: _kind, ...entity } = parsed;
      exported.entities.set(entityKey(entity.entityType, entity.entityId), entity);
    } else exported.changes.push(parsed);
  }
  let sum = emptyChecksum;
  for (const { entityType, entityId, version, data } of exported.entities.values()) {
    sum = addTerm(sum, checksumTerm(entityType, entityId, version, data));
  }
  return { ...exported, checksum: formatChecksum(sum) };
}

/** The live records that the rows of the log make, one after the other. */
export function foldChanges(changes: readonly ExportedChange[]): Map<string, ExportedEntity> {
  const live = new Map<string, ExportedEntity>();
  for (const { type, entityType, entityId, version, data = {}, unset = [], effect } of changes) {
    const key = entityKey(entityType, entityId);
    const before = live.get(key)?.data;
    if (effect === "none") continue;
    if (effect === "deleted") {
      live.delete(key);
      continue;
    }
    let after: JsonObject;
    if (effect === "created") after = data;
    // A CREATED that met a record only adds what is missing there; an UPDATED replaces its fields.
    else after = type === "CREATED" ? { ...data, ...before } : { ...before, ...data };
    after = Object.fromEntries(Object.entries(after).filter(([name]) => !unset.includes(name)));
    live.set(key, { entityType, entityId, version, data: after });
  }
  return live;
}
