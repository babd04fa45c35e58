/** Made-up data of the gallery: what each state's client says and holds. Pure: the time is passed in. */
import type {
  ChangeRecord,
  FailedChange,
  OpenConflict,
  SyncState,
  SyncStatus,
  TimelineStep,
} from "../sync_client_api.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** All that a state shows. */
export interface GalleryData {
  status: SyncStatus;
  waiting: ChangeRecord[];
  failed: FailedChange[];
  conflicts: OpenConflict[];
  timeline: TimelineStep[];
}

/** The data of a state at `nowMs`, wall time. */
export function galleryData(state: SyncState, nowMs: number): GalleryData {
  const waits = /storage|stale|retrying|offline|syncing|pending|paused|auth/.test(state);
  const waiting = waits ? waitingChanges(nowMs - (state === "stale" ? 3 * dayMs : 4 * minuteMs)) : [];
  const failed = state === "failed" ? failedChanges(nowMs) : [];
  const conflicts = state === "conflict" ? openConflicts(nowMs) : [];
  const hasSynced = !/storage|loading|auth/.test(state);
  return {
    status: {
      state,
      pending: waiting.length,
      failed: failed.length,
      conflicts: conflicts.length,
      oldestPendingAt: waiting[0]?.timestamp ?? null,
      lastSyncTime: hasSynced ? nowMs - 2 * minuteMs : null,
      nextAttemptAt: state === "retrying" ? nowMs + 40_000 : null,
      online: state !== "offline",
      userId: state === "auth" ? null : "clara",
      ...(state === "paused" && { pausedBy: "site" as const }),
      ...(state === "syncing" && { progress: { done: 120, total: 300 } }),
      ...problemOf(state),
    },
    waiting,
    failed,
    conflicts,
    timeline: exchanges(nowMs),
  };
}

function problemOf(state: SyncState): { storageProblem?: string } {
  if (state === "storage") return { storageProblem: "The device is full: 0 bytes are left for this site." };
  if (state === "lost") {
    return {
      storageProblem: "The browser has deleted this site's data, with changes that were not yet sent.",
    };
  }
  return {};
}

function change(id: string, parts: Partial<ChangeRecord>): ChangeRecord {
  return {
    changeId: id,
    type: "UPDATED",
    entityType: "logbook_entry",
    entityId: `entity-${id}`,
    timestamp: 0,
    baseVersion: 0,
    retryCount: 0,
    ...parts,
  };
}

function waitingChanges(oldestMs: number): ChangeRecord[] {
  return [
    change("w1", { type: "CREATED", data: { title: "Clair de Lune" }, timestamp: oldestMs }),
    change("w2", {
      entityType: "goal",
      data: { title: "Memorise the Arabesque" },
      timestamp: oldestMs + 60_000,
    }),
    change("w3", { type: "DELETED", timestamp: oldestMs + 90_000 }),
  ];
}

function failedChanges(nowMs: number): FailedChange[] {
  const failure = { code: "invalid_data" as const, failedAt: nowMs - minuteMs };
  return [
    {
      ...change("f1", { type: "CREATED", data: { title: "", minutes: -5, done: false }, entityId: "f" }),
      ...failure,
      reason: "A title is required, and minutes cannot be negative.",
    },
    { ...change("f2", { data: { minutes: 20 }, entityId: "f" }), ...failure, reason: "", dependsOn: "f1" },
  ];
}

function openConflicts(nowMs: number): OpenConflict[] {
  const known = { entityType: "goal", noticedAt: nowMs - minuteMs, version: 12 };
  const theirs = { changeId: "t", version: 12, createdAt: new Date(nowMs).toISOString() };
  return [
    {
      ...known,
      id: "c1",
      entityId: "g1",
      reason: "same_field",
      winner: "theirs",
      fields: [
        { name: "title", mine: "Clair de Lune, slowly", theirs: "Clair de Lune, in D flat" },
        { name: "minutes", mine: 25, theirs: 30 },
        { name: "done", mine: false, theirs: true },
        { name: "tags", mine: ["slow", "hands apart"], theirs: ["memory", { tempo: 60 }] },
        { name: "note", mine: "Hands apart first, then together at 60. ".repeat(20), theirs: null },
      ],
      theirs,
    },
    {
      ...known,
      id: "c2",
      entityId: "g2",
      reason: "updated_on_server",
      winner: "mine",
      fields: [],
      theirs: { ...theirs, data: { title: "Gymnopédie No. 1", minutes: 15 } },
    },
  ];
}

function exchanges(nowMs: number): TimelineStep[] {
  return [
    { at: nowMs - 9 * minuteMs, what: "applied", detail: { pushed: 2, pulled: 0, ms: 48 } },
    { at: nowMs - 5 * minuteMs, what: "failed", detail: { pushed: 0, code: "offline" } },
    { at: nowMs - 2 * minuteMs, what: "applied", detail: { pushed: 1, pulled: 4, ms: 112 } },
  ];
}
