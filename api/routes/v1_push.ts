/** `POST /api/sync/push`: a V1 client sends all the entries and goals it has. */
import { isJsonObject } from "../../shared/mod.ts";
import type { AppContext, AppHandler } from "../app_env.ts";
import type { ExchangeRules, Ledger, V1Pushed, V1Record } from "../ports.ts";
import { ProblemError } from "../problem_error.ts";
import { failureProblem } from "./sync.ts";
import { v1Paths } from "./v1_answer.ts";
import { invalidV1, readV1Body, readV1Device, readV1List } from "./v1_request.ts";
import { utf8 } from "../../shared/universal.ts";

export function v1PushRoute(ledger: Ledger, rules: ExchangeRules): AppHandler {
  return async (c) => {
    const { body, idempotency } = await readV1Body(c, v1Paths.push);
    const { changes, lastSyncToken } = isJsonObject(body) ? body : {};
    if (!isJsonObject(changes)) {
      throw invalidV1("The body must be a JSON object with 'changes', an object of 'entries' and 'goals'.");
    }
    const records = [
      ...readList(changes, "entries", "logbook_entry"),
      ...readList(changes, "goals", "goal"),
    ];
    return await answerV1Push(c, ledger, rules, {
      records,
      token: readToken(lastSyncToken, "lastSyncToken"),
      idempotency,
      describe: describePush,
    });
  };
}

/** What a route pushes, and how it tells what became of it. */
export interface V1PushCall {
  records: V1Record[];
  token: string | undefined;
  idempotency: { key: string; digest: string } | undefined;
  describe(pushed: V1Pushed): unknown;
}

/** Pushes and answers, also a replay of an idempotency key. */
export async function answerV1Push(
  c: AppContext,
  ledger: Ledger,
  rules: ExchangeRules,
  { records, token, idempotency, describe }: V1PushCall,
): Promise<Response> {
  const deviceId = readV1Device(c);
  const push = {
    records,
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(token === undefined ? {} : { token }),
    ...(idempotency === undefined ? {} : { idempotency }),
  };
  const { user } = c.get("identity");
  const result = await ledger.v1.push(user, push, (pushed) => JSON.stringify(describe(pushed)), rules);
  if (!result.ok) {
    if (result.code !== "key_reused") throw failureProblem(result.code, result.retryAfterMs);
    throw new ProblemError(
      "idempotency_key_reused",
      "This X-Idempotency-Key was used with another request in the last 24 hours. Give every request a key of its own.",
    );
  }
  const { pushed, replayed } = result;
  const written = pushed?.outcomes.filter(({ kind }) => kind === "written").length ?? 0;
  c.set("counts", { records: records.length, written, replayed: Number(replayed) });
  const body = utf8(result.body);
  return new Response(body, {
    headers: {
      "Content-Type": "application/json",
      "Content-Length": String(body.byteLength),
      ...(replayed ? { "X-Idempotent-Replay": "true" } : {}),
    },
  });
}

/** A token as it was sent; null and nothing are the same. */
export function readToken(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string" && value.length <= tokenUnitsMax && value.isWellFormed()) return value;
  throw invalidV1(`'${name}' must be the token of the last pull as it was sent, or left out.`);
}

const tokenUnitsMax = 128;

function readList(changes: Record<string, unknown>, name: string, entityType: string): V1Record[] {
  return readV1List(changes[name] ?? [], `changes.${name}`).map((record) => ({ entityType, record }));
}

function describePush({ outcomes, token }: V1Pushed) {
  const processed = (entityType: string) =>
    outcomes.filter((outcome) => outcome.entityType === entityType && outcome.kind !== "refused").length;
  return {
    success: true,
    syncToken: token,
    conflicts: outcomes.flatMap(({ entityId, entityType, conflict }) =>
      conflict === null ? [] : [{ entityId, entityType, reason: conflict }]
    ),
    stats: {
      entriesProcessed: processed("logbook_entry"),
      duplicatesPrevented: outcomes.filter(({ duplicate }) => duplicate).length,
      goalsProcessed: processed("goal"),
    },
  };
}
