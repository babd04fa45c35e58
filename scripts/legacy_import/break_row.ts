/** Spoils a row in one of the ways that old databases are spoilt, for generated databases only. */
import type { SeededRandom } from "../../client/demo/seeded_random.ts";
import { limits } from "../../shared/limits.ts";
import type { SampleRow } from "./sample_rows.ts";

/** Every kind. */
export const brokenKinds = [
  "cut_short",
  "empty",
  "not_an_object",
  "other_id",
  "bad_id",
  "long_id",
  "forbidden_key",
  "too_deep",
  "out_of_range",
  "too_large",
  "bad_type",
  "not_utf8",
  "no_user",
] as const;

/** What is wrong with a broken row. */
export type BrokenKind = typeof brokenKinds[number];

const breakers: Readonly<Record<BrokenKind, (row: SampleRow) => SampleRow>> = {
  cut_short: (row) => ({ ...row, data: String(row.data).slice(0, 40) }),
  empty: (row) => ({ ...row, data: "" }),
  not_an_object: (row) => ({ ...row, data: `[${row.data}]` }),
  other_id: (row) => ({ ...row, entityId: `${row.entityId}-old` }),
  bad_id: (row) => withId(row, `${row.entityId}\u0007`),
  long_id: (row) => withId(row, row.entityId.padEnd(129, "x")),
  forbidden_key: (row) => ({ ...row, data: `{"__proto__":{},${String(row.data).slice(1)}` }),
  too_deep: (row) => ({ ...row, data: withField(row, `${"[".repeat(40)}${"]".repeat(40)}`) }),
  out_of_range: (row) => ({ ...row, data: withField(row, "1e400") }),
  too_large: (row) => ({ ...row, data: withField(row, JSON.stringify("x".repeat(limits.entityBytesMax))) }),
  bad_type: (row) => ({ ...row, entityType: `${row.entityType}!` }),
  not_utf8: (row) => ({ ...row, data: new TextEncoder().encode(String(row.data)).with(1, 0xff) }),
  no_user: (row) => ({ ...row, userId: "" }),
};

/** How rarely a row is larger than an entity may be: each is a quarter of a megabyte. */
const largeShare = 0.02;

/** A broken copy of `row`. */
export function breakRow(row: SampleRow, random: SeededRandom): SampleRow {
  const common = brokenKinds.filter((kind) => kind !== "too_large");
  const broken = random.chance(largeShare) ? "too_large" : random.pick(common);
  return { ...breakers[broken](row), broken };
}

function withId(row: SampleRow, entityId: string): SampleRow {
  return { ...row, entityId, data: JSON.stringify({ ...JSON.parse(String(row.data)), id: entityId }) };
}

/** As text: a parsed record could not hold what is to be tested. */
function withField(row: SampleRow, json: string): string {
  return `{"extra":${json},${String(row.data).slice(1)}`;
}
