/** Every edit that a device has called kept: what `queueChange` resolved for must never be lost (I2, I3). */
import { type DiscardRow, entityKey } from "../../client/rows.ts";
import type { ChangeIntent } from "../../shared/mod.ts";

/** An acknowledged change. Adjacent edits of one record may have become one change. */
export interface AcknowledgedChange {
  changeId: string;
  /** Place among all acknowledgements of its person. */
  order: number;
  person: string;
  /** The edits it stands for, oldest first. */
  edits: ChangeIntent[];
  /** Something else may have become part of it, so its values need not be those of the last edit. */
  blurred: boolean;
}

/** The acknowledged changes of one profile. */
export class PromisesMade {
  readonly changes = new Map<string, AcknowledgedChange>();
  /** Failed changes that a person said they give up. */
  readonly #givenUp = new Set<string>();
  #order = 0;
  edits = 0;

  /** Takes an acknowledgement down. */
  add(person: string, changeId: string, edit: ChangeIntent): void {
    this.edits++;
    const known = this.changes.get(changeId);
    if (known) {
      known.edits.push(edit);
      known.blurred ||= known.person !== person;
    } else {
      this.changes.set(changeId, { changeId, order: this.#order++, person, edits: [edit], blurred: false });
    }
  }

  /** A person is about to give a failed change up. */
  giveUp(changeId: string): void {
    this.#givenUp.add(changeId);
  }

  /**
   * Those of the client's discard records that a person stands behind, as changeIds: what they gave up, and with a
   * creation what was made on its record.
   */
  discarded(records: readonly DiscardRow[]): Set<string> {
    const asked = records.filter(({ change }) => this.#givenUp.has(change.changeId));
    const unmade = new Set(
      asked.filter(({ change }) => change.type === "CREATED")
        .map(({ change }) => entityKey(change.entityType, change.entityId)),
    );
    const theirs = records.filter(({ change }) =>
      this.#givenUp.has(change.changeId) || unmade.has(entityKey(change.entityType, change.entityId))
    );
    return new Set(theirs.map(({ change }) => change.changeId));
  }

  /** An edit that is not told here, like an undo, may have been merged into what has not left yet. */
  blur(hasLeft: (changeId: string) => boolean): void {
    for (const made of this.changes.values()) made.blurred ||= !hasLeft(made.changeId);
  }
}
