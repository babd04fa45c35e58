/**
 * A whole system in one process: the real server app on the memory ledger, and any number of real clients,
 * each on a device (a browser profile with its own store) in one or more tabs. Time is virtual; the network
 * can be cut, slowed and made to lie.
 */
import { setImmediate } from "node:timers";
import { SignJWT } from "jose";
import { createApp, jwtAuthenticator, memoryLedger, secretKeys } from "../../../api/mod.ts";
import {
  createSyncClient,
  memoryStore,
  type SyncClient,
  type SyncClientOptions,
} from "../../../client/mod.ts";
import { fetchTransport } from "../../../client/adapters/fetch_transport.ts";
import type {
  DeviceMarks,
  DeviceStoreFactory,
  PageSignal,
  PageSignals,
  TabChannelFactory,
  TabLock,
  Transport,
  TransportRequest,
  TransportResponse,
} from "../../../client/ports.ts";
import { Busy, TrackedCompressionStream } from "./busy.ts";
import { VirtualClock } from "./virtual_clock.ts";
// Loaded before virtual time runs; the client's own import of it then costs none.
import "../../../client/network/mod.ts";

globalThis.CompressionStream = TrackedCompressionStream;

const secret = "a secret for tests that is long enough";
const endpoint = "https://sync.test/api/sync/v2";
/** Real turns of the event loop without any progress before virtual time moves. */
const idleTurns = 20;
/** Far beyond what a test needs; a condition that never comes true must fail, not hang. */
const turnsMax = 200_000;

/** Answers of the network to one request; `pass` reaches the real server. */
export type NetworkRule = (
  request: TransportRequest,
  pass: () => Promise<TransportResponse>,
) => Promise<TransportResponse>;

export class World {
  readonly clock = new VirtualClock();
  readonly endpoint = endpoint;
  /** Every request that any client sent, newest last. */
  readonly requests: TransportRequest[] = [];
  readonly #busy = new Busy();
  #serial = 0;
  readonly #clients: SyncClient[] = [];
  #app = this.#newApp();

  /** Calls the server directly. */
  fetch(request: Request): Promise<Response> {
    return this.#busy.track(Promise.resolve(this.#app.fetch(request)));
  }

  /** Replaces the server by an empty one, as a lost database does. */
  loseServer(): void {
    this.#app = this.#newApp();
  }

  /** A token for `user`, valid for `validMs`. */
  async token(user: string, validMs = 3_600_000): Promise<string> {
    const now = Math.floor(this.clock.wallMs() / 1000);
    const token = new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject(user).setIssuedAt(now)
      .setExpirationTime(now + Math.floor(validMs / 1000)).sign(new TextEncoder().encode(secret));
    return await this.#busy.track(token);
  }

  /** A new browser profile. */
  device(): Device {
    return new Device(this);
  }

  /** A UUID of this world: the same in every run. */
  uuid(): string {
    return `00000000-0000-7000-8000-${(++this.#serial).toString(16).padStart(12, "0")}`;
  }

  adopt(client: SyncClient): SyncClient {
    this.#clients.push(client);
    return client;
  }

  /**
   * Lets the world run until `done`; virtual time moves to the next timer whenever nothing else happens.
   * Throws after `withinMs` of virtual time.
   */
  async until(done: () => boolean, what: string, withinMs = 3_600_000): Promise<void> {
    const deadline = this.clock.monotonicMs() + withinMs;
    for (let turn = 0, idle = 0; turn < turnsMax; turn++) {
      if (done()) return;
      await this.#turn();
      idle = this.#busy.now ? 0 : idle + 1;
      if (idle < idleTurns) continue;
      idle = 0;
      if (!this.clock.fireNext(deadline - this.clock.monotonicMs())) break;
    }
    if (!done()) throw new Error(`Waited ${withinMs} virtual ms in vain until ${what}`);
  }

