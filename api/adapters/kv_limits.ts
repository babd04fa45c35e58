/**
 * What one Deno KV transaction may hold, measured on Deno 2.9 (the messages are TypeErrors), with a margin.
 * Commits are cut by these counts, so that none of those errors can reach a caller.
 */
export const kvLimits = {
  /** KV: 1000. */
  mutationsMax: 960,
  /** KV: 81,920 bytes of keys, checks included. */
  keyBytesMax: 79_000,
  /** KV: 819,200 bytes of keys and values. */
  totalBytesMax: 780_000,
  /** Keys of one getMany. */
  keysPerGetMax: 10,
  /** A value in parts that weighs more is written ahead of its commit. */
  partBytesInCommitMax: 128 * 1024,
} as const;
