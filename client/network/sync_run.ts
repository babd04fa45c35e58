/**
 * One sync: exchanges one after the other until this device has said and heard everything there was when it
 * began; a run that ends before that is no success. What is queued meanwhile waits for the next run.
 * Continuations (more pages, the rest of a bounded batch, a `retry` suffix, the other half of a halved batch)
 * follow at once.
 *
 * A request that the server refuses as a whole is halved until the change that it cannot take stands alone;
 * that one is set aside and named, everything else goes on. A server that refuses everything sets nothing aside:
 * before a change is blamed, a request without any change must go through.
 */
import { limits } from "../../shared/mod.ts";
import { isFailing } from "../held_changes.ts";
import type { Applied } from "./apply_response.ts";
import { hasSendable } from "./take_batch.ts";
import { type ExchangeBounds, type ExchangeContext, exchangeOnce, type ExchangeOutcome } from "./exchange.ts";
import type { TabLock } from "../ports.ts";
import type { SyncResult } from "../sync_client_api.ts";

/** What a run needs besides its exchanges. */
export interface SyncRunContext extends ExchangeContext {
  lock: TabLock;
  /** Name of the lock: one per user and origin. */
  lockName: string;
  /** Longest wait for another tab's exchange. */
  lockWaitMs: number;
  /** How long a change that makes the server fail rests between two tries. */
  failingRestMs: number;
  /** Told before each exchange with how far the run is. */
  progress(progress: RunProgress): void;
  /** Told after each exchange. */
  exchanged(outcome: ExchangeOutcome): void;
  /** Why the run must end, or null. */
  interrupted(): Interruption | null;
}

/** The site has paused syncing, or the client (or this user's session) was closed. */
export type Interruption = "paused" | "closed";

const interruptedText: Record<Interruption, string> = {
  paused: "Syncing is paused. Everything is kept on this device.",
  closed: "The client was closed. Everything is kept on this device.",
};

/** How far a run is. `total` counts changes to push, or versions to pull in a compacted pull. */
export interface RunProgress {
  done: number;
  total: number;
}

/** Far more exchanges than any real sync needs: a server that always says "more" must not spin us. */
const exchangesMax = 10_000;
/** Answers in a row that came too late, because other tabs went ahead; they move on, so a few are enough. */
const overtakenMax = 10;
const unfinishedText =
  "The server did not come to the end of this sync. Everything is kept on this device, and it goes on soon.";

/** Keeps what one run learns for the next: the size of a batch, when a failing change was last tried, what to doubt. */
export class SyncRunner {
  #changesMax: number = limits.changesPerRequestMax;
  #failingTriedAt: number | null = null;
  /** The server may refuse everything: the next request goes without any change. */
  #probing = false;
  /** Head of the server's log in the last answer: the end of a pull. */
  #head = 0;

  constructor(private readonly context: SyncRunContext) {}

