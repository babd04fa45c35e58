/**
 * What waited in a database that the browser has thrown away is lost, and said to be (I21): as long as what the
 * page keeps outside the database is still there, nobody writes to the new one before a page has told of it.
 *
 * Looked at only where every page knew what waited, and none was left over an edit: a mark is set after its commit.
 */
import type { Writes } from "../disk.ts";
import type { Page } from "../page.ts";
import type { Profile } from "../profile.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import { hasCaughtUp } from "./page_checks.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

export class LossChecks {
  /** Databases whose loss has not been told. */
  readonly #untold = new Set<DatabaseMirror>();

  constructor(
    private readonly run: VerdictOnRun,
    private readonly shownBy: (page: Page) => DatabaseMirror | undefined,
  ) {}

  /** A page has opened: what it says counts. */
  listen(page: Page): void {
    page.client.addEventListener("status", ({ detail }) => {
      if (detail.state !== "lost" && detail.storageProblem === undefined) return;
      for (const mirror of this.#untold) {
        if (mirror.profile === page.profile && mirror.user === detail.userId) this.#untold.delete(mirror);
      }
    });
  }

  /** The browser is about to throw the databases of `profile` away, and what it keeps beside them if not `keepsMarks`. */
  evicting(profile: Profile, keepsMarks: boolean): void {
    if (!keepsMarks) {
      for (const mirror of this.#untold) if (mirror.profile === profile) this.#untold.delete(mirror);
      return;
    }
    for (const page of profile.living) {
      const mirror = this.shownBy(page);
      if (!mirror || mirror.queue.size + mirror.quarantine.size === 0) continue;
      const knows = profile.living.every((each) =>
        this.shownBy(each) !== mirror || (each.started && !each.hearsLate && hasCaughtUp(each, mirror))
      );
      if (knows && !mirror.database.isBusy) this.#untold.add(mirror);
    }
  }

  /** `mirror` has taken `writes`. */
  committed(mirror: DatabaseMirror, writes: Writes): void {
    // What the profile remembers beside anybody's edits is written before a session is open.
    if ([...writes.values()].every(({ key: [kind] }) => kind === "device")) return;
    if (!this.#untold.delete(mirror)) return;
    // An edit may be made before the part of the client that tells of it has been loaded.
    const isEdit = [...writes.values()].some(({ key: [kind], value }) => kind === "queue" && value);
    this.run.hold(
      "I21",
      isEdit,
      () => `${mirror.profile.name} goes on after an eviction, but has not said that something was lost`,
    );
  }
}
