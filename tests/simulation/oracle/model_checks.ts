/** Every verdict and every effect against the reference model, as each step is committed. */
import type { LogRow, SettledStep } from "../../../api/ledger/records.ts";
import type { JsonObject, PushedChange } from "../../../shared/mod.ts";
import { type HistoryLine, keyOf } from "./history_line.ts";
import { same } from "./same.ts";
import type { Ticket } from "./ticket.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** What the check tells, besides its verdict. */
export interface ModelParts {
  run: VerdictOnRun;
  /** A change of the request was passed over: it was rejected. */
  noteRejected(changeId: string): void;
}

/** Lets the model judge everything of the request up to this step, and compares. */
export function checkModel(
  { run, noteRejected }: ModelParts,
  line: HistoryLine,
  ticket: Ticket,
  { changeId, mark, row, entity }: SettledStep,
  key: string,
): void {
  const device = ticket.request.deviceId ?? "";
  const index = ticket.changes.findIndex((change, i) => i >= ticket.next && change.changeId === changeId);
  for (; ticket.next < index; ticket.next++) {
    const earlier = ticket.changes[ticket.next]!;
    const mark = line.marks.get(earlier.changeId);
    if (mark && same(mark.said, wordsOf(earlier))) {
      line.model.push(device, [modelChange(earlier, 0)], ticket.own);
    } else noteRejected(earlier.changeId);
  }
  ticket.next = index + 1;
  const change = ticket.changes[index]!;
  const asked = change.baseVersion ?? ticket.request.lastKnownServerVersion;
  const base = row?.baseVersion ?? asked;
  run.hold(
    "model",
    base === asked || (base === 0 && asked > ticket.head),
    () => `${changeId} asked to be judged by base ${asked}, but was judged by ${base}`,
  );
  const verdict = line.model.push(device, [modelChange(change, base)], ticket.own)[0]!;
  const is = `${mark.status} v${mark.version}${row?.conflict ? ` ${row.conflict.reason}` : ""}`;
  const should = `${verdict.status} v${verdict.version}${verdict.reason ? ` ${verdict.reason}` : ""}`;
  run.hold("model", is === should, () => `${changeId} on ${key} is ${is}, but should be ${should}`);
  const now = line.model.get(key) ?? null;
  if (entity) {
    const data = entity.after.deleted ? null : entity.after.data;
    run.hold(
      "model",
      same(data, now),
      () => `${key} is ${JSON.stringify(data)} after ${changeId}, but should be ${JSON.stringify(now)}`,
    );
  } else {
    const before = line.entities.get(key)?.at(-1)?.data ?? null;
    run.hold("model", same(before, now), () => `${changeId} should have acted on ${key}`);
  }
}

type Words = Pick<LogRow, "type" | "entityType" | "entityId" | "data" | "unset">;

/** What a change says, as its mark's digest has it. */
export function wordsOf({ type, entityType, entityId, data, unset }: Words): unknown {
  return [
    type,
    entityType,
    entityId,
    type === "DELETED" ? null : data,
    type === "UPDATED" ? unset?.toSorted() ?? [] : [],
  ];
}

function modelChange(change: PushedChange, baseVersion: number) {
  return {
    changeId: change.changeId,
    type: change.type,
    entityId: keyOf(change),
    ...(change.data === undefined || change.type === "DELETED" ? {} : { data: change.data as JsonObject }),
    ...(change.unset === undefined || change.type !== "UPDATED" ? {} : { unset: change.unset }),
    baseVersion,
  };
}
