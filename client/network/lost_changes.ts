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

  constructor(private readonly marks: DeviceMarks, private readonly session: Session) {
    this.#key = `pending:${session.name}`;
  }

  /** Asked each time: all tabs of the user share the mark, and any of them may send what another has queued. */
  get #marked(): boolean {
    return this.marks.get(this.#key) !== null;
  }

  /** What is known to be lost, in words, or null; told once, then forgotten. */
  takeLoss(): string | null {
    const { rows } = this.session.state;
    const lost = this.#marked && rows.revision === 0 && rows.queue.size === 0;
    if (lost) this.update();
    return lost ? lostText : null;
  }

  /** Brings the mark up to date. */
  update(): void {
    const { queue, quarantine } = this.session.state.rows;
    const waiting = queue.size + quarantine.size > 0;
    if (waiting !== this.#marked) this.marks.set(this.#key, waiting ? "1" : null);
  }
}
