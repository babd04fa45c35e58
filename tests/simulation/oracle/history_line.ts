/**
 * One history of one user as the world saw it being committed: what the reference model makes of it, the state of
 * every entity at every version, and the checksum of every version. A restore begins a new line that shares the
 * past of an old one; an erase begins an empty line.
 */
import {
  addTerm,
  type Checksum,
  checksumTerm,
  emptyChecksum,
  type JsonObject,
  removeTerm,
} from "../../../shared/mod.ts";
import { LedgerModel } from "../../model/ledger_model.ts";

/** An entity from a version on; data is null once it is deleted. */
export interface EntityPoint {
  version: number;
  data: JsonObject | null;
}

/** What became of a change. */
export interface KnownMark {
  version: number;
  status: string;
  /** What it said: the same id over other words is another change. */
  said: unknown;
}

/** What a backup keeps of a line besides its versions. */
export interface LineMemory {
  line: HistoryLine;
  head: number;
  marks: Map<string, KnownMark>;
  accepted: Map<string, number>;
}

export class HistoryLine {
  head = 0;
  marks = new Map<string, KnownMark>();
  /** Newest place in the order of its maker that was accepted, by maker and entity. */
  accepted = new Map<string, number>();
  readonly model = new LedgerModel();
  readonly entities = new Map<string, EntityPoint[]>();
  /** Last deletion of an entity and the device that made it. */
  readonly deletions = new Map<string, { version: number; device: string | undefined }>();
  /** Entity keys by the versions that touched them; index 0 is nobody's. */
  readonly touched: (string | null)[] = [null];
  readonly #checksums: Checksum[] = [emptyChecksum];

  constructor(readonly user: string, public epochNumber: number, readonly prefix = 0) {}

  /** The state of an entity when the log ended at `version`; undefined if it never was. */
  at(key: string, version: number): EntityPoint | undefined {
    const points = this.entities.get(key);
    if (!points) return undefined;
    for (let i = points.length - 1; i >= 0; i--) if (points[i]!.version <= version) return points[i];
    return undefined;
  }

  checksumAt(version: number): Checksum {
    return this.#checksums[version] ?? emptyChecksum;
  }

  /** A version was committed; `effect` is what it did to its entity, if anything. */
  add(
    version: number,
    key: string,
    effect: { data: JsonObject | null; device: string | undefined } | null,
  ): void {
    this.head = version;
    let sum = this.checksumAt(version - 1);
    if (effect) {
      const points = this.entities.get(key) ?? [];
      sum = swapTerm(sum, key, points.at(-1), { version, data: effect.data });
      points.push({ version, data: effect.data });
      this.entities.set(key, points);
      if (effect.data === null) this.deletions.set(key, { version, device: effect.device });
    }
    this.touched[version] = effect ? key : null;
    this.#checksums[version] = sum;
  }

  /** What a backup of this moment has to remember. */
  remember(): LineMemory {
    return { line: this, head: this.head, marks: new Map(this.marks), accepted: new Map(this.accepted) };
  }

  /** The line that goes on from a backup. */
  static from({ line, head, marks, accepted }: LineMemory): HistoryLine {
    const fork = new HistoryLine(line.user, line.epochNumber, line.prefix);
    fork.head = head;
    fork.marks = new Map(marks);
    fork.accepted = new Map(accepted);
    fork.model.rows = line.model.rows.slice(0, head);
    fork.model.marks = new Map(marks);
    for (const [key, points] of line.entities) {
      const past = points.filter(({ version }) => version <= head);
      if (past.length > 0) fork.entities.set(key, past);
    }
    for (const { version, id, device, wrote } of fork.model.rows) {
      if (wrote === null) fork.deletions.set(id, { version, device });
    }
    fork.touched.push(...line.touched.slice(1, head + 1));
    fork.#checksums.push(...line.#checksums.slice(1, head + 1));
    return fork;
  }
}

function swapTerm(sum: Checksum, key: string, before: EntityPoint | undefined, after: EntityPoint): Checksum {
  const [type, id] = splitKey(key);
  if (before?.data) sum = removeTerm(sum, checksumTerm(type, id, before.version, before.data));
  return after.data ? addTerm(sum, checksumTerm(type, id, after.version, after.data)) : sum;
}

/** Names an entity in all of the oracle: a type never holds a slash. */
export function keyOf({ entityType, entityId }: { entityType: string; entityId: string }): string {
  return `${entityType}/${entityId}`;
}

/** Type and id of a key. */
export function splitKey(key: string): [type: string, id: string] {
  const at = key.indexOf("/");
  return [key.slice(0, at), key.slice(at + 1)];
}
