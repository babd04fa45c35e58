/**
 * Flags of a running server, by its admin API. A change is made from what was read and sent with `If-Match`; if
 * another operator was quicker it is made again from what is then there, so nothing of theirs is lost.
 */
import type { FlagsAuditRow, FlagsChange, FlagSwitches } from "../../api/rollout_flags.ts";
import { isJsonObject } from "../../shared/mod.ts";
import { FlagsError, type FlagsTarget, type ShownFlags } from "./flags_target.ts";

const requestMsMax = 30_000;
const attemptsMax = 5;
const changedMeanwhile = 412;
const notOurs = "The answer is not this server's: is the endpoint right?";

/** `endpoint` is an origin, `token` one whose scope has `sync:admin`. */
export function httpFlags(endpoint: string, token: string): FlagsTarget {
  async function ask(method: string, path: string, body?: unknown, headers = {}): Promise<Response> {
    let answer: Response;
    try {
      answer = await fetch(`${endpoint}/api/admin/flags${path}`, {
        method,
        headers: {
          "Authorization": `Bearer ${token}`,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // Nowhere else may the token go.
        redirect: "error",
        signal: AbortSignal.timeout(requestMsMax),
      });
    } catch (error) {
      throw new FlagsError(`${endpoint} does not answer: ${error instanceof Error ? error.message : ""}`);
    }
    if (answer.ok || answer.status === changedMeanwhile) return answer;
    const problem: unknown = await answer.json().catch(() => null);
    const detail = isJsonObject(problem) && typeof problem.detail === "string" ? problem.detail : notOurs;
    throw new FlagsError(`${endpoint} answered ${answer.status}. ${detail}`);
  }

  async function shownOr(answer: Response, soFar: string): Promise<ShownFlags> {
    const flags = readShown(await answer.json().catch(() => null));
    if (flags === null) throw new FlagsError(`${endpoint} answered ${answer.status}. ${soFar}${notOurs}`);
    return flags;
  }

  return {
    read: async () => await shownOr(await ask("GET", ""), ""),
    async change(change) {
      for (let attempt = 1; attempt <= attemptsMax; attempt++) {
        const read = await ask("GET", "");
        const etag = read.headers.get("ETag") ?? "";
        const before = await shownOr(read, "Nothing was changed. ");
        const answer = await ask("PUT", "", bodyOf(change, before), { "If-Match": etag });
        if (answer.status === changedMeanwhile) {
          await answer.body?.cancel();
          continue;
        }
        const after = await shownOr(answer, "Whether it was changed is not known; look by `get`. ");
        if (after.revision === before.revision) return "unchanged";
        const users = new Set([...before.overrides.keys(), ...after.overrides.keys()]);
        const overrides = [...users].map((user) => ({
          user,
          before: before.overrides.get(user) ?? null,
          after: after.overrides.get(user) ?? null,
        })).filter((override) => override.before !== override.after);
        return { before: switchesOf(before), after: switchesOf(after), overrides };
      }
      throw new FlagsError("Other operators change the flags all the time. Nothing was changed; try again.");
    },
    async audit(limit) {
      const answer = await ask("GET", `/audit?limit=${limit}`);
      const body: unknown = await answer.json().catch(() => null);
      if (!isJsonObject(body) || !Array.isArray(body.changes) || !body.changes.every(isAuditRow)) {
        throw new FlagsError(`${endpoint} answered ${answer.status}. ${notOurs}`);
      }
      return body.changes;
    },
  };
}

/** The flags of an answer; null where it is none of this server's. */
function readShown(body: unknown): ShownFlags | null {
  if (!isJsonObject(body) || !isJsonObject(body.overrides) || !isJsonObject(body.settings)) return null;
  const { percent, percentFrom, paused, overrides, revision, settings } = body;
  const isOurs = typeof percent === "number" && typeof paused === "boolean" && typeof revision === "number" &&
    Object.values(overrides).every((on) => typeof on === "boolean") &&
    typeof settings.percent === "number" && typeof settings.paused === "boolean";
  if (!isOurs) return null;
  return {
    percent: percentFrom === "switch" ? percent : null,
    paused,
    revision,
    overrides: new Map(Object.entries(overrides as Record<string, boolean>)),
    settings: { rolloutPercent: settings.percent as number, paused: settings.paused as boolean },
  };
}

function isAuditRow(row: unknown): row is FlagsAuditRow {
  return isJsonObject(row) && [row.at, row.by, row.via].every((text) => typeof text === "string") &&
    isJsonObject(row.before) && isJsonObject(row.after) && Array.isArray(row.overrides) &&
    row.overrides.every(isJsonObject);
}

function switchesOf({ percent, paused }: ShownFlags): FlagSwitches {
  return { percent, paused };
}

function bodyOf({ percent, paused, overrideOf }: FlagsChange, { overrides }: ShownFlags) {
  const wanted = new Map(overrides);
  for (const [user, value] of overrideOf ?? []) {
    if (value === null) wanted.delete(user);
    else wanted.set(user, value);
  }
  return {
    ...(percent === undefined ? {} : { percent }),
    ...(paused === undefined ? {} : { paused }),
    ...(overrideOf === undefined ? {} : { overrides: Object.fromEntries(wanted) }),
  };
}
