/**
 * What must not leave, stays: a token that was refused (I22), one user's changes under another's name (I16). What
 * must wait, waits: after an erase the whole queue until a person says so (I17), behind a creation that could
 * not be saved the other changes of its record (I13); and only a refusal takes a change out of the queue (I3), never a
 * server that fails.
 */
import type { SyncRequest, SyncResponse } from "../../../shared/mod.ts";
import type { QuarantineRow, SyncRow } from "../../../client/rows.ts";
import type { TransportRequest } from "../../../client/ports.ts";
import { userOf } from "../tokens.ts";
import type { Writes } from "../disk.ts";
import type { Page } from "../page.ts";
import type { Profile } from "../profile.ts";
import type { ChangeRegister } from "./change_register.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import { keyOf } from "./history_line.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** The token of a second try may be refused once more, at the first try of the next sync. */
const refusalsMax = 2;

export class HoldChecks {
  /** Devices whose person has said that it may be sent. */
  readonly #allowed = new Set<Profile>();
  /** How often a page has heard that a token is refused. */
  readonly #refused = new Map<string, number>();
  /** Pages whose last exchange was taken. */
  readonly #taken = new Set<Page>();
  /** Which histories an erase lies between, as clients were told. */
  readonly #erasures = new Set<string>();

  constructor(private readonly run: VerdictOnRun, private readonly register: ChangeRegister) {}

  /** A person on this device says that what an erase holds back may be sent. */
  allowed(profile: Profile): void {
    this.#allowed.add(profile);
  }

  /** The server has answered a request that named `epoch`. */
  answered(user: string, epoch: string | undefined, response: SyncResponse): void {
    if (response.reset === "erased") this.#erasures.add(`${user} ${epoch} ${response.epoch}`);
  }

  committed(mirror: DatabaseMirror, writes: Writes, before: SyncRow): void {
    const { sync, queue, profile, user } = mirror;
    const { run } = this;
    const restarted = sync.restarts !== before.restarts;
    if (restarted && this.#erasures.has(`${user} ${before.epoch} ${sync.epoch}`)) {
      run.hold(
        "I17",
        sync.erasedHold || queue.size === 0,
        () => `${profile.name} does not hold back what waited when everything was erased`,
      );
    }
    run.hold(
      "I17",
      !before.erasedHold || sync.erasedHold || restarted || queue.size === 0 || this.#allowed.has(profile),
      () => `${profile.name} lets go what an erase holds back, and nobody has said so`,
    );
    for (const { key: [kind, changeId], value } of restarted ? [] : writes.values()) {
      if (kind === "quarantine" && !value) this.#checkPlace(mirror, changeId as string);
    }
    for (const { key: [kind], value } of writes.values()) {
      const row = kind === "quarantine" ? value as QuarantineRow | undefined : undefined;
      run.hold(
        "I3",
        row?.code !== "server_error",
        () => `${row?.change.changeId} was set aside because the server failed`,
      );
    }
  }

  /** A creation that goes back into the queue goes before everything that was made on its record after it. */
  #checkPlace({ queue, profile }: DatabaseMirror, changeId: string): void {
    const creation = [...queue.values()].find(({ change }) => change.changeId === changeId);
    if (creation?.change.type !== "CREATED") return;
    const orderOf = (id: string) => this.register.get(id)?.order ?? 0;
    const elder = [...queue.values()].find(({ seq, change }) =>
      keyOf(change) === keyOf(creation.change) && seq < creation.seq &&
      orderOf(change.changeId) > orderOf(changeId)
    );
    this.run.hold(
      "I13",
      elder === undefined,
      () => `${profile.name} retries ${changeId} behind ${elder!.change.changeId}, which needs it`,
    );
  }

  /** A page hears that an exchange was answered. */
  answerHeard(page: Page, { headers, body }: TransportRequest, status: number): void {
    if (status !== 401) return this.#answered(page, JSON.parse(body as string), status);
    const token = `${page.name} ${headers.Authorization}`;
    this.#refused.set(token, (this.#refused.get(token) ?? 0) + 1);
  }

  /**
   * A change is to blame for the refusal of a request that it was alone in, right after one that was taken: who
   * refuses everything refuses nothing.
   */
  #answered(page: Page, { changes }: SyncRequest, status: number): void {
    const isTaken = status === 200;
    if (status === 413 && changes.length === 1 && this.#taken.has(page)) {
      this.register.get(changes[0]!.changeId)?.refusedAs.add("too_large");
    }
    if (isTaken) this.#taken.add(page);
    else this.#taken.delete(page);
  }

  /** A request leaves a page that has caught up with its database. */
  requestSent(page: Page, mirror: DatabaseMirror, { headers, body }: TransportRequest): void {
    const { changes }: SyncRequest = JSON.parse(body as string);
    this.run.hold(
      "I22",
      (this.#refused.get(`${page.name} ${headers.Authorization}`) ?? 0) < refusalsMax,
      () => `${page.name} sends a token again that was refused ${refusalsMax} times`,
    );
    const sender = userOf(headers.Authorization);
    for (const { changeId } of changes) {
      const { owner = null, doubtful = false } = this.register.get(changeId) ?? {};
      // By the change, not by the page: one that changes users may still send what was taken for the last one.
      this.run.hold(
        "I16",
        owner === null || owner === sender || doubtful,
        () => `${page.name} sends ${changeId}, which is ${owner}'s, with the token of ${sender}`,
      );
    }
    const creations = [...mirror.quarantine.values()].filter(({ change }) => change.type === "CREATED");
    if (creations.length === 0) return;
    const seqs = new Map([...mirror.queue.values()].map((row) => [row.change.changeId, row]));
    for (const change of changes) {
      const row = seqs.get(change.changeId);
      if (!row || (row.serverErrors ?? 0) >= 5) continue;
      const creation = creations.find((one) => keyOf(one.change) === keyOf(change));
      this.run.hold(
        "I13",
        // They left together, before the creation was set aside by another page.
        creation === undefined || changes.some(({ changeId }) => changeId === creation.change.changeId),
        () =>
          `${page.name} sends ${change.changeId}, although ${creation!.change.changeId} could not be saved`,
      );
    }
  }
}
