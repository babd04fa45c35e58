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

/** `POST /api/sync/v2/migrate`. */
export const migrateAnswer = z.object({
  migrated: z.boolean().describe("This call migrated rows."),
  alreadyMigrated: z.boolean().describe("There are rows, and all had been migrated before this call."),
  entriesConverted: count,
  goalsConverted: count,
  remaining: count.describe("Above 0: call again."),
  skipped: z.array(z.object({ entityType: z.string(), entityId: z.string(), reason: z.string() })).describe(
    "Rows that are not in the ledger as they were, of this call; once all are migrated, of all calls.",
  ),
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

/** `GET /api/flags`. */
export const flagsAnswer = z.object({
  syncV2: z.boolean(),
  reason: z.enum(["rollout", "override", "paused"]),
});

const percent = z.number().min(0).max(100).describe("At most two decimals.");
const overrides = z.record(z.string(), z.boolean());

/** `GET` and `PUT /api/admin/flags`. */
export const flagsAdminAnswer = z.object({
  percent: percent.describe("In force on this server."),
  percentFrom: z.enum(["switch", "setting"]).describe("Set at run time, or SYNC_V2_ROLLOUT_PERCENT."),
  paused: z.boolean().describe("The run-time switch."),
  overrides: overrides.describe("By user: on or off whatever the percentage."),
  settings: z.object({ percent, paused: z.boolean() }).describe(
    "Of this server: its percentage counts until one is set, its pause whatever is set.",
  ),
  revision: count.describe("How often the flags have been changed."),
});

/** `PUT /api/admin/flags`. */
export const flagsRequest = z.object({
  percent: percent.nullable().optional().describe("null: the servers' settings count again."),
  paused: z.boolean().optional(),
  overrides: overrides.optional().describe("All overrides there shall be."),
}).describe("What is left out stays. Members that GET tells besides are ignored, any other is refused.");

const switches = z.object({ percent: percent.nullable(), paused: z.boolean() });
const override = z.boolean().nullable();

/** `GET /api/admin/flags/audit`. */
export const flagsAuditAnswer = z.object({
  changes: z.array(z.object({
    revision: version,
    at: time,
    by: z.string().describe("`sub` of the token, or the operator's name on a machine."),
    via: z.enum(["api", "command"]),
    before: switches,
    after: switches,
    overrides: z.array(z.object({ user: z.string(), before: override, after: override })),
  })),
  nextBefore,
});

/** `POST /demo/token`, demo mode only. */
export const demoTokenRequest = z.object({ user: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/) });
/** Its answer. */
export const demoTokenAnswer = z.object({ token: z.string(), expiresAt: time });
