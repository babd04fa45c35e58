import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  advance,
  backoffMs,
  defaultTiming as timing,
  dueAt,
  initialSchedule,
  readTiming,
  type ScheduleEvent,
  type ScheduleState,
} from "../../client/network/schedule.ts";

/** Applies events of one instant. */
function after(now: number, events: ScheduleEvent[], state: ScheduleState = initialSchedule): ScheduleState {
  return events.reduce((state, event) => advance(state, event, now, timing), state);
}

const ran: ScheduleEvent[] = [{ kind: "started" }, { kind: "succeeded" }];
const failed = (jitter: number, retryAfterMs?: number): ScheduleEvent[] => [
  { kind: "started" },
  { kind: "failed", jitter, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
];
const hidden: ScheduleEvent = { kind: "visibility", visible: false };
const due = (state: ScheduleState) => dueAt(state, timing);
const hourMs = 3_600_000;

Deno.test("a fresh page syncs at once; while it runs, or is stopped, nothing is due", () => {
  assertEquals(due(initialSchedule), -Infinity);
  assertEquals(due(after(0, [{ kind: "started" }])), null);
  assertEquals(due(after(0, [{ kind: "stopped" }])), null);
  assertEquals(due(after(7, [{ kind: "stopped" }, { kind: "resumed" }])), -Infinity);
});

Deno.test("idle polls come every 30 s while somebody looks, every 4 min while nobody does", () => {
  assertEquals(due(after(1000, ran)), 31_000);
  assertEquals(due(after(1000, [...ran, hidden])), 241_000);
});

Deno.test("an edit, focus, visibility or resume goes 5 s after the last start, or at once if that is past", () => {
  const triggers: ScheduleEvent[] = [
    { kind: "edit" },
    { kind: "focus" },
    { kind: "online" },
    { kind: "resumed" },
    { kind: "visibility", visible: true },
  ];
  for (const trigger of triggers) {
    const state = after(1000, ran);
    assertEquals(due(advance(state, trigger, 2000, timing)), 6000, trigger.kind);
    assertEquals(due(advance(state, trigger, 20_000, timing)), 20_000, trigger.kind);
  }
});

Deno.test("an edit that waits when the page goes out of sight leaves at once, but never against a back-off", () => {
  const edited = advance(after(1000, ran), { kind: "edit" }, 2000, timing);
  assertEquals(due(edited), 6000);
  const left = advance(edited, hidden, 3000, timing);
  assertEquals(due(left), 2000);
  assertEquals(due(after(3000, ran, left)), 243_000, "once");
  assertEquals(due(advance(left, { kind: "visibility", visible: true }, 3500, timing)), 6000, "it came back");
  assertEquals(due(advance(after(1000, ran), hidden, 3000, timing)), 241_000, "nothing waits");
  const failing = after(3000, [...failed(1), { kind: "edit" }, hidden]);
  assert(due(failing)! > 3000, "the server is in trouble");
});

Deno.test("a second trigger does not put the first one off", () => {
  let state = after(0, ran);
  for (let now = 1000; now < 5000; now += 100) state = advance(state, { kind: "edit" }, now, timing);
  assertEquals(due(state), 5000);
});

Deno.test("a hidden tab sends an edit soon, but polls for nothing else", () => {
  const state = after(0, [hidden, ...ran]);
  assertEquals(due(advance(state, { kind: "edit" }, 60_000, timing)), 60_000);
  assertEquals(due(advance(state, { kind: "focus" }, 60_000, timing)), 240_000);
});

Deno.test("an edit made during a sync goes at the trailing edge; one made before it is done with", () => {
  const during = advance(after(0, [{ kind: "started" }]), { kind: "edit" }, 1000, timing);
  assertEquals(due(advance(during, { kind: "succeeded" }, 2000, timing)), 5000);
  assertEquals(due(after(0, [{ kind: "edit" }, ...ran])), 30_000);
});

Deno.test("while the server fails, triggers and polls wait for the back-off", () => {
  let state = after(0, failed(0.5));
  for (let n = 0; n < 8; n++) state = after(0, failed(1), state);
  assertEquals(state.notBefore, 256_000);
  for (const kind of ["edit", "focus"] as const) {
    assertEquals(due(advance(state, { kind }, 10, timing)), 256_000, kind);
  }
  assertEquals(due(advance(state, { kind: "visibility", visible: true }, 10, timing)), 256_000);
  assertEquals(due(advance(state, { kind: "manual" }, 10, timing)), 30_000, "a person may go at once");
});

Deno.test("back-off doubles up to its cap; the dice never take it below a quarter or above the step", () => {
  for (let failures = 0; failures < 40; failures++) {
    const step = Math.min(timing.backoffMaxMs, 1000 * 2 ** failures);
    assertEquals(backoffMs(failures, 0, timing), step * 0.25);
    assert(backoffMs(failures, 0.999999, timing) <= step);
    assert(backoffMs(failures, 0.5, timing) < step);
  }
});

Deno.test("Retry-After is never cut short: not by dice, edits, focus, or the network coming back", () => {
  const state = after(0, failed(0, 90_000));
  for (const kind of ["edit", "focus", "online", "offline"] as const) {
    assertEquals(due(advance(state, { kind }, 10, timing)), 90_000, kind);
  }
  assertEquals(due(advance(state, { kind: "visibility", visible: true }, 10, timing)), 90_000);
  const long = after(0, [...Array.from({ length: 9 }, () => failed(0.9)).flat(), ...failed(0.9, 1000)]);
  assert(due(long)! > 100_000, "a short Retry-After does not shorten the back-off either");
});

Deno.test("the network coming back clears the client's own back-off, and nothing else does", () => {
  let state = after(0, failed(0.5));
  for (let n = 0; n < 9; n++) state = after(0, failed(0.9), state);
  assertEquals(due(advance(state, { kind: "offline" }, 10_000, timing)), due(state));
  assertEquals(due(advance(state, { kind: "online" }, 10_000, timing)), 10_000);
});

Deno.test("a success forgets all failures", () => {
  const state = after(0, [...failed(0.5), ...failed(0.5, 60_000), ...ran]);
  assertEquals([state.failures, state.notBefore, state.serverAsked], [0, null, false]);
});

/** Runs a schedule for `forMs` under events; gives the starts of automatic syncs, and tells of each. */
function simulate(
  forMs: number,
  options: {
    /** Events of the page, `[at, event]` in order. */
    page?: [number, ScheduleEvent][];
    outcome(n: number): ScheduleEvent;
    takesMs(n: number): number;
    started?(state: ScheduleState): void;
  },
): number[] {
  const page = [...options.page ?? []];
  const starts: number[] = [];
  let state: ScheduleState = initialSchedule;
  let now = 0;
  for (let endsAt: number | null = null;;) {
    const wakes = endsAt ?? Math.max(now, dueAt(state, timing) ?? Infinity);
    const event = page[0];
    if (Math.min(wakes, event?.[0] ?? Infinity) >= forMs) return starts;
    if (event && event[0] <= wakes) {
      now = Math.max(now, event[0]);
      page.shift();
      state = advance(state, event[1], now, timing);
    } else if (endsAt !== null) {
      now = endsAt;
      endsAt = null;
      state = advance(state, options.outcome(starts.length), now, timing);
    } else {
      now = wakes;
      starts.push(now);
      options.started?.(state);
      state = advance(state, { kind: "started" }, now, timing);
      endsAt = now + options.takesMs(starts.length);
    }
  }
}

/** Most starts in any window of one hour. */
function mostPerHour(starts: number[]): number {
  return Math.max(0, ...starts.map((from) => starts.filter((at) => at >= from && at < from + hourMs).length));
}

Deno.test("a permanent failure costs at most 60 starts an hour visible and 15 hidden, whatever the dice say", () => {
  const die = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.9999, noNaN: true }));
  const dice = fc.array(die, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.boolean(), dice, (visible, dice) => {
      const starts = simulate(5 * hourMs, {
        page: visible ? [] : [[0, hidden]],
        outcome: (n) => ({ kind: "failed", jitter: dice[n % dice.length]! }),
        takesMs: () => 0,
      });
      const most = mostPerHour(starts);
      assert(most <= (visible ? 60 : 15), `${most} starts an hour, ${visible ? "visible" : "hidden"}`);
    }),
    { numRuns: 200, examples: [[true, [0]], [false, [0]]] },
  );
});

