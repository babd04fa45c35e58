/**
 * Edits of a form on their way into the queue. Each belongs to the user it was entered by, is held until it is
 * queued, and is queued for nobody else; what was entered while nobody was signed in is the next user's.
 *
 * Only what was entered is queued, never what a form merely shows: that may be a default, or somebody else's.
 */
import { type ChangeIntent, type JsonObject, sameJson } from "../../../shared/mod.ts";
import type { BindOptions } from "./bind_form.ts";
import { FormDrafts } from "./form_drafts.ts";
import { codeOf, isDeviceFault, queueAs } from "./queue_as.ts";

/** Typing is queued after a pause of this length; a control that is left, at once. */
export const typedAfterMs = 400;
/** Wait before the queue is tried again after a fault of the device. */
export const retryMs = 5000;

export class FormEdits {
  /** Undefined until it is known: then nothing is kept beyond the page. */
  #owner: string | null | undefined;
  #held = new Map<string, unknown>();
  /** What the client will not have: it is held, and offered again when it changes. */
  #refused = new Set<string>();
  #lane: Promise<void> = Promise.resolve();
  #cancel = () => {};
  #isTroubled = false;
  readonly #drafts: FormDrafts;

  constructor(
    private readonly options: BindOptions & { signal: AbortSignal },
    private readonly saved: () => void,
  ) {
    const { storage, entityType, entityId } = options;
    this.#drafts = new FormDrafts(storage, entityType, entityId);
  }

  /** What was entered and is not in the record yet. */
  get values(): JsonObject {
    return Object.fromEntries(this.#held);
  }

  /** From now on it is `userId` who enters. */
  belongTo(userId: string | null): void {
    const adopted = this.#owner === undefined
      ? this.values
      : this.#owner === null
      ? this.#drafts.of(null)
      : {};
    this.#owner = userId;
    this.#held = new Map(Object.entries({ ...this.#drafts.of(userId), ...adopted }));
    this.#refused.clear();
    for (const [name, value] of Object.entries(adopted)) {
      this.#drafts.change(null, (draft) => delete draft[name]);
      this.#keep(name, value);
    }
    this.saveNow();
  }

  enter(name: string, value: unknown, isDone: boolean): void {
    this.#held.set(name, value);
    this.#refused.delete(name);
    this.#keep(name, value);
    this.#cancel();
    if (isDone) this.saveNow();
    else this.#saveIn(typedAfterMs);
  }

  saveNow(): void {
    this.#cancel();
    const [owner, held] = [this.#owner, this.#held];
    if (owner !== undefined) this.#lane = this.#lane.then(() => this.#save([...held.keys()], owner, held));
  }

  #keep(name: string, value: unknown): void {
    if (this.#owner !== undefined) this.#drafts.change(this.#owner, (draft) => draft[name] = value);
  }

  #saveIn(ms: number): void {
    this.#cancel = this.options.clock.setTimer(ms, () => this.saveNow());
  }

  async #save(names: string[], owner: string | null, held: Map<string, unknown>): Promise<void> {
    const offered = names.filter((name) => held.has(name) && !this.#refused.has(name));
    const values = new Map(offered.map((name) => [name, held.get(name)]));
    if (values.size === 0) return;
    let isKnown = true;
    try {
      const isTheirs = await queueAs(this.options.client, owner, () => {
        isKnown = this.#isKnown();
        return isKnown ? this.#change(values) : null;
      });
      if (!isTheirs || !isKnown) return;
      for (const [name, value] of values) {
        if (held.get(name) !== value) continue;
        held.delete(name);
        this.#drafts.change(owner, (draft) => delete draft[name]);
      }
      this.#isTroubled = false;
      this.saved();
    } catch (error) {
      if (isDeviceFault(error)) this.#tryAgain(error, held);
      else if (offered.length > 1) {
        // One bad value must not hold up the others.
        for (const name of offered) await this.#save([name], owner, held);
      } else {
        if (held === this.#held) this.#refused.add(offered[0]!);
        this.options.failed(error);
      }
    }
  }

  #tryAgain(error: unknown, held: Map<string, unknown>): void {
    if (!this.#isTroubled) this.options.failed(error);
    this.#isTroubled = true;
    // Of who is gone the drafts are kept; a client that was closed is never open again.
    if (!this.options.signal.aborted && held === this.#held && codeOf(error) !== "closed") {
      this.#saveIn(retryMs);
    }
  }

  /**
   * Whether there is a record, or none for sure. A creation by the device that wrote it last would replace a record
   * that this device does not know.
   */
  #isKnown(): boolean {
    const { client, entityType, entityId } = this.options;
    const { userId, lastSyncTime } = client.status;
    return client.get(entityType, entityId) !== undefined || userId !== null && lastSyncTime !== null;
  }

  #change(values: ReadonlyMap<string, unknown>): ChangeIntent | null {
    const { client, entityType, entityId } = this.options;
    const record = client.get(entityType, entityId);
    const isNew = ([name, value]: [string, unknown]) =>
      !record || !Object.hasOwn(record, name) || !sameJson(record[name], value);
    const data = Object.fromEntries([...values].filter(isNew));
    if (Object.keys(data).length === 0) return null;
    return { type: record ? "UPDATED" : "CREATED", entityType, entityId, data };
  }
}
