/**
 * Somebody at a page: edits the same few records as everybody else of their account, reloads, loses the network,
 * has the browser killed, settles conflicts, retries or gives up what failed. All choices come from a seed.
 */
import type { ChangeIntent, JsonObject } from "../../shared/mod.ts";
import { SyncClientError, type SyncStatus } from "../../client/mod.ts";
import type { SeededRandom } from "../api/fuzz/seeded_random.ts";
import type { Findings } from "./findings.ts";
import { pause } from "./pause.ts";
import type { Page, Profile } from "./profile.ts";
import { readProfileRows } from "./profile_rows.ts";
import type { PromisesMade } from "./promises_made.ts";
import type { WireBook } from "./wire_book.ts";

/** Below the 500 discard records that a device keeps: one that fell out could not be told from a loss. */
const discardsPerProfileMax = 300;
const types = ["goal", "logbook_entry"];
const fields = ["a", "b", "c", "d"];
const hotRecords = 8;

/** What persons have done. */
export interface Deeds {
  reloads: number;
  pageKills: number;
  conflicts: number;
  resolved: number;
  retried: number;
  discarded: number;
}

/** What a person needs. */
export interface PersonOptions {
  name: string;
  profile: Profile;
  random: SeededRandom;
  promises: PromisesMade;
  book: WireBook;
  findings: Findings;
  deeds: Deeds;
  /** Checks that go on in the background; the run waits for them. */
  checks: Promise<void>[];
  /** Looks at the profile's database between two pages. */
  inspect: () => Promise<void>;
  /** A text that is in all data of this account. */
  canary: string;
}

export class Person {
  #page!: Page;
  #lastRecord = { entityType: "goal", entityId: "r1" };
  /** Acknowledged here, and not known to be answered by the server. */
  readonly #unanswered = new Set<string>();

  constructor(private readonly options: PersonOptions) {}

  get page(): Page {
    return this.#page;
  }

  /** Opens a page and works at it until `end`. */
  async live(end: AbortSignal): Promise<void> {
    const { random } = this.options;
    await this.#open();
    while (!end.aborted) {
      await this.#act(end);
      await pause(random.between(20, random.pick([150, 400, 400, 2_500])), end);
    }
  }

  async #open(): Promise<void> {
    const { profile, deeds } = this.options;
    const page = this.#page = profile.open();
    page.client.addEventListener("status", ({ detail }) => this.#shown(page, detail));
    page.client.addEventListener("conflict", () => void (page.gone.aborted || deeds.conflicts++));
    await Promise.race([page.client.ready, goneBy(page)]);
  }

