/**
 * One open page: the shipping client with every port in the hands of the simulation. A page can be killed between
 * any two things it hears, or frozen: then it hears nothing until it thaws, and everything at once.
 */
import { createSyncClient, type SyncClient } from "../../client/mod.ts";
import type { Clock, PageSignal, PageSignals } from "../../client/ports.ts";
import type { Handle } from "./disk.ts";
import { channelsFor, locksFor } from "./page_neighbours.ts";
import type { Profile } from "./profile.ts";
import { endpoint } from "./server.ts";
import { migratingTypes } from "./site_schema.ts";
import { transportFor } from "./network.ts";
import { epochMs } from "./virtual_time.ts";

/** An exchange that a page waits for. */
export interface InFlight {
  startedAtMs: number;
  user: string | null;
  /** It goes, or goes on, without the lock. */
  orphaned: boolean;
}

export class Page {
  readonly client: SyncClient;
  dead = false;
  frozen = false;
  visible = true;
  /** The network half has been loaded: no import is under way any more. */
  started = false;
  /** The browser gave it no database: what it keeps goes with it, and it says so. */
  memoryMode = false;
  /**
   * Exchanges of it that go on although another page has, or had, the lock: somebody lost their patience, or did not
   * ask for the lock at all, as in an old browser.
   */
  outsideLock = 0;
  /** Somebody has asked it to close. */
  closing = false;
  /** How often it has heard that its disk failed. */
  faultsHeard = 0;
  readonly handles: Handle[] = [];
  readonly inFlight = new Set<InFlight>();
  /** Logouts that it was asked for and that have not come to an end: what it shows is about to go. */
  logouts = 0;
  /** The last exchange that it has asked for, as JSON. */
  lastBody = "";
  /** Exchanges that it has asked for. */
  requestsSent = 0;
  /** When it sent those of the last minute. */
  readonly requestsAtMs: number[] = [];
  readonly #inbox: (() => void)[] = [];
  readonly #listeners = new Set<(signal: PageSignal) => void>();

  constructor(readonly profile: Profile, readonly name: string, readonly schemaVersion: number) {
    const { world } = profile;
    this.client = createSyncClient({
      endpoint,
      getToken: () => profile.token(this),
      ...(schemaVersion > 0 ? { entityTypes: migratingTypes(schemaVersion) } : {}),
      ports: {
        store: profile.disk.factoryFor(this, (handle) => this.handles.push(handle)),
        marks: profile.marks,
        clock: this.#clock(),
        random: { next: () => profile.dice.next() },
        ids: { uuid: () => profile.uuid() },
        transport: transportFor(this),
        lock: locksFor(this),
        channel: channelsFor(this),
        signals: this.#signals(),
        background: {
          request() {},
          answer: () => {
            this.started = true;
            return () => {};
          },
        },
      },
    });
    world.oracle.listeners.listen(this);
    world.oracle.losses.listen(this);
    world.oracle.telling.listen(this);
    this.client.addEventListener("storage", ({ detail }) => {
      if (detail.kind === "memory") this.memoryMode ||= this.session === undefined;
    });
    this.client.addEventListener("reset", ({ detail }) => world.trace.add(name, `reset ${detail.reason}`));
    this.client.addEventListener("applied", ({ detail }) => {
      world.trace.add(name, `settled ${shortId(detail.changeId)} ${detail.status} v${detail.version}`);
    });
    this.client.addEventListener("rejected", ({ detail }) => {
      world.trace.add(name, `rejected ${shortId(detail.changeId)} ${detail.code}`);
    });
  }

  /** The connection that the view is made from, if the page has its database open. */
  get session(): Handle | undefined {
    const last = this.handles.at(-1);
    return last?.loaded && !last.closed ? last : this.handles.findLast((one) => one.loaded && !one.closed);
  }

  /** There is something that it has not heard yet, or it hears nothing. */
  get hearsLate(): boolean {
    return this.frozen || this.#inbox.length > 0;
  }

  deliver(hear: () => void): void {
    if (this.dead) return;
    // What comes late must not overtake what is still to be heard.
    if (this.frozen || this.#inbox.length > 0) this.#inbox.push(hear);
    else hear();
  }

  /** Killed, without a word to anybody. */
  die(): void {
    if (this.dead) return;
    this.dead = true;
    this.inFlight.clear();
    this.#inbox.length = 0;
    this.profile.world.trace.add(this.name, "died");
    this.profile.pageGone(this);
  }

  freeze(): void {
    this.frozen = true;
  }

  /** Hears what it has missed, one thing after the other. */
  thaw(): void {
    if (!this.frozen || this.dead || this.profile.world.asleep) return;
    this.frozen = false;
    this.#hearNext();
  }

  #hearNext(): void {
    if (this.#inbox.length === 0) return;
    this.profile.world.time.after(0, () => {
      if (this.frozen || this.dead) return;
      this.#inbox.shift()?.();
      this.#hearNext();
    });
  }

  /** The browser tells the page something. */
  signal(signal: PageSignal): void {
    if (signal === "visible" || signal === "hidden") this.visible = signal === "visible";
    this.deliver(() => this.#listeners.forEach((listener) => listener(signal)));
  }

  #clock(): Clock {
    const { profile } = this;
    const { time } = profile.world;
    return {
      wallMs: () => epochMs + profile.wallMs(),
      monotonicMs: () => time.nowMs,
      setTimer: (delayMs, fire) => {
        let live = true;
        const event = time.after(delayMs, () => this.deliver(() => live && fire()));
        return () => {
          live = false;
          event.fire = undefined;
        };
      },
    };
  }

  #signals(): PageSignals {
    return {
      visible: () => this.visible,
      online: () => this.profile.online,
      listen: (receive) => {
        this.#listeners.add(receive);
        return () => this.#listeners.delete(receive);
      },
    };
  }
}

/** The part of a simulated UUID that tells it from others. */
export function shortId(uuid: string): string {
  return `${Number.parseInt(uuid.slice(0, 8), 16)}-${Number.parseInt(uuid.slice(-8), 16)}`;
}
