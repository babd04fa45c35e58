/** V1's wire as schemas: what its clients send and get. Requests say what is looked at; anything else is let be. */
import { z } from "zod";

const count = z.int().min(0);
const time = z.iso.datetime();
const token = z.string();
const jsonObject = z.record(z.string(), z.unknown());
const record = jsonObject.describe(
  "A record sent whole, with its 'id'; with 'deletedAt' it is a deletion. Fields left out mean nothing.",
);

/** `POST /api/sync/push`. */
export const v1PushRequest = z.object({
  changes: z.object({ entries: z.array(record).optional(), goals: z.array(record).optional() }),
  lastSyncToken: token.nullable().optional(),
});
/** Its answer. */
export const v1PushAnswer = z.object({
  success: z.literal(true),
  syncToken: token,
  conflicts: z.array(
    z.object({
      entityId: z.string(),
      entityType: z.string(),
      reason: z.string().describe(
        "same_field, deleted_on_server, updated_on_server, erased, invalid_record, or a code of a rejected change.",
      ),
    }),
  ),
  stats: z.object({ entriesProcessed: count, duplicatesPrevented: count, goalsProcessed: count }),
});

/** `POST /api/sync/batch`. */
export const v1BatchRequest = z.object({
  entities: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      data: jsonObject,
      checksum: z.string().optional(),
      version: count.optional(),
    }),
  ),
  syncToken: token.nullable().optional(),
});
/** Its answer. */
export const v1BatchAnswer = z.object({
  uploaded: count,
  downloaded: count,
  conflicts: z.array(z.object({ entityId: z.string(), localVersion: count, remoteVersion: count })),
  newSyncToken: token,
});

/** `POST /api/sync/pull`. */
export const v1PullAnswer = z.object({
  entries: z.array(jsonObject),
  goals: z.array(jsonObject),
  syncToken: token,
  timestamp: time,
});

/** `GET /api/sync/status`. */
export const v1StatusAnswer = z.object({
  lastSyncTime: time.nullable(),
  syncToken: token.nullable(),
  pendingChanges: z.literal(0),
  deviceCount: count,
  entityCount: count,
});

/** Every error of these routes. */
export const v1Error = z.object({ success: z.literal(false), error: z.string(), code: z.int() });
