/**
 * A browser profile without a browser: one store, marks, locks and channels that its pages share and that
 * outlive them, on the real clock shifted by the profile's own error. A page that is killed stops in the middle
 * of whatever it does: its timers never fire, its requests are cut off, its promises never settle.
 */
import { systemClock } from "../../client/adapters/system_clock.ts";
import { fetchTransport } from "../../client/adapters/fetch_transport.ts";
import { createSyncClient, memoryStore, type SyncClient, type Timing } from "../../client/mod.ts";
import type { DeviceMarks, DeviceStore, PageSignal, TabLock, Transport } from "../../client/ports.ts";
import type { SyncRow } from "../../client/rows.ts";
import { syncPath } from "../../shared/mod.ts";
import type { Findings } from "./findings.ts";

/** A schedule that gets as much into a minute as a day of a real page. */
const timing: Timing = { periodicMs: 2_000, debounceMs: 250, requestTimeoutMs: 4_000, backoffMaxMs: 3_000 };
/** The page is gone: nobody is there to hear. */
const never = new Promise<never>(() => {});

/** What a profile is made of. */
export interface ProfileOptions {
  /** For people, and one of a kind: `ada/1`. */
  name: string;
  user: string;
  /** URL of the exchange. */
  endpoint: string;
  /** False: an old browser without Web Locks, whose tabs overlap. */
  locks: boolean;
  /** How wrong its clock is. */
  clockErrorMs: number;
  getToken: () => Promise<string | null>;
  findings: Findings;
}

/** An open page. */
export interface Page {
  readonly client: SyncClient;
  /** Aborts when the page is killed or closed. */
  readonly gone: AbortSignal;
  signal(signal: PageSignal): void;
  /** The process ends at this very await. */
  kill(): void;
  /** It will end when it writes to the disk for the `write`th time from now, just before or after that is done. */
  killAtWrite(write: number, afterCommit: boolean): void;
  /** The person closes or reloads it. */
  close(): Promise<void>;
}

/** When a page is to be killed. */
interface Fuse {
  writesLeft: number;
  afterCommit: boolean;
  blow(): void;
}

export class Profile {
  readonly store = memoryStore();
  readonly pages = new Set<Page>();
  online = true;
  readonly #marks = new Map<string, string>();
  readonly #channels = new Map<string, Set<(message: unknown) => void>>();
  readonly #turns = new Map<string, Promise<unknown>>();
  #lastSync = { restarts: 0, cursor: 0 };
  readonly #inFlight = new Set<{ startedMs: number }>();

  constructor(readonly options: ProfileOptions) {}

  /** Opens a page on the database of the profile's user. */
  open(): Page {
    const { endpoint, user, clockErrorMs, getToken, locks } = this.options;
    const ending = new AbortController();
    const gone = ending.signal;
    const receivers = new Set<(signal: PageSignal) => void>();
    let visible = true;
    const fuse: Fuse = { writesLeft: Infinity, afterCommit: false, blow: () => page.kill() };
    const client = createSyncClient({
      endpoint,
      userId: user,
      getToken,
      timing,
      ports: {
        store: { open: async (name) => this.#mortalStore(await this.store.open(name), gone, fuse) },
        transport: this.#transport(gone),
        lock: locks ? this.#lock(gone) : { run: (_name, _waitMs, work) => work() },
        marks: this.#deviceMarks(),
        clock: {
          wallMs: () => systemClock.wallMs() + clockErrorMs,
          monotonicMs: () => systemClock.monotonicMs(),
          setTimer(delayMs, fire) {
            if (gone.aborted) return () => {};
            const cancel = systemClock.setTimer(delayMs, fire);
            gone.addEventListener("abort", cancel);
            return () => {
              cancel();
              gone.removeEventListener("abort", cancel);
            };
          },
        },
        channel: { open: (name, receive) => this.#channel(name, receive, gone) },
        signals: {
          visible: () => visible,
          online: () => this.online,
          listen(receive) {
            receivers.add(receive);
            return () => receivers.delete(receive);
          },
        },
      },
    });
    const page: Page = {
      client,
      gone,
      signal: (signal) => {
        if (signal === "visible" || signal === "hidden") visible = signal === "visible";
        for (const receive of receivers) receive(signal);
      },
      kill: () => {
        this.pages.delete(page);
        ending.abort();
      },
      killAtWrite(write, afterCommit) {
        fuse.writesLeft = write;
        fuse.afterCommit = afterCommit;
      },
      close: async () => {
        this.pages.delete(page);
        await client.close();
        ending.abort();
      },
    };
    this.pages.add(page);
    return page;
  }

  /** The wire comes or goes, and the browser says so. */
  setOnline(online: boolean): void {
    this.online = online;
    for (const page of this.pages) page.signal(online ? "online" : "offline");
  }

  #deviceMarks(): DeviceMarks {
    return {
      get: (key) => this.#marks.get(key) ?? null,
      set: (key, value) => void (value === null ? this.#marks.delete(key) : this.#marks.set(key, value)),
    };
  }

  #transport(gone: AbortSignal): Transport {
    const real = fetchTransport();
    return {
      send: async (request) => {
        if (gone.aborted) return await never;
        if (!this.online) throw new TypeError("The network is unreachable");
        const signal = AbortSignal.any([request.signal, gone]);
        const landed = request.url.endsWith(syncPath) ? this.#takeOff(signal) : () => {};
        try {
          const response = await real.send({ ...request, signal });
          return { ...response, text: () => mortal(response.text().finally(landed), gone) };
        } catch (error) {
          landed();
          if (gone.aborted) return await never;
          throw error;
        }
      },
    };
  }

  /**
   * A page's connection to the store: a transaction that is open when the page goes is rolled back. Every commit
   * is looked at, whoever makes it: the cursor never runs back (I6).
   */
  #mortalStore(store: DeviceStore, gone: AbortSignal, fuse: Fuse): DeviceStore {
    return {
      kind: store.kind,
      close: () => store.close(),
      transact: (mode, work) => {
        if (gone.aborted) return never;
        const transaction = store.transact(mode, async (tx) => {
          let sync: SyncRow | undefined;
          const result = await work({
            ...tx,
            put: (rows) => {
              tx.put(rows);
              sync = rows.find(([key]) => key[0] === "meta" && key[1] === "sync")?.[1] as SyncRow ?? sync;
            },
          });
          if (mode === "write") await diskWrite();
          const last = mode === "write" && --fuse.writesLeft === 0;
          if (last && !fuse.afterCommit) fuse.blow();
          if (gone.aborted) throw new Error("The page is gone, and its transaction with it");
          if (sync) this.#commitSync(sync);
          if (last) fuse.blow();
          return result;
        });
        return mortal(transaction, gone);
      },
    };
  }

