/**
 * What people have given up, taken down when they say so: a discard record of the client excuses nothing by itself
 * (I3), for it is the client whose word is in question.
 */
import type { Page } from "../page.ts";
import type { Profile } from "../profile.ts";
import type { ChangeAccount, ChangeRegister } from "./change_register.ts";

export class GivenUp {
  /** changeIds by device. */
  readonly #changes = new Map<Profile, Set<string>>();
  /** Who is giving up everything right now. */
  readonly #emptying = new Set<{ page: Page }>();

  constructor(private readonly register: ChangeRegister) {}

  /** A person at `page` gives one change up, and with a creation what was made on its record. */
  one({ profile }: Page, changeId: string): void {
    this.#changes.set(profile, (this.#changes.get(profile) ?? new Set()).add(changeId));
  }

  /** A person at `page` gives up everything that waits, until `work` is done. */
  all(page: Page, work: Promise<unknown>): void {
    const emptying = { page };
    this.#emptying.add(emptying);
    work.finally(() => this.#emptying.delete(emptying)).catch(() => {});
  }

  /** Whether a person on `profile` has given `account` up. */
  has(profile: Profile, { changeId, key }: ChangeAccount): boolean {
    for (const { page } of this.#emptying) if (page.profile === profile && !page.dead) return true;
    for (const given of this.#changes.get(profile) ?? []) {
      if (given === changeId) return true;
      const first = this.register.get(given);
      if (first?.creates && first.key === key) return true;
    }
    return false;
  }
}
