/**
 * Rows of a V1 database as it is met in the field: every dialect, several entity types, deletions, and a share
 * of rows that cannot be taken over. Made from a seed, so that a run can be made again.
 */
import { createHash } from "node:crypto";
import { makeDemoRecords } from "../../client/demo/demo_records.ts";
import { type SeededRandom, seededRandom } from "../../client/demo/seeded_random.ts";
import type { JsonObject } from "../../shared/mod.ts";
import { breakRow, type BrokenKind } from "./break_row.ts";
import { inDialect } from "./write_dialect.ts";

/** A row of `sync_data`, column by column. */
export interface SampleRow {
  id: string;
  userId: string;
  entityType: string;
  entityId: string;
  /** JSON, except in broken rows; bytes are stored as a BLOB. */
  data: string | Uint8Array;
  /** SHA-256 of `data` as hex. */
  checksum: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
  deviceId: string | null;
  /** Why it cannot be taken over, or null; not a column. */
  broken: BrokenKind | null;
}

/** What to make. */
export interface SampleOptions {
  seed: number;
  /** At least 1. */
  users: number;
  /** In all; at least one a user. */
  rows: number;
  /** Share of rows that cannot be taken over, 0 to 1. */
  brokenShare: number;
}

/** Share of rows that V1 deleted: it kept them, with `deleted_at`. */
const deletedShare = 0.04;
/** Share of rows whose type the server has no rules for. */
const otherTypeShare = 0.03;
const otherTypes = ["repertoire_item", "practice_plan", "user_preferences"];

/** All rows, user by user. A few users have most of them, as everywhere. */
export function* sampleRows(options: SampleOptions): Generator<SampleRow> {
  const random = seededRandom(options.seed);
  for (const count of rowsPerUser(options)) {
    const userId = `user_${random.id(21)}`;
    const devices = Array.from({ length: random.integer(1, 4) }, () => `dev_${random.id(16)}`);
    for (const { type, data } of makeDemoRecords(random.integer(1, 2 ** 31), count)) {
      const row = sampleRow(random, { userId, devices, entityType: type, data });
      // Of a deleted record nothing is read but that, so nothing of it can be broken.
      const sound = row.deletedAt !== null || !random.chance(options.brokenShare);
      yield sound ? row : breakRow(row, random);
    }
  }
}

/** Adds up to `rows`; each has one, and of the others the n-th user a share in proportion to 1/(n+5). */
function rowsPerUser({ users, rows }: SampleOptions): number[] {
  const weights = Array.from({ length: users }, (_, n) => 1 / (n + 5));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const counts = weights.map((weight) => 1 + Math.floor(weight / total * (rows - users)));
  counts[0]! += rows - counts.reduce((sum, count) => sum + count, 0);
  return counts;
}

function sampleRow(
  random: SeededRandom,
  { userId, devices, entityType, data }: {
    userId: string;
    devices: readonly string[];
    entityType: string;
    data: JsonObject & { id: string };
  },
): SampleRow {
  const changed = { ...data };
  const createdMs = Date.parse(String(data.createdAt));
  const deletedAt = random.chance(deletedShare)
    ? new Date(createdMs + random.integer(1, 1000) * 60_000).toISOString()
    : null;
  // V1 wrote a deletion into the column always, into the record sometimes.
  if (deletedAt && random.chance(0.5)) changed.deletedAt = deletedAt;
  const type = random.chance(otherTypeShare) ? random.pick(otherTypes) : entityType;
  // V1 made ids of the time once; both kinds lie side by side.
  if (random.chance(0.3)) changed.id = `entry_${createdMs}_${random.id(9).toLowerCase()}`;
  const text = JSON.stringify(inDialect(type, changed, userId, random));
  return {
    id: `sync_${random.id(21)}`,
    userId,
    entityType: type,
    entityId: String(changed.id),
    data: text,
    checksum: createHash("sha256").update(text).digest("hex"),
    version: random.integer(1, 12),
    createdAt: columnTime(random, createdMs),
    updatedAt: columnTime(random, Date.parse(String(data.updatedAt))),
    deletedAt,
    deviceId: random.chance(0.9) ? random.pick(devices) : null,
    broken: null,
  };
}

/** Written by JavaScript, or by SQLite's CURRENT_TIMESTAMP. */
function columnTime(random: SeededRandom, ms: number): string {
  const iso = new Date(ms).toISOString();
  return random.chance(0.5) ? iso : iso.slice(0, 19).replace("T", " ");
}
