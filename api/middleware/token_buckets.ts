/**
 * Token buckets in the isolate's memory: a brake, not truth. They never write to the store, and an isolate that
 * starts again starts with full buckets. Invariant: at most `bucketsMax` buckets; beyond it the one that was
 * used longest ago makes room, so that inventing keys costs the inventor, not the server's memory.
 */
import type { Clock } from "../ports.ts";

/** What one take left behind. */
export interface BucketState {
  allowed: boolean;
  /** Whole takes that are left. */
  remaining: number;
  /** Seconds until the next take is allowed; 0 when one is left. */
  retryAfterSeconds: number;
  /** Seconds until the bucket is full. */
  fullAfterSeconds: number;
}

/** Buckets by key. */
export interface TokenBuckets {
  readonly perMinute: number;
  take(key: string): BucketState;
  /** How many buckets there are. */
  size(): number;
}

/** Buckets that hold `perMinute` takes and fill up at that rate. */
export function createTokenBuckets(
  { perMinute, bucketsMax = 10_000, clock }: { perMinute: number; bucketsMax?: number; clock: Clock },
): TokenBuckets {
  const perMs = perMinute / 60_000;
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  const secondsFor = (tokens: number) => tokens <= 0 ? 0 : Math.ceil(tokens / perMs / 1000);

  return {
    perMinute,
    size: () => buckets.size,
    take(key) {
      const nowMs = clock.nowMs();
      const old = buckets.get(key);
      // A clock that was set back must not take tokens away.
      const elapsedMs = old === undefined ? 0 : Math.max(0, nowMs - old.atMs);
      const filled = old === undefined ? perMinute : Math.min(perMinute, old.tokens + elapsedMs * perMs);
      const allowed = filled >= 1;
      const tokens = allowed ? filled - 1 : filled;
      buckets.delete(key);
      buckets.set(key, { tokens, atMs: nowMs });
      if (buckets.size > bucketsMax) {
        for (const oldest of buckets.keys()) {
          buckets.delete(oldest);
          break;
        }
      }
      return {
        allowed,
        remaining: Math.floor(tokens),
        retryAfterSeconds: allowed ? 0 : Math.max(1, secondsFor(1 - tokens)),
        fullAfterSeconds: secondsFor(perMinute - tokens),
      };
    },
  };
}