Deno.test("two automatic starts never lie closer than 5 s, but for an edit that waits when the page is left", () => {
  const pageEvent = fc.oneof(
    fc.constantFrom<ScheduleEvent>(
      { kind: "edit" },
      { kind: "focus" },
      { kind: "online" },
      { kind: "offline" },
      { kind: "stopped" },
      { kind: "resumed" },
      { kind: "visibility", visible: true },
      hidden,
    ),
  );
  const page = fc.array(fc.tuple(fc.nat(400_000), pageEvent), { maxLength: 60 });
  const outcomes = fc.array(
    fc.oneof(
      fc.constant<ScheduleEvent>({ kind: "succeeded" }),
      fc.record({
        kind: fc.constant("failed" as const),
        jitter: fc.double({ min: 0, max: 0.99, noNaN: true }),
      }),
      fc.record({
        kind: fc.constant("failed" as const),
        jitter: fc.constant(0),
        retryAfterMs: fc.nat(100_000),
      }),
    ),
    { minLength: 1 },
  );
  const times = fc.array(fc.nat(8000), { minLength: 1 });
  fc.assert(fc.property(page, outcomes, times, (page, outcomes, times) => {
    const leaving: boolean[] = [];
    const starts = simulate(400_000, {
      started: (state) => leaving.push(state.leaving),
      page: page.toSorted(([a], [b]) => a - b),
      outcome: (n) => outcomes[n % outcomes.length]!,
      takesMs: (n) => times[n % times.length]!,
    });
    starts.slice(1).forEach((at, i) => {
      assert(at - starts[i]! >= timing.debounceMs || leaving[i + 1], `${starts[i]} and ${at}`);
    });
    const edits = page.filter(([, { kind }]) => kind === "edit").length;
    assert(leaving.filter(Boolean).length <= edits, "at most one start out of turn for an edit");
  }));
});

Deno.test("settings that are no times leave the default, and endless ones are as long as a timer can be", () => {
  const bad = { periodicMs: NaN, debounceMs: "5000", backoffMaxMs: -1, requestTimeoutMs: undefined };
  assertEquals(readTiming(bad as unknown as Partial<typeof timing>), timing);
  assertEquals(readTiming({ requestTimeoutMs: Infinity, debounceMs: 0 }), {
    ...timing,
    requestTimeoutMs: 2 ** 31 - 1,
    debounceMs: 0,
  });
});
