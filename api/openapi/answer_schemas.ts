/**
 * The answers that only documents need as schemas: what the routes beside the exchange give. The types of
 * `ports.ts` say the same to the compiler; a test holds real answers to these.
 */
import { z } from "zod";
import { conflict, pulledChange } from "../../shared/schema.ts";

const count = z.int().min(0);
const version = z.int().min(1);
const time = z.iso.datetime();
const nextBefore = version.nullable().describe(
  "Give it as 'before' to get the next page; null at the end. A page may be short, or empty, with more behind it.",
);

/** `GET /api/sync/v2/status`. */
export const statusAnswer = z.object({
  latestServerVersion: count,
  epoch: z.string(),
  deviceCount: count,
  totalChanges: count,
  entityCount: count,
  lastSync: time.nullable(),
  devices: z.array(z.object({ deviceId: z.string(), lastSeenAt: time, lastKnownServerVersion: count })),
});

const settlement = {
  status: z.enum(["applied", "merged", "conflict"]),
  effect: z.enum(["created", "updated", "deleted", "none"]),
};
const [created, updated, deleted] = pulledChange.options;

/** A row of the audit trail: the change as it was pushed, and what became of it. */
export const auditRow = z.discriminatedUnion("type", [
  created.extend(settlement),
  updated.extend(settlement),
  deleted.extend(settlement),
]);

/** `GET /api/sync/v2/history`. */
export const historyAnswer = z.object({ changes: z.array(auditRow), nextBefore });

/** `GET /api/sync/v2/conflicts`. */
export const conflictsAnswer = z.object({ conflicts: z.array(conflict), nextBefore });

const changeLine = { kind: z.literal("change"), ...settlement };

/** One line of `GET /api/sync/v2/export`. */
export const exportLine = z.union([
  z.object({ kind: z.literal("head"), latestServerVersion: count, epoch: z.string() }),
  z.object({
    kind: z.literal("entity"),
    entityType: z.string(),
    entityId: z.string(),
    version,
    data: z.record(z.string(), z.unknown()),
  }),
  created.extend(changeLine),
  updated.extend(changeLine),
  deleted.extend(changeLine),
]);

/** `GET /healthz` and `GET /readyz`. */
export const healthAnswer = z.object({ status: z.enum(["ok", "ready"]) });

/** `POST /demo/token`, demo mode only. */
export const demoTokenRequest = z.object({ user: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/) });
/** Its answer. */
export const demoTokenAnswer = z.object({ token: z.string(), expiresAt: time });
