/**
 * Gets edits into the queue: checks them with the server's own code, writes all that wait in one transaction
 * (a thousand edits made at once cost a few transactions, not a thousand), and keeps the promises that were
 * given for them: durable here, and settled there.
 */
import {
  applyEffect,
  type ChangeIntent,
  checkIntent,
  isJsonObject,
  isSettled,
  type JsonObject,
  type RejectionCode,
  type Verdict,
} from "../shared/mod.ts";
import { type NewChange, planQueue } from "./change_queue.ts";
import type { DeviceRows } from "./device_rows.ts";
import { entityKey } from "./rows.ts";
import type { Session } from "./session.ts";
import { type QueuedChange, SyncClientError } from "./sync_client_api.ts";

/** Most edits in one transaction. */
const editsPerCommitMax = 500;
/** How many edits `undo()` can go back. */
const undoDepthMax = 100;

/** An edit and the entity before it: all that undoing needs. */
export interface UndoStep {
  /** Under which the edit is known. */
  changeId?: string;
  intent: ChangeIntent;
  before: Readonly<JsonObject> | undefined;
}

interface Waiting {
  edit: NewChange;
  /** `undo()` may go back over it. */
  undoable: boolean;
  resolve(queued: QueuedChange): void;
  reject(error: unknown): void;
}

interface Promised {
  entityType: string;
  entityId: string;
  settle: ((verdict: Verdict) => void)[];
}

/** Writes the edits of one session. */
export class EditWriter {
  #waiting: Waiting[] = [];
  #writing = false;
  /** What was edited here and can be undone, newest last. */
  undoSteps: UndoStep[] = [];

  constructor(
    private readonly session: Session,
    private readonly storageFailed: (error: unknown) => unknown,
    /** Promises given by changeId; they outlive the session, since an anonymous edit is adopted by the next. */
    readonly promised = new Map<string, Promised>(),
  ) {}

  /** Resolves when the edit is durable. An undo itself is not `undoable`: undoing twice goes two steps back. */
  write(edit: NewChange, undoable = true): Promise<QueuedChange> {
    return new Promise((resolve, reject) => {
      const { restarts } = this.session.state.rows.sync;
      this.#waiting.push({ edit: { ...edit, restarts }, undoable, resolve, reject });
      if (!this.#writing) void this.#drain();
    });
  }

  /**
   * Settles the promises of changes that left the queue, by whatever tab's exchange; with `gaveUp`, after a
   * logout, also of those that had waited until then.
   */
  settlePromises(gaveUp = false): void {
    const { rows } = this.session.state;
    for (const [changeId, promised] of this.promised) {
      const waited = rows.queued(changeId);
      if (waited && !gaveUp) continue;
      const verdict = waited ? discarded(changeId) : verdictOf(rows, changeId, promised);
      if (!verdict) continue;
      this.promised.delete(changeId);
      for (const settle of promised.settle) settle(verdict);
    }
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      let taken: Waiting[] = [];
      let steps: UndoStep[] = [];
      try {
        const changeIds = await this.session.state.commit("local", (rows) => {
          taken = this.#waiting.splice(0, editsPerCommitMax);
          steps = this.#undoSteps(taken.map(({ edit }) => edit.intent));
          return planQueue(rows, taken.map(({ edit }) => edit));
        });
        taken.forEach(({ edit, undoable, resolve }, i) => {
          const changeId = changeIds[i]!;
          if (undoable) this.undoSteps.push({ ...steps[i]!, changeId });
          resolve(this.#promise(changeId, edit.intent));
        });
        this.undoSteps = this.undoSteps.slice(-undoDepthMax);
      } catch (error) {
        // A commit that fails before its plan runs has taken nothing: fail what asked for it.
        if (taken.length === 0) taken = this.#waiting.splice(0, editsPerCommitMax);
        const told = this.storageFailed(error);
        for (const { reject } of taken) reject(told);
      }
    }
    this.#writing = false;
  }

  #undoSteps(intents: readonly ChangeIntent[]): UndoStep[] {
    const latest = new Map<string, Readonly<JsonObject> | undefined>();
    return intents.map((intent) => {
      const key = entityKey(intent.entityType, intent.entityId);
      const before = latest.has(key)
        ? latest.get(key)
        : this.session.view.get(intent.entityType, intent.entityId);
      latest.set(key, applyEffect(before, intent));
      return { intent, before };
    });
  }

  #promise(changeId: string, { entityType, entityId }: ChangeIntent): QueuedChange {
    let promised = this.promised.get(changeId);
    if (!promised) this.promised.set(changeId, promised = { entityType, entityId, settle: [] });
    const { settle } = promised;
    return { changeId, synced: new Promise((resolve) => settle.push(resolve)) };
  }
}

/** The intent as it will be stored: the JSON round trip of what was given, checked. */
export function readIntent(intent: ChangeIntent): ChangeIntent {
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(intent));
  } catch (cause) {
    throw new SyncClientError("invalid_change", "Cannot queue the change: its data is not JSON.", { cause });
  }
  const checked = checkIntent(isJsonObject(copy) ? copy : {});
  if (!checked.ok) throw new SyncClientError(checked.code, `Cannot queue the change: ${checked.reason}`);
  return checked.intent;
}

function verdictOf(rows: DeviceRows, changeId: string, { entityType, entityId }: Promised): Verdict | null {
  const failed = rows.quarantine.get(changeId);
  if (failed) {
    return { changeId, status: "rejected", code: failed.code as RejectionCode, reason: failed.reason };
  }
  const acked = rows.ackedOf(entityType, entityId).find((row) => row.change.changeId === changeId);
  if (acked && isSettled(acked.status)) return { changeId, status: acked.status, version: acked.version };
  return rows.discard.has(changeId) ? discarded(changeId) : null;
}

function discarded(changeId: string): Verdict {
  return { changeId, status: "rejected", code: "invalid_change", reason: "It was discarded on this device." };
}
