/**
 * What a client refuses to do, it refuses with an error of its own and for a cause that this world has: what the
 * call itself can meet, a disk that has just failed, an account or a page that was left meanwhile.
 */
import type { ClientErrorCode } from "../../../client/sync_client_api.ts";
import type { Page } from "../page.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** Codes that need a disk that failed while the call was under way. */
const diskCodes: readonly unknown[] = ["storage", "quota"];
/** Codes that need a page that closes, or another database than the one it had open when it was asked. */
const leftCodes: readonly unknown[] = ["closed", "signed_out"];

/** Watches `call` on `page`, which may be refused with `met` besides what can happen to any call. */
export async function checkRefusal(
  run: VerdictOnRun,
  page: Page,
  call: () => Promise<unknown>,
  met: readonly ClientErrorCode[],
): Promise<void> {
  const faultsBefore = page.faultsHeard;
  const sessionBefore = page.session;
  // The page shows another account still, or none, while this one's database is being loaded.
  const isChanging = sessionBefore?.handedOver === false;
  await call().catch((error) => {
    const isOwn = error?.name === "SyncClientError";
    run.hold("api", isOwn, () => `a method rejected with ${error?.stack}`);
    const { code } = error;
    const isDue = met.includes(code) || (diskCodes.includes(code) && page.faultsHeard > faultsBefore) ||
      (leftCodes.includes(code) &&
        (page.closing || page.memoryMode || isChanging || page.session !== sessionBefore));
    run.hold(
      "api",
      !isOwn || isDue,
      () => `${page.name} refused with '${code}' for no cause: ${error?.message}`,
    );
  });
}
