/**
 * Notices that the browser has thrown the local database away while changes waited in it. A mark outside the
 * database says that something waits; a database that begins anew under such a mark has lost it.
 */
import type { DeviceMarks } from "../ports.ts";
import type { Session } from "../session.ts";

const lostText =
  "The browser has deleted this site's data, and changes that were not yet on the server with it.";

/** Watches the database of one session. */
export class LostChanges {
  readonly #key: string;
  /** Highest revision seen; 1 before the first: a database that has none yet begins. */
  #seen = 1;
  #waits = false;

  constructor(
    private readonly marks: DeviceMarks,
    private readonly session: Session,
    /** Told in words when a loss is noticed. */
    private readonly lost: (text: string) => void,
  ) {
    this.#key = `pending:${session.name}`;
  }

  /**
   * Looks whether what waited is gone, and brings the mark up to date. The mark is read each time: all tabs of the
   * user share it, and any of them may send what another has queued.
   */
  update(): void {
    const { queue, quarantine, revision } = this.session.state.rows;
    const marked = this.marks.get(this.#key) !== null;
    // Revisions only rise, also when somebody logs out: a database that is behind itself has begun anew, under an
    // open page too. Whoever empties a site's storage takes the mark along.
    const lost = (marked || this.#waits) && revision < this.#seen;
    this.#seen = revision || 1;
    this.#waits = queue.size + quarantine.size > 0;
    if (this.#waits !== marked) this.marks.set(this.#key, this.#waits ? "1" : null);
    if (lost) this.lost(lostText);
  }
}
