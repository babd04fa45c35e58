/** `GET /api/sync/status`: where a V1 client stands. */
import type { AppHandler } from "../app_env.ts";
import type { Ledger } from "../ports.ts";
import { jsonAnswer } from "./json_answer.ts";
import { readV1Device } from "./v1_request.ts";

export function v1StatusRoute(ledger: Ledger): AppHandler {
  return async (c) => {
    const status = await ledger.v1.status(c.get("identity").user, readV1Device(c));
    const { lastSync, token, deviceCount, entityCount } = status;
    return jsonAnswer({
      lastSyncTime: lastSync,
      syncToken: token,
      pendingChanges: 0,
      deviceCount,
      entityCount,
    });
  };
}
