/**
 * When to sync next: a pure function of what happened and the monotonic time. No clock, no timer, no
 * randomness lives here; `scheduler.ts` turns the answer into a timer.
 *
 *            trigger (edit, focus, visible, online)         finished ok
 *     idle ──────────────────────────────────────▶ due ──▶ running ──▶ idle
 *      ▲  30 s visible, 4 min hidden                          │
 *      └────────────────── back-off, Retry-After ◀────────────┘ failed
 *
 * At least `debounceMs` lies between the starts of two automatic syncs; what is triggered earlier runs at the
 * trailing edge. One exception: an edit that waits when the page goes out of sight leaves at once, because
 * nobody knows whether the page will run again. A manual sync starts at once and clears the back-off. Back-off
 * doubles up to `backoffMaxMs` with full jitter above a floor, so that a request bound per hour holds whatever
 * the dice say.
 */
import type { Timing } from "../sync_client_api.ts";

/** Settings of the schedule in ms. */
export type ScheduleTiming = Timing & {
  /** Between automatic syncs of a tab that nobody sees. */
  hiddenPeriodMs: number;
};

export const defaultTiming: ScheduleTiming = {
  periodicMs: 30_000,
  debounceMs: 5_000,
  requestTimeoutMs: 30_000,
  backoffMaxMs: 300_000,
  hiddenPeriodMs: 240_000,
};

/** Longest wait that a browser's timer takes; what is longer fires at once. */
const timerMaxMs = 2 ** 31 - 1;

/** The site's settings over the defaults; what is no number from 0 would never wait, and leaves the default. */
export function readTiming(given: Partial<Timing> = {}): ScheduleTiming {
  const timing = { ...defaultTiming };
  for (const [name, ms] of Object.entries(given)) {
    if (typeof ms === "number" && ms >= 0) timing[name as keyof Timing] = Math.min(ms, timerMaxMs);
  }
  return timing;
}

/** First back-off step; doubles from here. */
const backoffFirstMs = 1_000;
/** Jitter never goes under this share of the step: with less, unlucky dice exceed 60 starts in the first hour. */
const backoffFloorShare = 0.25;

/** All that decides when to sync. Times are monotonic ms. */
export interface ScheduleState {
  running: boolean;
  visible: boolean;
  /** Paused by the site, closed, or automatic syncing is off. */
  stopped: boolean;
  /** Start of the last sync, or null. */
  startedAt: number | null;
  /** Something asks for a sync since then, or null. */
  triggeredAt: number | null;
  /** The trigger is an edit on this device, or somebody who waits: even a hidden tab syncs soon. */
  triggeredByEdit: boolean;
  /** The page went out of sight while an edit waited: it may never run again. */
  leaving: boolean;
  /** Consecutive failures. */
  failures: number;
  /** Not before this time: back-off or Retry-After; null: whenever due. */
  notBefore: number | null;
  /** The server named the wait itself; no page event may shorten it. */
  serverAsked: boolean;
}

/** A schedule in which nothing has happened. */
export const initialSchedule: ScheduleState = {
  running: false,
  visible: true,
  stopped: false,
  startedAt: null,
  triggeredAt: null,
  triggeredByEdit: false,
  leaving: false,
  failures: 0,
  notBefore: null,
  serverAsked: false,
};

/** What can happen. */
export type ScheduleEvent =
  | { kind: "edit" | "focus" | "online" | "offline" | "started" | "manual" | "stopped" | "resumed" }
  | { kind: "visibility"; visible: boolean }
  | { kind: "succeeded" }
  /** `jitter` 0 ≤ n < 1 comes from the random port. */
  | { kind: "failed"; jitter: number; retryAfterMs?: number };

/** The state after `event`, at `now`. */
export function advance(
  state: ScheduleState,
  event: ScheduleEvent,
  now: number,
  timing: ScheduleTiming,
): ScheduleState {
  switch (event.kind) {
    case "edit":
      return { ...state, triggeredAt: state.triggeredAt ?? now, triggeredByEdit: true };
    case "focus":
      return { ...state, triggeredAt: state.triggeredAt ?? now };
    case "online":
      // The network came back: what was backed off for the network's sake may go.
      return clearOwnBackoff({ ...state, triggeredAt: state.triggeredAt ?? now });
    case "offline":
      return state;
    case "visibility":
      return event.visible
        ? { ...state, visible: true, leaving: false, triggeredAt: state.triggeredAt ?? now }
        : { ...state, visible: false, leaving: state.triggeredByEdit };
    case "manual":
      return { ...state, failures: 0, notBefore: null, serverAsked: false };
    case "started":
      return {
        ...state,
        running: true,
        startedAt: now,
        triggeredAt: null,
        triggeredByEdit: false,
        leaving: false,
      };
    case "succeeded":
      return { ...state, running: false, failures: 0, notBefore: null, serverAsked: false };
    case "failed": {
      const waitMs = Math.max(backoffMs(state.failures, event.jitter, timing), event.retryAfterMs ?? 0);
      const serverAsked = event.retryAfterMs !== undefined;
      return { ...state, running: false, failures: state.failures + 1, notBefore: now + waitMs, serverAsked };
    }
    case "stopped":
      return { ...state, stopped: true };
    case "resumed":
      return { ...state, stopped: false, triggeredAt: state.triggeredAt ?? now };
  }
}

/** Monotonic ms at which the next automatic sync is due (possibly past), or null if none is. */
export function dueAt(state: ScheduleState, timing: ScheduleTiming): number | null {
  if (state.running || state.stopped) return null;
  const { startedAt, triggeredAt, notBefore } = state;
  if (startedAt === null) return notBefore ?? -Infinity;
  // Never against a back-off: a server in trouble is not asked more often because somebody switches tabs.
  if (state.leaving && notBefore === null && state.failures === 0) return triggeredAt;
  let due = startedAt +
    (state.visible ? timing.periodicMs : Math.max(timing.hiddenPeriodMs, timing.periodicMs));
  if (triggeredAt !== null) due = Math.min(due, Math.max(triggeredAt, startedAt + timing.debounceMs));
  if (notBefore !== null) due = retryDue(state, due, timing);
  const floor = state.visible || (state.triggeredByEdit && state.failures === 0)
    ? startedAt + timing.debounceMs
    : startedAt + timing.hiddenPeriodMs;
  return Math.max(due, floor);
}

/** While failing, the back-off alone decides: triggers do not shorten it and polls do not lengthen it. */
function retryDue(state: ScheduleState, due: number, timing: ScheduleTiming): number {
  const { notBefore, failures, startedAt } = state;
  if (failures === 0) return Math.max(due, notBefore!);
  return Math.max(notBefore!, startedAt! + timing.debounceMs);
}

/** Wait after the failure number `failures + 1`: exponential, with full jitter above a floor. */
export function backoffMs(failures: number, jitter: number, timing: ScheduleTiming): number {
  const step = Math.min(timing.backoffMaxMs, backoffFirstMs * 2 ** Math.min(failures, 30));
  // Whole milliseconds: sums of times stay exact, and so do the bounds that are made of them.
  return Math.ceil(step * (backoffFloorShare + (1 - backoffFloorShare) * jitter));
}

function clearOwnBackoff(state: ScheduleState): ScheduleState {
  return state.serverAsked ? state : { ...state, notBefore: null, failures: 0 };
}
