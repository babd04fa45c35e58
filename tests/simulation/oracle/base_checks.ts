/**
 * I14 and I15 behind the rows: what a change claims to have seen is true. A base of an ended history is 0; what the
 * view stands on moves only with what is shown; and what is kept of a settled change (its effect, the server's time)
 * is what the ledger knows, not what the device makes of it.
 */
import type { AckedRow, QuarantineRow, QueueRow, SyncRow } from "../../../client/rows.ts";
import type { Writes } from "../disk.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import { keyOf } from "./history_line.ts";
import type { LedgerChecks } from "./ledger_checks.ts";
import { same } from "./same.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** What a device showed just before it started over. */
export type ShownBefore = Map<string, unknown> | null;

export class BaseChecks {
  /** Epoch that a change was made in, by database and changeId. */
  readonly #madeIn = new Map<string, string | null>();

  constructor(
    private readonly run: VerdictOnRun,
    private readonly ledger: LedgerChecks,
    private readonly serverNowMs: () => number,
  ) {}

  /** Called before `mirror` takes `writes`: what is shown, if this is where it starts over. */
  before(mirror: DatabaseMirror, writes: Writes): ShownBefore {
    const sync = writes.get('["meta","sync"]')?.value as SyncRow | undefined;
    if (!sync || sync.restarts <= mirror.sync.restarts || !sync.staging) return null;
    const unpulled = new Set(
      [...mirror.acked.values()].filter(({ version }) => version > mirror.sync.viewCursor)
        .map(({ change }) => keyOf(change)),
    );
    // What was settled but is not in the base yet is offered again in the open.
    const keys = [...mirror.keys()].filter((key) => !unpulled.has(key));
    return new Map(keys.map((key) => [key, mirror.view(key)]));
  }

  /** `mirror` has taken `writes`; `before` is where it stood. */
  committed(mirror: DatabaseMirror, writes: Writes, before: SyncRow, shown: ShownBefore): void {
    const { run } = this;
    const { sync, profile, user } = mirror;
    this.#checkViewCursor(mirror, before);
    for (const [key, data] of shown ?? []) {
      run.hold(
        "I8",
        same(data, mirror.view(key)),
        () => `${profile.name} shows another ${key} since it has started over`,
      );
    }
    const restarted = sync.restarts !== before.restarts;
    const rows = restarted
      ? [...mirror.queue.values(), ...mirror.quarantine.values()]
      : [...writes.values()].filter(({ key: [kind] }) => kind === "queue" || kind === "quarantine")
        .flatMap(({ value }) => value ? [value as QueueRow | QuarantineRow] : []);
    for (const { change } of rows) this.#checkBase(mirror, change.changeId, change.baseVersion);
    if (user === null) return;
    for (const { key: [kind], value } of writes.values()) {
      if (kind === "acked" && value) this.#checkAcked(mirror, value as AckedRow, before);
    }
  }

  #checkViewCursor({ sync, profile }: DatabaseMirror, before: SyncRow): void {
    const restarted = sync.restarts !== before.restarts;
    const should = !sync.staging
      ? sync.cursor
      : restarted && sync.epoch !== before.epoch
      ? 0
      : before.viewCursor;
    this.run.hold(
      "I14",
      sync.viewCursor === should,
      () => `${profile.name} takes what it shows for version ${sync.viewCursor}, but it is ${should}`,
    );
  }

  #checkBase({ sync, database, profile }: DatabaseMirror, changeId: string, base: number | undefined): void {
    const name = `${profile.name} ${database.name} ${changeId}`;
    if (!this.#madeIn.has(name)) {
      this.#madeIn.set(name, sync.epoch);
      this.run.hold(
        "I14",
        base !== undefined && base <= sync.viewCursor,
        () =>
          `${changeId} is of base ${base}, but ${profile.name} has never seen more than ${sync.viewCursor}`,
      );
    }
    const madeIn = this.#madeIn.get(name);
    this.run.hold(
      "I14",
      base === 0 || (base !== undefined && madeIn === sync.epoch),
      () => `${changeId} on ${profile.name} keeps base ${base} of the history ${madeIn} in ${sync.epoch}`,
    );
  }

  #checkAcked(
    mirror: DatabaseMirror,
    { change, version, effect, settledAtMs }: AckedRow,
    before: SyncRow,
  ): void {
    const { run, ledger } = this;
    const { sync, user, profile } = mirror;
    const { changeId } = change;
    run.hold(
      "I15",
      settledAtMs >= before.serverTimeMs && settledAtMs <= this.serverNowMs(),
      () => `${profile.name} notes a time for ${changeId} that is not the server's`,
    );
    const line = sync.epoch === null ? undefined : ledger.byEpoch(user!, sync.epoch);
    const mark = line?.marks.get(changeId);
    if (!mark || mark.version !== version || mark.status === "conflict") return;
    run.hold(
      "I8",
      effect === (mark.status !== "duplicate"),
      () =>
        `${profile.name} takes ${changeId} (${mark.status}) for ${
          effect ? "one with" : "one without"
        } effect`,
    );
  }
}
