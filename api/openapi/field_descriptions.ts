/** What the fields of the exchange mean, for readers of the document; a test holds the names to the schemas. */
import { limits } from "../../shared/mod.ts";
import type { SchemaName } from "./schemas.ts";

const change = {
  changeId: "Made on the client, once per change: the key of idempotency, per user.",
  type: "What it does to its entity.",
  entityType: "An open set: any type of the site.",
  entityId: "Made by the client, opaque, never changed by the server.",
  data:
    "CREATED: the whole entity. UPDATED: the changed top-level fields; a value replaces the old one whole, and " +
    `null is a value. At most ${limits.entityBytesMax} bytes and ${limits.depthMax} levels.`,
  unset: "UPDATED only: top-level fields to remove.",
  timestamp: "When it was made, ms since 1970, by the client's clock: for people, never for a decision.",
};

/** Descriptions by schema and field; a union's alternatives share them. */
export const fieldDescriptions: Partial<Record<SchemaName, Readonly<Record<string, string>>>> = {
  ChangeRecord: {
    ...change,
    retryCount: "Failed attempts so far; diagnostics only.",
    baseVersion:
      "The client's cursor when the edit was queued: what the person had seen. Never changed by a retry. Left " +
      "out: the request's lastKnownServerVersion.",
  },
  SyncRequest: {
    lastKnownServerVersion: "The client's cursor; 0 on a new device.",
    changes:
      "In the order they were made on the device. Faults inside an element are that element's verdict.",
    deviceId: "Who pushes: attribution, device list, and which writes count as seen.",
    epoch: "The epoch of the last answer applied. Without it the pull is compacted.",
    snapshot: "The client is in the middle of a compacted pull.",
    limit: `Most newChanges wanted; ${limits.pageChangesDefault} if left out.`,
  },
  SyncResponse: {
    newChanges:
      "Effects after the cursor, in version order; this request's applied and merged changes are left out.",
    latestServerVersion: "The client's next cursor: everything up to it has been delivered.",
    conflicts: "What the pushed changes ran into; absent when there is nothing.",
    results: "One verdict per pushed change, in the same order.",
    serverVersion: "The head of the user's log when the answer was made.",
    hasMore: "There is more behind latestServerVersion: ask again at once.",
    snapshot: "This page is compacted and more follow: send snapshot: true with the next request.",
    epoch: "Identity of this history.",
    reset:
      "The client's history is not the server's: it starts over. Every pushed change has the verdict retry.",
    serverTime: "For display only.",
    checksum: "Of the live entities at this cursor; only with hasMore: false.",
  },
  PulledChange: {
    ...change,
    version: "In the user's log: 1, 2, 3, … without gaps.",
    deviceId: "Who made it, if it said so.",
    createdAt: "When the server settled it.",
    conflict: "What it overwrote, for the device whose value lost.",
  },
  Verdict: {
    changeId: "As it was sent; null if it was no short string.",
    status:
      "applied, merged, conflict and duplicate settle a change; rejected is permanent; retry: send it again.",
    version: "Of its row in the log, or of the state that a duplicate met.",
    original: "duplicate only: the first status of this changeId.",
    code: "rejected only.",
    reason: "rejected only: a sentence for people.",
  },
  Conflict: {
    changeId: "The pushed change.",
    reason: "What it met: a write or a deletion that its author had not seen.",
    entityType: change.entityType,
    entityId: change.entityId,
    version: "Of the pushed change itself.",
    winner: "Whose values stand.",
    fields: "Both sides, field by field; a side that was removed is left out of its entry.",
    theirs: "The newest change on the other side, with what a person needs to put a lost value back.",
    truncated: "fields and theirs.data did not fit; /history has them.",
  },
};
