/** Every edit that a device has called kept: what `queueChange` resolved for must never be lost (I2, I3). */
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

  /** An edit that is not told here, like an undo, may have been merged into what has not left yet. */
  blur(hasLeft: (changeId: string) => boolean): void {
    for (const made of this.changes.values()) made.blurred ||= !hasLeft(made.changeId);
  }
}
