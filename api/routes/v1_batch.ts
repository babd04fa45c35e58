/** `POST /api/sync/batch`: the same push for entities of any type, with V1's other answer. */
import { isCount, isId, isJsonObject } from "../../shared/mod.ts";
import type { AppHandler } from "../app_env.ts";
import type { ExchangeRules, Ledger, V1Pushed, V1Record } from "../ports.ts";
import { v1Paths } from "./v1_answer.ts";
import { answerV1Push, readToken } from "./v1_push.ts";
import { readV1Body, readV1List } from "./v1_request.ts";

export function v1BatchRoute(ledger: Ledger, rules: ExchangeRules): AppHandler {
  return async (c) => {
    const { body, idempotency } = await readV1Body(c, v1Paths.batch);
    const { entities: sent, syncToken } = isJsonObject(body) ? body : {};
    const entities = readV1List(sent, "entities");
    return await answerV1Push(c, ledger, rules, {
      records: entities.map(recordOf),
      token: readToken(syncToken, "syncToken"),
      idempotency,
      describe: (pushed) => describeBatch(pushed, entities),
    });
  };
}

/** Checksum and version are not looked at: the server knows better what it has. */
function recordOf(entity: unknown): V1Record {
  const { id, type, data } = isJsonObject(entity) ? entity : {};
  return {
    entityType: typeof type === "string" ? type : "",
    record: isJsonObject(data) ? { ...data, id } : { id: undefined },
  };
}

function describeBatch({ outcomes, token, entityCount }: V1Pushed, entities: readonly unknown[]) {
  // Entities that live here and were not sent are what a pull would bring.
  const sentAndLive = new Set(
    outcomes.flatMap(({ live, entityType, entityId }) => live ? [`${entityType}/${entityId}`] : []),
  );
  return {
    uploaded: outcomes.filter(({ kind }) => kind === "written").length,
    downloaded: Math.max(0, entityCount - sentAndLive.size),
    conflicts: outcomes.flatMap(({ entityId, conflict, version }, i) =>
      conflict === null ? [] : [{
        entityId: entityId || idOf(entities[i]),
        localVersion: versionOf(entities[i]),
        remoteVersion: version,
      }]
    ),
    newSyncToken: token,
  };
}

/** An entity without usable data still has its name. */
function idOf(entity: unknown): string {
  const id = isJsonObject(entity) ? entity.id : undefined;
  return isId(id) ? id : "";
}

function versionOf(entity: unknown): number {
  const version = isJsonObject(entity) ? entity.version : undefined;
  return isCount(version) ? version : 0;
}