  async #act(end: AbortSignal): Promise<void> {
    const { random, profile, deeds } = this.options;
    const { client } = this.#page;
    const roll = random.between(1, 100);
    if (roll <= 62) return await this.#edit(random.pick([1, 1, 1, 2, 5]));
    if (roll <= 70) return void client.manualSync().catch(() => {});
    if (roll <= 73) {
      deeds.reloads++;
      await this.#page.close();
      // Some close the lid, and miss what happens meanwhile.
      if (random.chance(0.3)) await pause(random.between(500, 9_000), end);
      await this.options.inspect();
      return await this.#open();
    }
    if (roll <= 76) return await this.#killPage(end);
    if (roll <= 79) {
      profile.setOnline(false);
      await pause(random.between(100, 2_500), end);
      return profile.setOnline(true);
    }
    if (roll <= 82) {
      this.#page.signal("hidden");
      await pause(random.between(10, 1_500), end);
      return this.#page.signal("visible");
    }
    if (roll <= 90) return await this.#settleConflict();
    if (roll <= 96) return await this.#careForFailed();
    await this.#undo();
  }

  /** The browser ends in the middle of writing, reading or sending, or exactly where the disk is written. */
  async #killPage(end: AbortSignal): Promise<void> {
    const { random, deeds, inspect } = this.options;
    deeds.pageKills++;
    const killed = this.#page;
    const aimed = random.chance(0.7);
    if (aimed) killed.killAtWrite(random.between(1, 5), random.chance(0.5));
    const writing = this.#edit(random.between(0, 3));
    if (aimed) killed.client.manualSync().catch(() => {});
    await pause(aimed ? 1_500 : random.pick([0, 0, 1, 30]), AbortSignal.any([end, killed.gone]));
    killed.kill();
    await writing;
    await inspect();
    await this.#open();
  }

  /** Makes some edits at once and takes down which of them were acknowledged. */
  async #edit(count: number): Promise<void> {
    const { promises, name, profile, book } = this.options;
    const { client } = this.#page;
    const writing = Array.from({ length: count }, () => this.#intent()).map(async (edit) => {
      const { changeId } = await client.queueChange(edit);
      promises.add(name, changeId, edit);
      if (!book.hasAnswered(profile.options.user, changeId)) this.#unanswered.add(changeId);
    });
    await this.#allow(Promise.all(writing));
  }

  #intent(): ChangeIntent {
    const { random } = this.options;
    // Who types goes on where they were.
    const again = random.chance(0.35);
    const entityType = again ? this.#lastRecord.entityType : random.pick(types);
    if (random.chance(0.04)) return this.#poison(entityType);
    const fresh = !again && random.chance(0.1);
    const hot = again ? this.#lastRecord.entityId : `r${random.between(1, hotRecords)}`;
    const entityId = fresh ? random.uuid() : hot;
    this.#lastRecord = { entityType, entityId };
    // Mostly what makes sense where this person is; the others may see it otherwise.
    const absent = fresh || (!this.#page.client.get(entityType, entityId) && random.chance(0.9));
    const roll = absent ? 0 : random.next();
    if (roll < 0.2) return { type: "CREATED", entityType, entityId, data: this.#data(random.between(1, 4)) };
    if (roll < 0.32) return { type: "DELETED", entityType, entityId };
    const data = this.#data(random.between(1, 2));
    const unset = fields.filter((field) => !(field in data) && random.chance(0.1));
    return { type: "UPDATED", entityType, entityId, data, ...(unset.length === 0 ? {} : { unset }) };
  }

  #data(count: number): JsonObject {
    const { random, canary } = this.options;
    const data: JsonObject = {};
    for (let n = 0; n < count; n++) {
      data[random.pick(fields)] = random.pick<() => unknown>([
        () => `${canary} ${random.between(0, 1e6)}`,
        () => random.between(-1e6, 1e6) / 8,
        () => null,
        () => [{ canary, text: "十分に長い練習 ".repeat(random.between(1, 20)) }],
        () => ({ text: `${canary} ${"x".repeat(random.chance(0.02) ? 30_000 : 40)}` }),
      ])();
    }
    return data;
  }

  /** What the server must refuse: an edit of nothing, or a record that grows too large when it is merged. */
  #poison(entityType: string): ChangeIntent {
    const { random, canary } = this.options;
    if (random.chance(0.85)) {
      const entityId = `nobody made ${random.between(1, 1e6)}`;
      return random.chance(0.5)
        ? { type: "DELETED", entityType, entityId }
        : { type: "UPDATED", entityType, entityId, data: this.#data(1) };
    }
    const type = random.pick(["CREATED", "UPDATED"] as const);
    const data = { [random.uuid()]: `${canary} ${"heavy ".repeat(20_000)}` };
    return { type, entityType, entityId: `heavy ${random.between(1, 3)}`, data };
  }

  async #settleConflict(): Promise<void> {
    const { random, deeds } = this.options;
    const { client } = this.#page;
    const open = client.conflicts.list();
    if (open.length === 0) return;
    deeds.resolved++;
    const choice = random.pick<"mine" | "theirs" | JsonObject>(["mine", "theirs", { a: "both" }]);
    await this.#allow(client.resolve(random.pick(open).id, choice));
  }

  async #careForFailed(): Promise<void> {
    const { random, deeds, promises } = this.options;
    const { client } = this.#page;
    const failed = await this.#allow(client.changeQueue.getFailedChanges());
    if (!failed || failed.length === 0) return;
    const { changeId } = random.pick(failed);
    if (random.chance(0.5)) {
      deeds.retried++;
      await this.#allow(client.retry(changeId));
    } else if (deeds.discarded < discardsPerProfileMax) {
      // A created record may take some dependents along.
      deeds.discarded++;
      promises.giveUp(changeId);
      await this.#allow(client.discard(changeId));
    }
  }

  async #undo(): Promise<void> {
    const { promises, book, profile: { options: { user } } } = this.options;
    promises.blur((changeId) => book.hasAnswered(user, changeId));
    await this.#allow(this.#page.client.undo());
  }

  /** The result, or nothing where the page is gone or says no for a reason that a person can meet. */
  async #allow<T>(work: Promise<T>): Promise<T | undefined> {
    try {
      return await Promise.race([work, goneBy(this.#page)]) ?? undefined;
    } catch (error) {
      const met = ["not_found", "changed_again", "nothing_to_undo", "closed"];
      if (!(error instanceof SyncClientError)) throw error;
      if (!met.includes(error.code)) {
        this.options.findings.add(
          "I2",
          `${this.options.name} was refused with ${error.code}: ${error.message}`,
        );
      }
      return undefined;
    }
  }

  /** "Saved" is a promise too: where nothing waits, the server has answered everything acknowledged here. */
  #shown(page: Page, { state, pending }: SyncStatus): void {
    if (state === "loading" || pending > 0 || page.gone.aborted) return;
    const { book, profile, checks } = this.options;
    for (const changeId of this.#unanswered) {
      this.#unanswered.delete(changeId);
      if (!book.hasAnswered(profile.options.user, changeId)) checks.push(this.#doubt(changeId, state));
    }
  }

  /** Not answered, and nothing waits: right only if it was given up, in this tab or another. */
  async #doubt(changeId: string, state: string): Promise<void> {
    const { profile, name, findings, promises } = this.options;
    const { discard } = await readProfileRows(profile);
    if (promises.discarded(discard).has(changeId)) return;
    findings.add(
      "I21",
      `${name} saw "${state}" and nothing pending before the server had answered ${changeId}`,
    );
  }
}

/** Resolves when the page is gone. */
function goneBy({ gone }: Page): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => gone.addEventListener("abort", () => resolve(), { once: true }));
}
