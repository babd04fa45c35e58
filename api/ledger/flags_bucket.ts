/**
 * Where a user stands in the rollout: one of 10,000 buckets, for ever the same. At n percent the buckets below
 * n × 100 are in, so whoever is in at 5 % is in at any more.
 */
import { sha256Hex } from "../../shared/universal.ts";

/** Never changed: another salt would take a rollout from some of those who have it. */
const salt = "tenuto sync v2 rollout\n";
const buckets = 10_000;
/** 48 bits: the bias of the remainder is below one in ten billion. */
const digits = 12;

/** 0 to 9999. */
export async function rolloutBucket(
  user: string,
  digest: (text: string) => string | Promise<string> = sha256Hex,
): Promise<number> {
  return Number.parseInt((await digest(salt + user)).slice(0, digits), 16) % buckets;
}

/** Whether a bucket is in at `percent`, 0 to 100 with at most two decimals. */
export function isInRollout(bucket: number, percent: number): boolean {
  // Rounded, because 0.07 × 100 is 7.000000000000001, which would let bucket 7 in.
  return bucket < Math.round(percent * (buckets / 100));
}