  /** Lets `ms` of virtual time pass, with everything that is due. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.monotonicMs() + ms;
    await this.settle();
    while (this.clock.fireNext(end - this.clock.monotonicMs())) await this.settle();
    this.clock.skip(end - this.clock.monotonicMs());
    await this.settle();
  }

  /** Lets everything run that needs no time. */
  async settle(): Promise<void> {
    for (let turn = 0, idle = 0; idle < idleTurns && turn < turnsMax; turn++) {
      await this.#turn();
      idle = this.#busy.now ? 0 : idle + 1;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = Promise.all(this.#clients.map((client) => client.close()));
    let closed = false;
    closing.then(() => closed = true);
    await this.until(() => closed, "all clients are closed");
  }

  /** One turn of the event loop; while real work is under way it is given real time. */
  #turn(): Promise<void> {
    return new Promise((resolve) => void (this.#busy.now ? setTimeout(resolve, 0) : setImmediate(resolve)));
  }

  #newApp() {
    const clock = {
      nowMs: () => this.clock.nowMs(),
      sleep: (delayMs: number) => this.#busy.resting(this.clock.sleep(delayMs)),
    };
    const ids = { uuid: () => crypto.randomUUID() };
    const ledger = memoryLedger({ clock, ids, random: { next: () => 0.5 } });
    const authenticator = jwtAuthenticator({ keys: secretKeys(secret), clock });
    return createApp({
      ledger,
      authenticator,
      clock,
      ids,
      config: { rateLimitPerMinute: 1e6, rateLimitPerAddressPerMinute: 1e6 },
    });
  }
}

/** A browser profile: one store, one network, shared by its tabs. */
export class Device {
  /** Replaced when the browser throws the site's databases away. */
  store: DeviceStoreFactory = memoryStore();
  /** What localStorage keeps. */
  readonly #marks = new Map<string, string>();
  readonly marks: DeviceMarks = {
    get: (key) => this.#marks.get(key) ?? null,
    set: (key, value) => void (value === null ? this.#marks.delete(key) : this.#marks.set(key, value)),
  };
  readonly #channels = new Map<string, Set<(message: unknown) => void>>();
  readonly #locks = new Map<string, Promise<unknown>>();
  online = true;
  /** Stands between this device's clients and the server. */
  network: NetworkRule = (_request, pass) => pass();
  requests: TransportRequest[] = [];

  constructor(readonly world: World) {}

  /** Opens a page; `options` as for `createSyncClient`, the user's token by default. */
  open(user: string | null, options: Partial<SyncClientOptions> = {}): Tab {
    const signals = new TestSignals(() => this.online);
    const client = createSyncClient({
      endpoint: this.world.endpoint,
      getToken: () => user === null ? null : this.world.token(user),
      ...options,
      ports: {
        store: this.store,
        marks: this.marks,
        clock: this.world.clock,
        random: { next: () => 0.5 },
        ids: { uuid: () => this.world.uuid() },
        transport: this.transport(),
        lock: this.lock(),
        channel: this.channel(),
        signals,
        ...options.ports,
      },
    });
    return { client: this.world.adopt(client), signals };
  }

  transport(): Transport {
    const server = fetchTransport((url, init) => this.world.fetch(new Request(url, init)));
    return {
      send: async (request) => {
        this.requests.push(request);
        this.world.requests.push(request);
        if (!this.online) throw new TypeError("offline");
        return await this.network(request, () => server.send(request));
      },
    };
  }

  lock(): TabLock {
    return {
      run: (name, _waitMsMax, work) => {
        const turn = (this.#locks.get(name) ?? Promise.resolve()).then(work, work);
        this.#locks.set(name, turn.catch(() => {}));
        return turn;
      },
    };
  }

  channel(): TabChannelFactory {
    return {
      open: (name, receive) => {
        const all = this.#channels.get(name) ?? new Set();
        this.#channels.set(name, all.add(receive));
        return {
          post: (message) => {
            for (const other of all) {
              if (other !== receive) queueMicrotask(() => all.has(other) && other(message));
            }
          },
          close: () => all.delete(receive),
        };
      },
    };
  }
}

/** One open page. */
export interface Tab {
  client: SyncClient;
  signals: TestSignals;
}

/** Page signals that a test sends. */
export class TestSignals implements PageSignals {
  #visible = true;
  #receive = new Set<(signal: PageSignal) => void>();

  constructor(private readonly isOnline: () => boolean) {}

  visible(): boolean {
    return this.#visible;
  }

  online(): boolean {
    return this.isOnline();
  }

  listen(receive: (signal: PageSignal) => void): () => void {
    this.#receive.add(receive);
    return () => this.#receive.delete(receive);
  }

  send(signal: PageSignal): void {
    if (signal === "visible" || signal === "hidden") this.#visible = signal === "visible";
    for (const receive of this.#receive) receive(signal);
  }
}
