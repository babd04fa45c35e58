/**
 * What is queued says what the app asked for: every field of every edit, none of another, judged by what the page
 * showed when it was made, and nothing folded over what came between. This ties the rows, which all other checks
 * take as given, to the calls that they come from.
 *
 * Looked at only where the order of a device's edits is beyond doubt: no call of it unanswered, no page that died
 * over one, and nobody who queued by other means (an undo, a choice in a conflict).
 */
import type { ChangeIntent } from "../../../shared/mod.ts";
import type { QueueRow } from "../../../client/rows.ts";
import type { Writes } from "../disk.ts";
import type { Page } from "../page.ts";
import type { Profile } from "../profile.ts";
import type { ChangeRegister } from "./change_register.ts";
import { keyOf } from "./history_line.ts";
import { hasCaughtUp } from "./page_checks.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import { same } from "./same.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** An edit on its way: what was asked for, and what the page showed then. */
export interface Saying {
  page: Page;
  intent: ChangeIntent;
  /** What the shown base was folded up to; null where the page had not caught up. */
  seenUpTo: number | null;
}

/** All edits under one changeId, folded. */
interface Said {
  /** Version of the site's schema that it was first asked for in. */
  schemaVersion: number;
  /** Fields by name; null for a field that was removed. */
  fields: Map<
    string,
    {
      value: unknown; /** Version of the site's schema that it was first asked for in. */
      schemaVersion: number;
    } | null
  >;
  seenUpTo: number | null;
}

export class SaidChecks {
  readonly #said = new Map<string, Said>();
  readonly #newest = new Map<string, QueueRow>();
  /** The last change of an entity, by device. */
  readonly #last = new Map<string, string>();
  readonly #unanswered = new Map<Profile, number>();
  readonly #doubtful = new Set<Profile>();

  constructor(private readonly run: VerdictOnRun, private readonly register: ChangeRegister) {}

  /** Rows as they have become durable. */
  committed(writes: Writes): void {
    for (const { key: [kind], value } of writes.values()) {
      if (kind === "queue" && value) this.#newest.set((value as QueueRow).change.changeId, value as QueueRow);
    }
  }

  /** Something else than an edit may queue on this device. */
  doubt(profile: Profile): void {
    this.#doubtful.add(profile);
  }

  /** `queueChange` is called. */
  asks(page: Page, intent: ChangeIntent, mirror: DatabaseMirror | undefined): Saying {
    const { profile } = page;
    this.#unanswered.set(profile, (this.#unanswered.get(profile) ?? 0) + 1);
    const seenUpTo = mirror && hasCaughtUp(page, mirror) ? mirror.sync.viewCursor : null;
    return { page, intent, seenUpTo };
  }

  /** It has rejected; whether it was written is not known if the disk failed. */
  refused({ page }: Saying): void {
    this.#answered(page.profile);
  }

  /** It has resolved. */
  kept({ page, intent, seenUpTo }: Saying, changeId: string): void {
    const { profile } = page;
    this.#answered(profile);
    const row = this.#newest.get(changeId);
    // Another tab's call that is under way may already be in the row, and another profile's pages write elsewhere.
    if ((this.#unanswered.get(profile) ?? 0) > 0 && profile.living.length > 1) this.doubt(profile);
    const account = this.register.get(changeId);
    if (!account) return;
    const place = `${account.maker} ${keyOf(intent)}`;
    const known = this.#said.get(changeId);
    const said = known ?? { fields: new Map(), seenUpTo, schemaVersion: page.schemaVersion };
    const last = this.#last.get(place);
    this.#last.set(place, changeId);
    this.#said.set(changeId, said);
    for (const [name, value] of Object.entries(intent.data ?? {})) said.fields.set(name, { value });
    for (const name of intent.unset ?? []) said.fields.set(name, null);
    if (!row || page.memoryMode || this.#isDoubtful(page, changeId, row)) return;
    const { run } = this;
    run.hold(
      "said",
      known === undefined || last === changeId || this.register.get(last!)?.discarded === true,
      () => `an edit of ${keyOf(intent)} on ${page.name} was folded into ${changeId}, over ${last}`,
    );
    // More edits of this very commit may be answered after this one.
    if ((this.#unanswered.get(profile) ?? 0) > 0) return;
    // A page of a newer version has put what was asked for before into its own words.
    if (row.schemaVersion !== said.schemaVersion) return;
    this.#checkRow(page, changeId, row, said);
    if (known === undefined || seenUpTo === null || said.seenUpTo === null) return;
    run.hold(
      "said",
      seenUpTo === said.seenUpTo || row.change.baseVersion === 0,
      () => `${changeId} is of base ${said.seenUpTo}, but an edit made at ${seenUpTo} was folded into it`,
    );
  }

  #checkRow(page: Page, changeId: string, { change }: QueueRow, { fields, seenUpTo }: Said): void {
    const { run } = this;
    const { data = {}, unset = [], type, baseVersion } = change;
    if (type !== "DELETED") {
      const written = new Set([...Object.keys(data), ...unset]);
      const holds = written.size === fields.size &&
        [...fields].every(([name, field]) =>
          field === null ? unset.includes(name) : Object.hasOwn(data, name) && same(data[name], field.value)
        );
      run.hold(
        "said",
        holds,
        () =>
          `${page.name} was asked for ${JSON.stringify([...fields])}, but ${changeId} says ${
            JSON.stringify({ data, unset })
          }`,
      );
    }
    run.hold(
      "said",
      seenUpTo === null || baseVersion === seenUpTo || baseVersion === 0,
      () => `${changeId} is of base ${baseVersion}, but ${page.name} showed ${seenUpTo}`,
    );
  }

  #isDoubtful(page: Page, changeId: string, { schemaVersion }: QueueRow): boolean {
    return this.#doubtful.has(page.profile) || this.register.get(changeId)?.doubtful === true ||
      schemaVersion !== page.schemaVersion;
  }

  #answered(profile: Profile): void {
    this.#unanswered.set(profile, this.#unanswered.get(profile)! - 1);
  }
}
