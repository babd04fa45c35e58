/**
 * Deno KV with a counter of sequential steps: calls that are in flight together count as one, since on a
 * remote database they cost one round trip.
 */
export interface StepCount {
  /** Sequential awaits on KV. */
  steps: number;
  /** Transactions committed. */
  commits: number;
}

export function countingKv(kv: Deno.Kv): { kv: Deno.Kv; take(): StepCount } {
  let inFlight = 0;
  let count: StepCount = { steps: 0, commits: 0 };
  async function counted<T>(call: () => Promise<T>): Promise<T> {
    if (inFlight++ === 0) count.steps++;
    try {
      return await call();
    } finally {
      inFlight--;
    }
  }
  function countedAtomic(atomic: Deno.AtomicOperation): Deno.AtomicOperation {
    const proxy: Deno.AtomicOperation = new Proxy(atomic, {
      get(target, name) {
        if (name === "commit") {
          return () => {
            count.commits++;
            return counted(() => target.commit());
          };
        }
        const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          method.apply(target, args);
          return proxy;
        };
      },
    });
    return proxy;
  }
  const proxy = new Proxy(kv, {
    get(target, name) {
      if (name === "atomic") return () => countedAtomic(target.atomic());
      if (name === "list") {
        return (...args: Parameters<Deno.Kv["list"]>) => countedList(target.list(...args), args[1], counted);
      }
      const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => counted(() => method.apply(target, args));
    },
  });
  return {
    kv: proxy,
    take() {
      const taken = count;
      count = { steps: 0, commits: 0 };
      return taken;
    },
  };
}

/** A list costs a step per batch. */
async function* countedList<T>(
  entries: AsyncIterable<T>,
  options: Deno.KvListOptions | undefined,
  counted: (call: () => Promise<void>) => Promise<void>,
): AsyncGenerator<T> {
  const batch = options?.batchSize ?? 100;
  const limit = options?.limit ?? Infinity;
  let given = 0;
  await counted(() => Promise.resolve());
  for await (const entry of entries) {
    yield entry;
    given++;
    if (given % batch === 0 && given < limit) await counted(() => Promise.resolve());
  }
}
