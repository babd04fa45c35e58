/** What a page shows, checked whenever it has caught up: I8 (the view) and I21 ("saved" is true). */
import type { Page } from "../page.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import { splitKey } from "./history_line.ts";
import { same } from "./same.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** Whether the page has looked at everything that its database holds. */
export function hasCaughtUp(page: Page, mirror: DatabaseMirror): boolean {
  const { session } = page;
  return session !== undefined && session.database === mirror.database &&
    session.seen === mirror.database.revision && page.client.status.userId === mirror.user;
}

/** I8 for some entities, or for all that have a part in the view. */
export function checkView(
  run: VerdictOnRun,
  page: Page,
  mirror: DatabaseMirror,
  keys: Iterable<string>,
): void {
  for (const key of keys) {
    const [type, id] = splitKey(key);
    const shown = page.client.get(type, id);
    const should = mirror.view(key);
    run.hold(
      "I8",
      same(shown, should),
      () => `${page.name} shows ${key} as ${JSON.stringify(shown)}, its rows say ${JSON.stringify(should)}`,
    );
  }
}

/** I21: nothing of this device waits, and nothing has failed, where a page says that all is saved. */
export function checkSaved(run: VerdictOnRun, page: Page, { queue, quarantine }: DatabaseMirror): void {
  if (page.client.status.state !== "synced") return;
  run.hold(
    "I21",
    queue.size === 0 && quarantine.size === 0,
    () => `${page.name} says 'synced' with ${queue.size} changes waiting, ${quarantine.size} failed`,
  );
}
