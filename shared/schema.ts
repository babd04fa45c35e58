/**
 * The wire in zod: the description that OpenAPI is generated from, and the guard of the request's envelope.
 * Elements of `changes` are judged one by one by `check_change.ts` (one bad change never fails its
 * neighbours); `changeRecord` here describes what that guard accepts, and a test holds the two together.
 *
 * Not exported by `mod.ts`: full zod weighs 25 KB compressed and must not reach a browser.
 */
import { z } from "zod";
import { conflictReasons, rejectionCodes, verdictStatuses } from "./change.ts";
import { checkChange, isId } from "./check_change.ts";
import { isJsonObject } from "./json.ts";
import { limits } from "./limits.ts";
import { problems } from "./problem.ts";

const count = z.int().min(0);
const uuid = z.string().regex(/^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/);
const entityType = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);
const entityId = z.string().min(1).max(limits.idUnitsMax).refine(isId);
// Not `z.record`, which drops a key `__proto__` before it can be refused.
const jsonObject = z.unknown().refine(isJsonObject).meta({ type: "object", additionalProperties: true });
const isoTime = z.iso.datetime();

const edit = { data: jsonObject.optional(), unset: z.array(z.string()).optional() };
const pushed = {
  changeId: uuid,
  entityType,
  entityId,
  timestamp: z.number(),
  retryCount: count.default(0),
  baseVersion: count.optional(),
};

/** One change as a client pushes it. Unknown fields are ignored, and so are those its type has no use for. */
export const changeRecord = z.discriminatedUnion("type", [
  z.object({ type: z.literal("CREATED"), ...pushed, data: jsonObject }),
  z.object({ type: z.literal("UPDATED"), ...pushed, ...edit }),
  z.object({ type: z.literal("DELETED"), ...pushed }),
]).refine((change) => checkChange(change).ok).meta({ id: "ChangeRecord" });

/** The envelope of a request; what stands in `changes` is judged per element. */
export const syncRequest = z.object({
  lastKnownServerVersion: count,
  changes: z.array(z.unknown()),
  deviceId: uuid.optional(),
  epoch: z.string().max(limits.idUnitsMax).optional(),
  snapshot: z.literal(true).optional(),
  limit: z.int().min(1).max(limits.pageChangesMax).optional(),
}).meta({ id: "SyncRequest" });

const side = z.object({ name: z.string(), yours: z.unknown().optional(), theirs: z.unknown().optional() });

/** What a pushed change ran into. */
export const conflict = z.object({
  changeId: z.string(),
  reason: z.enum(conflictReasons),
  entityType,
  entityId,
  version: count,
  winner: z.enum(["yours", "theirs"]),
  fields: z.array(side).optional(),
  theirs: z.object({
    changeId: z.string(),
    deviceId: z.string().optional(),
    version: count,
    createdAt: isoTime,
    data: jsonObject.optional(),
  }).optional(),
  truncated: z.literal(true).optional(),
}).meta({ id: "Conflict" });

const pulled = {
  changeId: z.string(),
  entityType,
  entityId,
  timestamp: z.number(),
  version: count,
  deviceId: z.string().optional(),
  createdAt: isoTime,
  conflict: z.object({
    reason: z.enum(conflictReasons),
    fields: z.array(
      z.object({ name: z.string(), kept: z.unknown().optional(), lost: z.unknown().optional() }),
    ),
    lostDeviceId: z.string().optional(),
  }).optional(),
};

/** One effect as a client pulls it. */
export const pulledChange = z.discriminatedUnion("type", [
  z.object({ type: z.literal("CREATED"), ...pulled, data: jsonObject }),
  z.object({ type: z.literal("UPDATED"), ...pulled, ...edit }),
  z.object({ type: z.literal("DELETED"), ...pulled }),
]).meta({ id: "PulledChange" });

/** The verdict on one pushed change. */
export const verdict = z.object({
  changeId: z.string().nullable(),
  status: z.enum(verdictStatuses),
  version: count.optional(),
  original: z.enum(["applied", "merged", "conflict", "duplicate"]).optional(),
  code: z.enum(rejectionCodes).optional(),
  reason: z.string().optional(),
}).meta({ id: "Verdict" });

/** The answer to an exchange. */
export const syncResponse = z.object({
  newChanges: z.array(pulledChange),
  latestServerVersion: count,
  conflicts: z.array(conflict).optional(),
  results: z.array(verdict),
  serverVersion: count,
  hasMore: z.boolean(),
  snapshot: z.literal(true).optional(),
  epoch: z.string(),
  reset: z.enum(["restored", "erased"]).optional(),
  serverTime: isoTime,
  checksum: z.string().regex(/^[0-9a-f]{16}$/).optional(),
}).meta({ id: "SyncResponse" });

/** Every error. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(Object.keys(problems) as [keyof typeof problems]),
  requestId: z.string(),
  maxBytes: count.optional(),
  maxChanges: count.optional(),
}).meta({ id: "Problem" });
