/** An entity's state as JSON: what the database and backups hold. */
import type { JsonObject } from "../../shared/mod.ts";
import type { EntityRef, EntityState } from "../ledger/records.ts";

/** An entity in storage: stamps by index into the devices that occur, since their ids are long. */
export interface StoredEntity extends EntityRef {
  v: number;
  deleted?: true;
  data: JsonObject;
  devices: string[];
  /** `[name, version, device index or −1]`. */
  fields: [string, number, number][];
  removed?: [number, number];
  lastDeletion?: [number, number];
  term: [number, number];
  origin: EntityState["origin"];
  bytes: number;
}

/** As it is stored. */
export function storedEntity(entity: EntityState): StoredEntity {
  const devices = new Map<string, number>();
  const index = (deviceId: string | null): number => {
    if (deviceId === null) return -1;
    const known = devices.get(deviceId) ?? devices.size;
    devices.set(deviceId, known);
    return known;
  };
  const fields = [...entity.fieldStamps].map(([name, [version, device]]): [string, number, number] => [
    name,
    version,
    index(device),
  ]);
  const { removedStamp, lastDeletion } = entity;
  return {
    entityType: entity.entityType,
    entityId: entity.entityId,
    v: entity.version,
    ...(entity.deleted ? { deleted: true } : {}),
    data: entity.data,
    fields,
    ...(removedStamp ? { removed: [removedStamp[0], index(removedStamp[1])] } : {}),
    ...(lastDeletion ? { lastDeletion: [lastDeletion[0], index(lastDeletion[1])] } : {}),
    devices: [...devices.keys()],
    term: [...entity.checksumTerm],
    origin: entity.origin,
    bytes: entity.dataBytes,
  };
}

/** As the ledger knows it. */
export function entityOf(stored: StoredEntity): EntityState {
  const device = (i: number) => i < 0 ? null : stored.devices[i] ?? null;
  const stamp = (pair: [number, number] | undefined) => pair ? [pair[0], device(pair[1])] as const : null;
  return {
    entityType: stored.entityType,
    entityId: stored.entityId,
    version: stored.v,
    deleted: stored.deleted ?? false,
    data: stored.data,
    fieldStamps: new Map(stored.fields.map(([name, version, i]) => [name, [version, device(i)]])),
    removedStamp: stamp(stored.removed),
    lastDeletion: stamp(stored.lastDeletion),
    checksumTerm: stored.term,
    origin: stored.origin,
    dataBytes: stored.bytes,
  };
}