  /**
   * Runs to the end or to the first failure; `givenUp` also ends the wait for another tab's exchange.
   * Never rejects for a fault of network, server or storage.
   */
  async run(givenUp: AbortSignal): Promise<SyncResult> {
    const { context } = this;
    const result: SyncResult = { success: true, changesPushed: 0, changesApplied: 0, conflicts: 0 };
    const { rows } = context.state;
    let { queueSeq: seqMax, sync: { restarts } } = rows;
    let overtaken = 0;
    /** The server has taken the last request. */
    let takes = false;
    const toPush = rows.queue.size;
    for (let n = 0; n < exchangesMax; n++) {
      const code = givenUp.aborted ? "closed" : context.interrupted();
      // Nothing was confirmed: a run that was not allowed to end must not pass for a success.
      if (code !== null) {
        return { ...result, success: false, error: { code, message: interruptedText[code] } };
      }
      const failing = n > 0 && !this.#probing && this.#failingIsDue();
      if (n === 0) context.progress(this.#progress(result, toPush));
      const changesMax = this.#probing ? 0 : this.#changesMax;
      const outcome = await this.#locked({ changesMax, seqMax, takes, failing }, givenUp);
      if (!outcome) continue;
      context.exchanged(outcome);
      if (failing) this.#failingTriedAt = outcome.ok ? null : context.clock.monotonicMs();
      takes = outcome.ok;
      if (!outcome.ok) {
        if (outcome.tooMuch) {
          this.#changesMax = Math.max(1, Math.ceil(outcome.pushed / 2));
          continue;
        }
        if (outcome.unproven) {
          this.#probing = true;
          continue;
        }
        if (outcome.setAside) continue;
        // Too much for a slow network and the time there is: less next time, both ways.
        if (outcome.error.code === "timeout") this.#changesMax = Math.ceil(this.#changesMax / 2);
        return { ...result, success: false, error: outcome.error };
      }
      this.#head = outcome.head;
      if (!this.#probing) this.#changesMax = Math.min(limits.changesPerRequestMax, this.#changesMax * 2);
      result.changesPushed += outcome.applied.settled.length;
      result.changesApplied += outcome.applied.changesApplied;
      result.conflicts += outcome.applied.newConflicts.length;
      const { applied } = outcome;
      overtaken = applied.pageUsed ? 0 : overtaken + 1;
      // A restart has given every change that waits a new place, and offers settled ones again: they belong here.
      const restarted = rows.sync.restarts !== restarts;
      if (restarted) ({ queueSeq: seqMax, sync: { restarts } } = rows);
      if (applied.retrySuffix || applied.hasMore || !applied.pageUsed) {
        if (!hasMoved(applied) && (applied.pageUsed || overtaken >= overtakenMax)) break;
      } else if (!this.#probing && !(restarted && hasSendable(rows)) && !this.#goesOn(outcome)) return result;
      this.#probing = false;
      context.progress(this.#progress(result, toPush));
    }
    return { ...result, success: false, error: { code: "busy", message: unfinishedText } };
  }

  /** One exchange while no other tab has one; null if it was given up before it began. */
  #locked(
    bounds: ExchangeBounds & { failing: boolean },
    givenUp: AbortSignal,
  ): Promise<ExchangeOutcome | null> {
    const { lock, lockName, lockWaitMs } = this.context;
    const { failing, ...rest } = bounds;
    return new Promise((resolve, reject) => {
      const leave = () => resolve(null);
      const stay = () => givenUp.removeEventListener("abort", leave);
      const exchange = async () => {
        stay();
        return givenUp.aborted
          ? null
          : await exchangeOnce(this.context, failing ? { ...rest, failing } : rest);
      };
      givenUp.addEventListener("abort", leave);
      lock.run(lockName, lockWaitMs, exchange, givenUp).then(resolve, reject).finally(stay);
    });
  }

  /** Whether this device still has something to say, now that it has heard everything. */
  #goesOn({ cut, pushed }: Extract<ExchangeOutcome, { ok: true }>): boolean {
    return (cut && pushed > 0) || this.#failingIsDue();
  }

  /** A failing change is tried alone, at the back-off cap; at once when the one before it went through. */
  #failingIsDue(): boolean {
    const { state: { rows }, clock, failingRestMs } = this.context;
    // What an erase holds back is not tried: every exchange would go well, and the next one would follow at once.
    if (rows.sync.erasedHold) return false;
    let any = false;
    for (const row of rows.queue.values()) any ||= isFailing(row);
    if (!any) return false;
    return this.#failingTriedAt === null || clock.monotonicMs() - this.#failingTriedAt >= failingRestMs;
  }

  #progress(result: SyncResult, toPush: number): RunProgress {
    const { sync } = this.context.state.rows;
    if (toPush > 0 && hasSendable(this.context.state.rows)) {
      return { done: result.changesPushed, total: toPush };
    }
    return { done: sync.cursor, total: Math.max(sync.cursor, this.#head) };
  }
}

/** Whether asking again may bring anything else. */
function hasMoved({ progressed, reset, settled, rejected }: Applied): boolean {
  return progressed || reset !== null || settled.length > 0 || rejected.length > 0;
}
