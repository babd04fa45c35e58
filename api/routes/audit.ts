/** The user's own audit trail: `GET …/history` and `GET …/conflicts`, newest first, page by page. */
import { isEntityType, isId, limits } from "../../shared/mod.ts";
import type { AppContext, AppHandler } from "../app_env.ts";
import type { AuditQuery, Ledger } from "../ports.ts";
import { ProblemError } from "../problem_error.ts";
import { jsonAnswer } from "./json_answer.ts";
import { queryInteger } from "./query_integer.ts";

const limitDefault = 100;

/** All settled changes, or those of one entity. */
export function historyRoute(ledger: Ledger): AppHandler {
  return async (c) => {
    const query = { ...readPage(c), ...readEntity(c) };
    const { rows, nextBefore } = await ledger.history(c.get("identity").user, query);
    c.set("counts", { rows: rows.length });
    return jsonAnswer({ changes: rows, nextBefore });
  };
}

/** The conflicts, as the exchange told them. */
export function conflictsRoute(ledger: Ledger): AppHandler {
  return async (c) => {
    const { rows, nextBefore } = await ledger.conflicts(c.get("identity").user, readPage(c));
    c.set("counts", { rows: rows.length });
    return jsonAnswer({ conflicts: rows, nextBefore });
  };
}

function readPage(c: AppContext): AuditQuery {
  const before = queryInteger(c, "before", 1, Number.MAX_SAFE_INTEGER);
  const limit = queryInteger(c, "limit", 1, limits.pageChangesMax) ?? limitDefault;
  return before === undefined ? { limit } : { limit, before };
}

function readEntity(c: AppContext): { entityType: string; entityId: string } | Record<never, never> {
  const entityType = c.req.query("entityType");
  const entityId = c.req.query("entityId");
  if (entityType === undefined && entityId === undefined) return {};
  if (entityType === undefined || entityId === undefined) {
    throw invalid("'entityType' and 'entityId' must be given together, or neither");
  }
  if (!isEntityType(entityType)) {
    throw invalid("'entityType' must be 1 to 64 of a-z, 0-9 and _, beginning with a letter");
  }
  if (!isId(entityId)) {
    throw invalid(`'entityId' must be 1 to ${limits.idUnitsMax} characters without control characters`);
  }
  return { entityType, entityId };
}

function invalid(requirement: string): ProblemError {
  return new ProblemError("invalid_request", `${requirement}.`);
}
