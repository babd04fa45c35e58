/**
 * Notices that the browser has thrown the local database away while changes waited in it. A mark outside the
 * database says that something waits; a database that begins anew under such a mark has lost it.
 */
import type { ClientCore } from "../client_core.ts";
import type { DeviceMarks } from "../ports.ts";
import type { Session } from "../session.ts";

const lostText =
  "The browser has deleted this site's data, and changes that were not yet on the server with it.";

/** Watches the database of one session, as long as it is the open one. */
export class LostChanges {
  readonly #key: string;
  /** Highest revision seen; 1 before the first: a database that has none yet begins. */
  #seen = 1;
  #waits = false;

  constructor(
    private readonly core: Pick<ClientCore, "session"> & { board: Pick<ClientCore["board"], "set"> },
    private readonly marks: DeviceMarks,
    private readonly session: Session,
  ) {
    this.#key = `pending:${session.name}`;
  }

  /** Looks whether what waited is gone, and brings the mark up to date. */
  update(): void {
    if (!this.#isBehind) return this.#settle();
    // Perhaps only this copy is: another tab has begun the database meanwhile, and set the mark. If the disk cannot
    // say, a loss is told: better once too often than never.
    void this.session.state.refresh().catch(() => {}).then(() => this.#settle());
  }

  /** Asked each time: all tabs of the user share the mark, and any of them may send what another has queued. */
  get #marked(): boolean {
    return this.marks.get(this.#key) !== null;
  }

  /**
   * Something waited, and the database is behind itself. Revisions only rise, also when somebody logs out: it has
   * begun anew, under an open page too. Whoever empties a site's storage takes the mark along.
   */
  get #isBehind(): boolean {
    return (this.#marked || this.#waits) && this.session.state.rows.revision < this.#seen;
  }

  #settle(): void {
    // Of a user who has left, the mark stays: a loss is theirs to be told when they come back, and nobody else's.
    if (this.core.session !== this.session) return;
    const { queue, quarantine, revision } = this.session.state.rows;
    const lost = this.#isBehind;
    this.#seen = revision || 1;
    this.#waits = queue.size + quarantine.size > 0;
    if (this.#waits !== this.#marked) this.marks.set(this.#key, this.#waits ? "1" : null);
    if (lost) this.core.board.set({ lost: lostText });
  }
}
