/**
 * Runs syncs when the schedule says so: one at a time, with a timer for the next one. Page signals and edits
 * come in, `run` goes out; everybody who asks while one runs gets the next one's result.
 */
import type { Clock, PageSignal, PageSignals, Random } from "../ports.ts";
import { nothingDone } from "./nothing_done.ts";
import {
  advance,
  dueAt,
  initialSchedule,
  type ScheduleEvent,
  type ScheduleState,
  type ScheduleTiming,
} from "./schedule.ts";
import type { SyncError, SyncResult } from "../sync_client_api.ts";

/** A bug, or a host that refuses: told to the page, and no reason never to sync again. */
function unexpected(error: unknown): SyncResult {
  // Not every host that runs this has one.
  (globalThis.reportError ?? console.error)(error);
  const message = "Syncing failed unexpectedly. Everything is kept on this device.";
  return nothingDone({ code: "invalid_answer", message });
}

/** What the scheduler drives. */
export interface SchedulerContext {
  clock: Clock;
  random: Random;
  signals: PageSignals;
  timing: ScheduleTiming;
  /** False: only manual syncs. */
  automatic: boolean;
  /** One sync; never rejects. */
  run(): Promise<SyncResult>;
  /** The schedule changed. */
  changed(): void;
}

/** Longest timer set at once; a longer wait is checked again then, so that clock jumps do no harm. */
const timerMaxMs = 60_000;

export class Scheduler {
  #state: ScheduleState = initialSchedule;
  #cancelTimer: (() => void) | undefined;
  #unlisten: (() => void) | undefined;
  #running: Promise<SyncResult> | undefined;
  #waiting: ((result: SyncResult) => void)[] = [];
  #closed = false;

  constructor(private readonly context: SchedulerContext) {}

  /** Begins to listen and to sync. */
  start(): void {
    const { signals, automatic } = this.context;
    // A page may have paused before this half was loaded.
    this.#state = { ...this.#state, visible: signals.visible(), stopped: this.#state.stopped || !automatic };
    this.#unlisten = signals.listen((signal) => this.#signal(signal));
    this.#plan();
  }

  get state(): ScheduleState {
    return this.#state;
  }

  /** Whether a sync is under way. */
  get running(): boolean {
    return this.#running !== undefined;
  }

  /** ms until the next automatic sync, 0 if it is due, null if none is planned. */
  get nextInMs(): number | null {
    const due = dueAt(this.#state, this.context.timing);
    return due === null ? null : Math.max(0, due - this.context.clock.monotonicMs());
  }

  /** An edit was queued. */
  edited(): void {
    this.#event({ kind: "edit" });
  }

  /** Resolves with the result of the next sync that the schedule allows. */
  sync(): Promise<SyncResult> {
    // Like an edit: it does not wait as long as a poll of a page that nobody sees.
    this.#event({ kind: "edit" });
    if (this.#state.stopped || this.#closed) return this.syncNow();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Syncs now, after one that is under way, and clears the back-off. */
  async syncNow(): Promise<SyncResult> {
    if (this.#running) await this.#running;
    this.#event({ kind: "manual" });
    return await (this.#running ?? this.#start());
  }

  /** No automatic syncs from now on; who waits for one is told why by a run that goes no further. */
  stop(): void {
    this.#event({ kind: "stopped" });
    if (this.#waiting.length > 0) void this.syncNow();
  }

  resume(): void {
    if (this.context.automatic) this.#event({ kind: "resumed" });
  }

  /**
   * Another tab has just synced, or failed with `error`: this one need not, for a while, or must wait as long as
   * that one; a `Retry-After` that one tab was told binds them all. Who waits for a sync of this tab still gets it,
   * however often others succeed or fail.
   */
  syncedElsewhere(error: SyncError | null): void {
    const awaited = this.#waiting.length > 0;
    if (this.#running || (awaited && error && error.retryAfterMs === undefined)) return;
    if (!awaited) this.#event({ kind: "started" });
    this.#ended(error);
  }

  close(): void {
    this.#closed = true;
    const message = "The client was closed. Everything is kept on this device.";
    const result = nothingDone({ code: "closed", message });
    for (const resolve of this.#waiting.splice(0)) resolve(result);
    this.#unlisten?.();
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** Resolves when no sync is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  #signal(signal: PageSignal): void {
    if (signal === "visible") this.#event({ kind: "visibility", visible: true });
    else if (signal === "hidden" || signal === "pagehide") {
      this.#event({ kind: "visibility", visible: false });
      // A timer may never fire any more.
      if (this.#state.leaving && this.nextInMs === 0) this.#start();
    } else if (signal === "resume" && this.context.signals.visible()) {
      this.#event({ kind: "visibility", visible: true });
    } else if (signal === "focus" || signal === "resume") this.#event({ kind: "focus" });
    else if (signal === "online" || signal === "offline") this.#event({ kind: signal });
  }

  #event(event: ScheduleEvent): void {
    if (this.#closed) return;
    this.#state = advance(this.#state, event, this.context.clock.monotonicMs(), this.context.timing);
    this.#plan();
    this.context.changed();
  }

  #plan(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const waitMs = this.nextInMs;
    if (waitMs === null || this.#closed) return;
    this.#cancelTimer = this.context.clock.setTimer(Math.min(waitMs, timerMaxMs), () => {
      this.#cancelTimer = undefined;
      if (this.nextInMs === 0) this.#start();
      else this.#plan();
    });
  }

  #start(): Promise<SyncResult> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const waiting = this.#waiting.splice(0);
    this.#running = this.#runOnce();
    this.#event({ kind: "started" });
    this.#running.then((result) => waiting.forEach((resolve) => resolve(result)));
    return this.#running;
  }

  async #runOnce(): Promise<SyncResult> {
    // The state says "running" before the first step of the run.
    await Promise.resolve();
    const result = await this.context.run().catch(unexpected);
    this.#running = undefined;
    this.#ended(result.success ? null : result.error);
    return result;
  }

  #ended(error: SyncError | null | undefined): void {
    if (error === null) return this.#event({ kind: "succeeded" });
    const { retryAfterMs } = error ?? {};
    const jitter = this.context.random.next();
    this.#event({ kind: "failed", jitter, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  }
}