  #commitSync({ restarts, cursor }: SyncRow): void {
    const { name, findings } = this.options;
    const last = this.#lastSync;
    if (restarts < last.restarts || (restarts === last.restarts && cursor < last.cursor)) {
      findings.add("I6", `${name}'s cursor ran back from ${last.cursor} to ${cursor}`);
    }
    this.#lastSync = { restarts, cursor };
  }

  /** Counts an exchange as in flight (I20) until the returned function is called or it is given up. */
  #takeOff(signal: AbortSignal): () => void {
    const flight = { startedMs: performance.now() };
    const others = [...this.#inFlight].filter(({ startedMs }) =>
      flight.startedMs - startedMs < timing.requestTimeoutMs
    );
    if (this.options.locks && others.length > 0) {
      this.options.findings.add("I20", `${this.options.name} has ${others.length + 1} exchanges in flight`);
    }
    this.#inFlight.add(flight);
    const landed = () => void this.#inFlight.delete(flight);
    signal.addEventListener("abort", landed, { once: true });
    return landed;
  }

  /** Web Locks in small: one after the other, given up with its page, taken over after `waitMsMax`. */
  #lock(gone: AbortSignal): TabLock {
    return {
      run: async (name, waitMsMax, work) => {
        const before = this.#turns.get(name) ?? Promise.resolve();
        let release = () => {};
        const held = new Promise<void>((resolve) => release = resolve);
        this.#turns.set(name, before.then(() => held));
        let cancelTimer = () => {};
        const patience = new Promise<void>((resolve) => {
          cancelTimer = systemClock.setTimer(waitMsMax, resolve);
        });
        const letGo = () => {
          cancelTimer();
          release();
          gone.removeEventListener("abort", letGo);
        };
        gone.addEventListener("abort", letGo);
        try {
          await Promise.race([before, patience]);
          if (gone.aborted) return await never;
          return await work();
        } finally {
          letGo();
        }
      },
    };
  }

  #channel(name: string, receive: (message: unknown) => void, gone: AbortSignal) {
    const all = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, all.add(receive));
    gone.addEventListener("abort", () => all.delete(receive));
    return {
      post: (message: unknown) => {
        if (gone.aborted) return;
        for (const other of all) {
          if (other !== receive) queueMicrotask(() => all.has(other) && other(message));
        }
      },
      close: () => void all.delete(receive),
    };
  }
}

/** A disk takes its time, in which a page can be killed; another task of the event loop will do. */
function diskWrite(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** `work` as a page sees it: once the page is gone it never settles. */
async function mortal<T>(work: Promise<T>, gone: AbortSignal): Promise<T> {
  try {
    const result = await work;
    return gone.aborted ? await never : result;
  } catch (error) {
    if (gone.aborted) return await never;
    throw error;
  }
}
