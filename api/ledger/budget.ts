/** Bounds of the ledger's work; what a request does not reach within them is answered `retry`. */
export const budget = {
  /** Commits of one exchange. */
  commitsMax: 8,
  /** Entity bytes read and written by one exchange. */
  touchedBytesMax: 4 * 1024 * 1024,
  /** Attempts against a head that others move. */
  attemptsMax: 12,
  /** Full jitter: attempt n waits up to this times 2^n … */
  backoffBaseMs: 4,
  /** … but never longer than this. */
  backoffCapMs: 500,
  /** `Retry-After` of `busy`. */
  busyRetryAfterMs: 1000,
  /** `Retry-After` of `paused`. */
  pausedRetryAfterMs: 60_000,
  /** Times an exchange starts over because the data was erased or trimmed below it. */
  restartsMax: 4,
  /** Age after which a poll rewrites its device row. */
  deviceRowAgeMs: 5 * 60_000,
  /** Log rows that one page looks at, delivered or not. */
  rowsScannedMax: 5000,
  /** Bytes of the log rows that one page looks at, delivered or not; one read more may go above. */
  bytesScannedMax: 8 * 1024 * 1024,
  /** Log rows of one read. */
  rowsPerReadMax: 500,
  /** Feed entries of one read; they are small. */
  entriesPerReadMax: 1000,
  /** Stored bytes of one read of what an answer needs all of. */
  bytesPerReadMax: 4 * 1024 * 1024,
  /** Stored bytes of one read where the next follows it: parsed, lists of nothing weigh fifteen times as much. */
  bytesPerSliceMax: 1024 * 1024,
  /** Keys that an erase sweeps before it answers; the rest is left to the sweeper. */
  sweptByEraseMax: 20_000,
} as const;

/** Full-jitter delay before attempt `attempt` (1, 2, …). */
export function backoffMs(attempt: number, random: number): number {
  return random * Math.min(budget.backoffCapMs, budget.backoffBaseMs * 2 ** attempt);
}
