import type { SyncClient } from "../../../client/mod.ts";

/** A condition for `World.until`: the client says that all is saved. */
export const isSynced = (client: SyncClient) => () => client.status.state === "synced";
