/**
 * The server of a world: the real app on the memory ledger, with a store that fails, a process that can die, and
 * a database that can be put back to an older state.
 */
import {
  createApp,
  createLedger,
  type ExchangeRequest,
  type Ledger,
  memoryLedgerStore,
} from "../../api/mod.ts";
import { nodeSha256 } from "../../api/adapters/node_sha256.ts";
import { trimLog } from "../../api/ledger/trim.ts";
import type { LedgerDeps } from "../../api/mod.ts";
import type { SyncResponse } from "../../shared/mod.ts";
import { type Crowd, crowdOf } from "./crowd.ts";
import { Dice } from "./dice.ts";
import type { Faults } from "./faults.ts";
import { type CommitObserver, faultyLedgerStore } from "./faulty_ledger_store.ts";
import { Tokens } from "./tokens.ts";
import { epochMs, type VirtualTime } from "./virtual_time.ts";

/** Where the sync API is. */
export const endpoint = "https://sync.test/api/sync/v2";

const pausedRetryMs = 60_000;

/** Told of the exchanges that the ledger is asked for, and of what it answers. */
export interface ServerObserver extends CommitObserver {
  exchangeBegan(user: string, request: ExchangeRequest): unknown;
  exchangeEnded(ticket: unknown, response: SyncResponse): void;
  exchangeFailed(ticket: unknown): void;
  /** What the observer wants to have back with a restore of this moment. */
  backedUp(): unknown;
  restored(memory: unknown): void;
}

/** A finished HTTP answer. */
export interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/** Settings of one world's server. */
export interface ServerSettings {
  /** Most changes of a page, below what the client asks for. */
  pageLimit: number;
  /** Steps of one commit. */
  stepsPerCommitMax: number;
}

export class Server {
  readonly tokens: Tokens;
  /** The site's own rule is off: what it refused before goes through now. */
  relaxed = false;
  /** The kill switch. */
  paused = false;
  /** It answers 500 to whatever it is asked. */
  failing = false;
  readonly #store;
  readonly #backups: { text: string; memory: unknown }[] = [];
  readonly #clock;
  readonly #dice: Dice;
  #serial = 0;
  #incarnation = 0;
  readonly #crowd: Crowd;
  readonly #crowdDice: Dice;
  /** One a process, all on the same store. */
  #apps: ReturnType<typeof createApp>[] = [];
  #deps!: LedgerDeps;

  constructor(
    seed: number,
    private readonly time: VirtualTime,
    private readonly faults: Faults,
    private readonly settings: ServerSettings,
    private readonly observer: ServerObserver,
  ) {
    this.#dice = Dice.of(seed, "server");
    this.#crowd = crowdOf(seed);
    this.#crowdDice = Dice.of(seed, "isolates");
    this.#store = memoryLedgerStore({ stepsPerCommitMax: settings.stepsPerCommitMax });
    this.tokens = new Tokens(() => time.nowMs);
    this.#clock = {
      nowMs: () => epochMs + time.nowMs,
      sleep: (delayMs: number) => new Promise<void>((resolve) => void time.after(delayMs, resolve)),
    };
    this.restart();
  }

  /** Whether a request reaches the server twice at about the same time, as crowded worlds have it. */
  isDoubled(): boolean {
    return this.#crowdDice.chance(this.#crowd.doubledShare);
  }

  /** Answers a request; rejects if the process dies over it. */
  async fetch(method: string, url: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const incarnation = this.#incarnation;
    const request = new Request(url, { method, headers, ...(body === undefined ? {} : { body }) });
    const response = await this.#crowdDice.pick(this.#apps).fetch(request);
    const text = await response.text();
    if (incarnation !== this.#incarnation) throw new TypeError("The connection was reset");
    return { status: response.status, headers: response.headers, body: text };
  }

  /** The processes die and others start: nothing that was under way goes on. */
  restart(): void {
    const incarnation = ++this.#incarnation;
    const ids = { uuid: () => this.#uuid() };
    const random = { next: () => this.#dice.next() };
    const store = faultyLedgerStore(this.#store, {
      faults: this.faults,
      dice: this.#dice,
      sleep: this.#clock.sleep,
      usualMsMax: this.#crowd.storeMsMax,
      usualDice: this.#crowdDice,
      alive: () => incarnation === this.#incarnation,
      observer: this.observer,
    });
    this.#deps = { store, clock: this.#clock, ids, random, sha256Hex: nodeSha256 };
    this.#apps = Array.from({ length: this.#crowd.isolates }, () =>
      createApp({
        ledger: this.#observed(createLedger(this.#deps)),
        authenticator: this.tokens,
        clock: this.#clock,
        ids,
        config: { rateLimitPerMinute: 1e9, rateLimitPerAddressPerMinute: 1e9 },
        entityTypes: { note: { "~standard": { validate: (data) => this.#judge(data) } } },
      }));
  }

  /** Keeps the database as it is now. */
  backup(): void {
    this.#backups.push({ text: this.#store.backup(), memory: this.observer.backedUp() });
  }

  /** Puts the database back as `deno task restore` does: with a new generation. False without a backup. */
  restore(choice: number): boolean {
    const backup = this.#backups[Math.floor(choice * this.#backups.length)];
    if (!backup) return false;
    const generation = this.#uuid();
    this.#store.restore(backup.text, generation);
    this.observer.restored(backup.memory);
    this.observer.generationStands(generation);
    this.restart();
    return true;
  }

  /** What was erased must not come back with an older backup: the site keeps none from before. */
  forgetBackups(): void {
    this.#backups.length = 0;
  }

  /** Forgets log rows that are older than `ageMs`. */
  async trim(user: string, ageMs: number): Promise<void> {
    await trimLog(this.#deps, user, this.#clock.nowMs() - ageMs).catch(() => {});
  }

  #judge(data: unknown) {
    const poisoned = (data as { poison?: unknown }).poison === true;
    return poisoned && !this.relaxed ? { issues: [{ message: "Poison is not allowed" }] } : {};
  }

  #observed(ledger: Ledger): Ledger {
    const { observer, settings } = this;
    const isPaused = () => this.paused;
    const isFailing = () => this.failing;
    return {
      ...ledger,
      async exchange(user, request, rules) {
        if (isFailing()) throw new Error("The server fails whatever it is asked");
        if (isPaused()) return { ok: false, code: "paused", retryAfterMs: pausedRetryMs };
        const ticket = observer.exchangeBegan(user, request);
        const limit = Math.min(request.limit ?? settings.pageLimit, settings.pageLimit);
        let response: SyncResponse | undefined;
        try {
          const result = await ledger.exchange(user, { ...request, limit }, rules);
          if (result.ok) response = result.response;
          return result;
        } finally {
          if (response) observer.exchangeEnded(ticket, response);
          else observer.exchangeFailed(ticket);
        }
      },
    };
  }

  #uuid(): string {
    return `00000000-0000-7000-9000-${(++this.#serial).toString(16).padStart(12, "0")}`;
  }
}
