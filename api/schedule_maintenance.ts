/**
 * Housekeeping every hour where `Deno.cron` exists (the platform's clockwork, or a local runtime with
 * `"unstable": ["cron"]`); elsewhere `deno task maintain` does the same from outside.
 */
import type { Server } from "./server.ts";

/** Call it at the top level of a module, before anything is served: Deno Deploy looks for schedules there. */
export function scheduleMaintenance(opening: Promise<Pick<Server, "maintain">>): void {
  if (typeof Deno.cron !== "function") return;
  Deno.cron("ledger maintenance", "17 * * * *", async () => (await opening).maintain());
}
