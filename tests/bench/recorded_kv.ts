/**
 * What a request did to Deno KV, to be done again without it: the same keys, values and transactions, the same
 * calls in flight together. That is the floor under the ledger's own work: whatever is above it is ours.
 */
import { AsyncLocalStorage } from "node:async_hooks";

type Call =
  | { kind: "get"; keys: readonly Deno.KvKey[] }
  | { kind: "list"; selector: Deno.KvListSelector; options: Deno.KvListOptions | undefined }
  | { kind: "commit"; checks: Deno.KvKey[]; writes: { key: Deno.KvKey; value?: unknown }[] };

/** Calls of one request, in groups that were in flight together. */
export type Recording = Call[][];

/** A database that notes what each request does. */
export interface RecordingKv {
  kv: Deno.Kv;
  /** Runs a request and gives what it did. */
  record(request: () => Promise<unknown>): Promise<Recording>;
}

/** Wraps `kv`. */
export function recordingKv(kv: Deno.Kv): RecordingKv {
  const current = new AsyncLocalStorage<{ groups: Recording; inFlight: number }>();
  async function noted<T>(call: Call, run: () => Promise<T>): Promise<T> {
    const request = current.getStore();
    if (!request) return await run();
    if (request.inFlight++ === 0) request.groups.push([]);
    request.groups.at(-1)!.push(call);
    try {
      return await run();
    } finally {
      request.inFlight--;
    }
  }
  const proxy: Deno.Kv = new Proxy(kv, {
    get(target, name) {
      if (name === "get") {
        return (key: Deno.KvKey) => noted({ kind: "get", keys: [key] }, () => target.get(key));
      }
      if (name === "getMany") {
        return (keys: Deno.KvKey[]) => noted({ kind: "get", keys }, () => target.getMany(keys));
      }
      if (name === "set") {
        return (key: Deno.KvKey, value: unknown) =>
          noted({ kind: "commit", checks: [], writes: [{ key, value }] }, () => target.set(key, value));
      }
      if (name === "atomic") return () => recordingAtomic(target.atomic(), noted);
      if (name === "list") {
        return (selector: Deno.KvListSelector, options?: Deno.KvListOptions) => {
          void noted({ kind: "list", selector, options }, () => Promise.resolve());
          return target.list(selector, options);
        };
      }
      throw new Error(`A recording knows nothing of kv.${String(name)}`);
    },
  });
  return {
    kv: proxy,
    async record(request) {
      const groups: Recording = [];
      await current.run({ groups, inFlight: 0 }, request);
      return groups;
    },
  };
}

function recordingAtomic(
  atomic: Deno.AtomicOperation,
  noted: <T>(call: Call, run: () => Promise<T>) => Promise<T>,
): Deno.AtomicOperation {
  const call: Call & { kind: "commit" } = { kind: "commit", checks: [], writes: [] };
  const recording: Partial<Deno.AtomicOperation> = {
    check(...checks) {
      call.checks.push(...checks.map(({ key }) => key));
      atomic.check(...checks);
      return recording as Deno.AtomicOperation;
    },
    set(key, value) {
      call.writes.push({ key, value });
      atomic.set(key, value);
      return recording as Deno.AtomicOperation;
    },
    delete(key) {
      call.writes.push({ key });
      atomic.delete(key);
      return recording as Deno.AtomicOperation;
    },
    commit: () => noted(call, () => atomic.commit()),
  };
  return recording as Deno.AtomicOperation;
}

/** Does recordings again; whoever calls it keeps requests that write the same head apart. */
export function createReplay(kv: Deno.Kv): { run(recording: Recording): Promise<void> } {
  const versionstamps = new Map<string, string | null>();
  const nameOf = (key: Deno.KvKey) => JSON.stringify(key);
  async function replay(call: Call): Promise<void> {
    if (call.kind === "get") {
      const entries = call.keys.length === 1
        ? [await kv.get(call.keys[0]!)]
        : await kv.getMany([...call.keys]);
      // Only heads are ever checked.
      for (const { key, versionstamp } of entries) {
        if (key[0] === "head") versionstamps.set(nameOf(key), versionstamp);
      }
    } else if (call.kind === "list") {
      for await (const _entry of kv.list(call.selector, call.options));
    } else {
      const atomic = kv.atomic();
      for (const key of call.checks) {
        atomic.check({ key, versionstamp: versionstamps.get(nameOf(key)) ?? null });
      }
      for (const { key, value } of call.writes) {
        value === undefined ? atomic.delete(key) : atomic.set(key, value);
      }
      const result = await atomic.commit();
      if (!result.ok) throw new Error("A replayed transaction lost a race: the floor measures nothing");
      for (const key of call.checks) versionstamps.set(nameOf(key), result.versionstamp);
    }
  }
  return {
    async run(recording) {
      for (const group of recording) {
        // A group of one is the rule: no array of promises for it.
        await (group.length === 1 ? replay(group[0]!) : Promise.all(group.map(replay)));
      }
    },
  };
}
