/**
 * Lets a few requests of one user be worked on at once; the others wait in line with their bodies unread. For
 * routes whose requests or answers are large: what one user can make an isolate hold in memory is bounded by the
 * few, not by how many requests come. Each isolate counts for itself. A place is kept until a large answer has been
 * read, but never for ever: what does not arrive is given up (`json_body.ts`), so is what is not read
 * (`hold_until_read.ts`), and whoever goes away leaves the line.
 */
import type { AppHandler } from "../app_env.ts";
import { unavailable } from "../problem_error.ts";
import { holdUntilRead } from "./hold_until_read.ts";

/** Most requests of one user that wait; more are told to come back. */
export const waitingInLineMax = 100;
const comeBackMs = 1000;

interface Line {
  running: number;
  /** Lets the next one in, oldest first. */
  waiting: (() => void)[];
}

/** One line a user, for all routes that this handler stands before; needs authentication before it. */
export function fewAtOnce(runningMax: number): AppHandler {
  const lines = new Map<string, Line>();
  return async (c, next) => {
    const { user } = c.get("identity");
    const line = lines.get(user) ?? { running: 0, waiting: [] };
    lines.set(user, line);
    if (line.running < runningMax) line.running++;
    else {
      if (line.waiting.length >= waitingInLineMax) throw tooMany();
      // Whoever ends hands the place over, so that nobody who comes meanwhile takes it.
      await turnIn(line, c.req.raw.signal);
    }
    const leave = () => {
      const letIn = line.waiting.shift();
      if (letIn) letIn();
      else if (--line.running === 0) lines.delete(user);
    };
    let isHeld = false;
    try {
      await next();
      isHeld = holdUntilRead(c, leave);
    } finally {
      if (!isHeld) leave();
    }
  };
}

/** Resolves when a place was handed over. */
function turnIn({ waiting }: Line, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const letIn = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const leave = () => {
      const at = waiting.indexOf(letIn);
      if (at >= 0) waiting.splice(at, 1);
      reject(wentAway());
    };
    if (signal.aborted) return leave();
    signal.addEventListener("abort", leave, { once: true });
    waiting.push(letIn);
  });
}

function wentAway() {
  return unavailable(
    "busy",
    comeBackMs,
    "The client went away while its request waited; nothing was looked at.",
  );
}

function tooMany() {
  return unavailable(
    "busy",
    comeBackMs,
    `More than ${waitingInLineMax} requests of this user are waiting. Nothing of this one was looked at; send it ` +
      "again later.",
  );
}
