/**
 * One exchange: take a batch and mark it sent (one transaction), send it, apply the answer (one transaction).
 * Whatever happens in between, the queue is either as it was or what the server said.
 */
import type { SyncRequest } from "../../shared/mod.ts";
import { readAnswer } from "./answer.ts";
import { type Applied, planApply } from "./apply_response.ts";
import { type Batch, type BatchBounds, planServerError, planTakeBatch } from "./take_batch.ts";
import type { DeviceState } from "../device_state.ts";
import { quarantineRow } from "./failed_changes.ts";
import type { EntityTypes } from "./lift_record.ts";
import { type Clock, isStorageFault } from "../ports.ts";
import type { NoAnswer, Requests } from "./request.ts";
import { type QuarantineRow, rowKey } from "../rows.ts";
import type { SyncError } from "../sync_client_api.ts";

/** What an exchange needs. */
export interface ExchangeContext {
  endpoint: string;
  /** Whose rows these are: nobody else's token may carry them. */
  userId: string | null;
  state: DeviceState;
  requests: Requests;
  clock: Clock;
  deviceId: () => string;
  /** The site's schemas, which pulled records are lifted to. */
  entityTypes?: EntityTypes | undefined;
}

/** Bounds of an exchange. */
export interface ExchangeBounds extends BatchBounds {
  /** The server took the request before this one: what it refuses is this one, and not every request. */
  takes: boolean;
}

/** Most changes wanted in a page, for each that may be sent: 1,000 where 500 may. */
const changesPulledPerPushed = 2;

/** How an exchange ended. */
export type ExchangeOutcome = ExchangeEnd & {
  /** How long it took, from the batch taken to the answer applied. */
  ms: number;
};

type ExchangeEnd =
  | {
    ok: true;
    pushed: number;
    cut: boolean;
    applied: Applied; /** Head of the server's log. */
    head: number;
  }
  | {
    ok: false;
    pushed: number;
    error: SyncError;
    /** The request as a whole was too much: try a smaller one. */
    tooMuch?: true;
    /** A single change was refused, by a server that may refuse everything: ask it without any change. */
    unproven?: true;
    /** A single change was refused and set aside; the others may go on. */
    setAside?: QuarantineRow;
  };

const noAnswerText: Record<NoAnswer, string> = {
  offline: "The server could not be reached. Everything is kept on this device.",
  timeout: "The server did not answer in time. Everything is kept on this device.",
  unauthenticated: "Sign in to sync. Everything is kept on this device.",
  closed: "The client was closed.",
};

/** Exchanges one batch within `bounds`. Rejects only for a bug. */
export async function exchangeOnce(
  context: ExchangeContext,
  bounds: ExchangeBounds,
): Promise<ExchangeOutcome> {
  const { clock, state } = context;
  const beganMs = clock.monotonicMs();
  const end = await state.commit("local", (rows) => planTakeBatch(rows, bounds))
    .then((batch) => exchangeBatch(context, batch, bounds))
    .catch((error): ExchangeEnd => {
      if (!isStorageFault(error)) throw error;
      return { ok: false, pushed: 0, error: { code: "storage", message: error.message } };
    });
  return { ...end, ms: Math.round(clock.monotonicMs() - beganMs) };
}

async function exchangeBatch(
  context: ExchangeContext,
  batch: Batch,
  { changesMax, takes }: ExchangeBounds,
): Promise<ExchangeEnd> {
  const { endpoint, userId, state, requests, clock, deviceId, entityTypes } = context;
  const { rows, from } = batch;
  const pushed = rows.length;
  const request: SyncRequest = {
    lastKnownServerVersion: from.cursor,
    changes: rows.map((row) => row.change),
    deviceId: deviceId(),
    ...(from.epoch === null ? {} : { epoch: from.epoch }),
    ...(from.snapshot ? { snapshot: true } : {}),
    // As much less as is sent where the network is too slow for more; one at least.
    limit: changesPulledPerPushed * changesMax || 1,
  };
  const json = JSON.stringify(request);
  const compressed = requests.compresses;
  const response = await requests.send("POST", endpoint, json, userId);
  if (typeof response === "string") {
    return { ok: false, pushed, error: { code: response, message: noAnswerText[response] } };
  }
  const changeIds = rows.map((row) => row.change.changeId);
  const answer = await readAnswer(response, changeIds, from.cursor);
  if (answer.ok) {
    const facts = { deviceId: deviceId(), nowMs: clock.wallMs(), entityTypes };
    const applied = await state.commit("remote", (rows) => planApply(rows, batch, answer.response, facts));
    return { ok: true, pushed, cut: batch.cut, applied, head: answer.response.serverVersion };
  }
  const { error, refused, encodingRefused } = answer;
  if (encodingRefused && compressed) {
    requests.stopCompressing();
    return { ok: false, pushed, error, tooMuch: true };
  }
  if (refused && pushed > 1) return { ok: false, pushed, error, tooMuch: true };
  if (refused && refused !== "server_error" && pushed === 1 && !takes) {
    return { ok: false, pushed, error, unproven: true };
  }
  if (refused && pushed === 1) return await refuseLone(context, batch, refused, error);
  return { ok: false, pushed, error };
}

/** The server refused a request with a single change: 400 and 413 set it aside, 500 is counted. */
async function refuseLone(
  { state, clock }: ExchangeContext,
  batch: Batch,
  refused: "invalid_change" | "too_large" | "server_error",
  error: SyncError,
): Promise<ExchangeEnd> {
  const { changeId } = batch.rows[0]!.change;
  if (refused === "server_error") {
    await state.commit("local", (rows) => planServerError(rows, changeId));
    return { ok: false, pushed: 1, error };
  }
  const setAside = await state.commit("rollback", (rows) => {
    const row = rows.queued(changeId);
    if (!row) return { result: undefined };
    const aside = quarantineRow(row, refused, error.message, clock.wallMs());
    return {
      put: [[rowKey.quarantine(changeId), aside]],
      remove: [rowKey.queue(row.seq)],
      result: aside,
    };
  });
  return { ok: false, pushed: 1, error, ...(setAside ? { setAside } : {}) };
}
