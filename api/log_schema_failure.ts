/**
 * Tells the operator that a schema of the site throws. Few lines a type: one bad schema meets every record of its
 * type, and a migration looks at thousands.
 */
import type { SchemaFailed } from "./entity_types.ts";
import { framesOf } from "./frames_of.ts";
import type { Logger } from "./http_ports.ts";
import { createTokenBuckets } from "./middleware/token_buckets.ts";
import type { Clock } from "./ports.ts";

const linesPerMinute = 6;

/** Logs the type and where it was thrown, never the data or the message. */
export function logSchemaFailure(logger: Logger, clock: Clock): SchemaFailed {
  const lines = createTokenBuckets({ perMinute: linesPerMinute, clock });
  return (entityType, thrown) => {
    if (!lines.take(entityType).allowed) return;
    const error = thrown instanceof Error ? { error: thrown.name, stack: framesOf(thrown) } : {};
    logger.log({ level: "error", event: "schema_failed", entityType, ...error });
  };
}
