/**
 * Care: what a person, or the site on a person's behalf, can do about failures, conflicts and records of the
 * past. Each action is one transaction on the open session, or one question to the server.
 */
import type { JsonObject } from "../../shared/mod.ts";
import { downloadJson } from "../adapters/download_json.ts";
import { type ClientCore, schemaVersionOf } from "../client_core.ts";
import { type Care, notFetched } from "../network_half.ts";
import type { DeviceMarks } from "../ports.ts";
import { debugExport } from "./debug_export.ts";
import { failedChanges, planDiscard, planDiscardAll, planRetry } from "./failed_changes.ts";
import { changesNothing, inverseOf } from "./inverse_change.ts";
import { loadMigration } from "./load_migration.ts";
import { rowKey } from "../rows.ts";
import type { Session } from "../session.ts";
import type { Requests } from "./request.ts";
import { planResolve } from "./resolve_conflict.ts";
import { migrateOnServer, readHistory, readServerStatus, RouteFailure } from "./server_routes.ts";

/** What care needs from the rest of the network half. */
export interface CareContext {
  core: ClientCore;
  marks: DeviceMarks;
  requests: Requests;
  /** Something was queued that may leave now. */
  edited(): void;
  /** Resolves with the session of the next user who signs in; rejects when the client is closed. */
  signedIn(): Promise<Session>;
}

/** The actions, as the client calls them. */
export function careFor({ core, marks, requests, edited, signedIn }: CareContext): Care {
  const { error, ports: { clock, ids } } = core;
  const schemaVersion = (type: string) => schemaVersionOf(core, type);
  const stamp = () => ({ changeId: ids.uuid(), timestamp: clock.wallMs() });
  let undoing: Promise<void> = Promise.resolve();
  return {
    getFailedChanges: ({ state }) => structuredClone(failedChanges(state.rows)),

    async retry({ state }, changeId, data) {
      const edit = data && { ...stamp(), data };
      const retried = await guarded(state.commit("local", (rows) => planRetry(rows, changeId, edit)));
      if (!retried.ok) throw error(retried.code, retried.message);
      for (const step of core.writer!.undoSteps) {
        // What was corrected is another change by now: that one is taken back.
        if (edit && step.changeId === changeId) {
          Object.assign(step, { changeId: edit.changeId, intent: { ...step.intent, data } });
        }
      }
      edited();
    },

    async discard({ state }, changeId) {
      const nowMs = clock.wallMs();
      const discarded = await guarded(
        state.commit("rollback", (rows) => planDiscard(rows, changeId, nowMs)),
      );
      if (discarded.length === 0) {
        throw error("not_found", `Cannot discard the change: no failed change has the id ${changeId}.`);
      }
      edited();
    },

    async discardAll({ state }) {
      const nowMs = clock.wallMs();
      await guarded(state.commit("rollback", (rows) => planDiscardAll(rows, nowMs)));
    },

    async sendAfterErase({ state }) {
      if (!state.rows.sync.erasedHold) return;
      await guarded(state.commit("local", ({ sync }) => ({
        put: [[rowKey.meta("sync"), { ...sync, erasedHold: false }]],
        result: undefined,
      })));
      edited();
    },

    async resolve({ state }, id, choice: "mine" | "theirs" | JsonObject) {
      const stamped = stamp();
      const outcome = await guarded(
        state.commit("local", (rows) => planResolve(rows, id, choice, stamped, schemaVersion)),
      );
      if (!outcome.ok) throw error(outcome.code, outcome.message);
      edited();
    },

    undo() {
      // One after the other: what the next one takes back depends on what this one has written.
      const turn = undoing.then(undoLast);
      undoing = turn.catch(() => {});
      return turn;
    },

    export({ state }, stats, values) {
      const { board, deviceId } = core;
      const facts = { stats, deviceId, state: board.status.state, nowMs: clock.wallMs() };
      const exported = structuredClone(debugExport(state.rows, facts, values));
      downloadJson(`sync-debug-${exported.exportedAt.replaceAll(":", "-")}.json`, exported);
      return exported;
    },

    history: (_session, type, id) => route((endpoint) => readHistory(requests, endpoint, type, id)),
    getStatus: () => route((endpoint) => readServerStatus(requests, endpoint)),
    migrate: () => route((endpoint) => migrateOnServer(requests, endpoint)),

    async migrateFromLocalStorage(session, options = {}) {
      // The ids of its changes are made from the user's: nobody knows them before the sign-in.
      const { userId, state } = session.userId === null ? await signedIn() : session;
      const { planMigration, readLocalRecords } = await loadMigration().catch(() => {
        throw error("request_failed", notFetched);
      });
      const found = readLocalRecords((key) => marks.get(key), userId!, options);
      const nowMs = clock.wallMs();
      const migration = await guarded(
        state.commit("local", (rows) => planMigration(rows, found, nowMs, schemaVersion)),
      );
      edited();
      return migration;
    },
  };

  /** Takes back the last edit that waits or took effect; one that was rejected, given up or lost has left no trace. */
  async function undoLast(): Promise<void> {
    const { writer, session } = core;
    // Between two accounts there is none: what this page has changed is not the next user's to take back.
    for (let step = session && writer!.undoSteps.pop(); step; step = writer!.undoSteps.pop()) {
      const intent = inverseOf(step);
      const { rows } = session!.state;
      const { changeId, intent: { entityType, entityId } } = step;
      // Others may have written since what a refused edit did not.
      const stands = rows.queued(changeId!) ||
        rows.ackedOf(entityType, entityId).some((row) => row.effect && row.change.changeId === changeId);
      if (!stands || !intent || changesNothing(intent, session!.view.get(entityType, entityId))) continue;
      const edit = { intent, ...stamp(), schemaVersion: schemaVersion(intent.entityType) };
      await writer!.write(edit, false).catch((fault) => {
        // It can be tried again, rather than going a step too far back then.
        writer!.undoSteps.push(step!);
        throw fault;
      });
      return edited();
    }
    throw error("nothing_to_undo", "Cannot undo: nothing was changed on this page.");
  }

  async function guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (fault) {
      throw core.storageFailed(fault);
    }
  }

  async function route<T>(read: (endpoint: string) => Promise<T>): Promise<T> {
    try {
      return await read(core.options.endpoint);
    } catch (fault) {
      if (fault instanceof RouteFailure) throw error("request_failed", fault.message);
      throw fault;
    }
  }
}
