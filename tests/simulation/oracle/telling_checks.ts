/**
 * What a page owes to the app that asked it to keep an edit, looked at when all is quiet (I21): the promise `synced` of
 * an edit that has left its queue has settled, and the page whose exchange settled a change has told `applied`.
 */
import type { Writes } from "../disk.ts";
import type { Page } from "../page.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

export class TellingChecks {
  /** changeIds whose promise has not settled, by page. */
  readonly #promised = new Map<Page, Set<string>>();
  /** changeIds that a page's own commit has settled and that it has not told of. */
  readonly #owed = new Map<Page, Set<string>>();

  constructor(private readonly run: VerdictOnRun) {}

  /** A page has opened: what it tells is taken down. */
  listen(page: Page): void {
    page.client.addEventListener(
      "applied",
      ({ detail }) => void this.#owed.get(page)?.delete(detail.changeId),
    );
  }

  /** `queueChange` on `page` has resolved with `synced`. */
  promised(page: Page, changeId: string, synced: Promise<unknown>): void {
    const open = add(this.#promised, page, changeId);
    synced.then(() => open.delete(changeId));
  }

  /** `page` has made `writes` durable. */
  committed(page: Page, writes: Writes): void {
    for (const { key: [kind, , changeId], value } of writes.values()) {
      if (kind === "acked" && value) add(this.#owed, page, changeId as string);
    }
  }

  /** All is quiet, and `page` shows `mirror`. */
  atRest(page: Page, { acked, quarantine }: DatabaseMirror): void {
    const settled = new Set([...acked.values()].map(({ change }) => change.changeId));
    const open = [...this.#promised.get(page) ?? []].find((id) => settled.has(id) || quarantine.has(id));
    this.run.hold("I21", open === undefined, () => `${page.name} has never settled the promise of ${open}`);
    const [owed] = this.#owed.get(page) ?? [];
    this.run.hold(
      "I21",
      owed === undefined,
      () => `${page.name} has settled ${owed}, but has not told the app`,
    );
  }
}

function add(sets: Map<Page, Set<string>>, page: Page, changeId: string): Set<string> {
  const set = sets.get(page) ?? new Set();
  sets.set(page, set.add(changeId));
  return set;
}
