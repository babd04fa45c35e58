/**
 * Every change that any device has made, and where it is now: the account behind I2 and I3. Also I1's other half,
 * that a change which may have left a device never becomes another one.
 */
import type { ChangeRecord } from "../../../client/sync_client_api.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import { keyOf } from "./history_line.ts";

/** One change. */
export interface ChangeAccount {
  changeId: string;
  key: string;
  /** It makes its record. */
  creates: boolean;
  /** Database that it was made in: its maker. */
  maker: string;
  /** Rises in the order in which changes were made. */
  order: number;
  /** Whose log it may be in; null until somebody is known. */
  owner: string | null;
  /** `queueChange` has resolved. */
  acknowledged: boolean;
  queuedIn: Set<DatabaseMirror>;
  quarantinedIn: Set<DatabaseMirror>;
  ackedIn: Set<DatabaseMirror>;
  /** Server time of its verdict, as its device noted it. */
  settledAtMs: number;
  /** A person gave it up, and the device has a record of it. */
  discarded: boolean;
  /** The server, or a refusal of the whole request, has once said no to it. */
  wasRejected: boolean;
  /** Codes that it has been refused with, by the server's verdicts or together with its whole request. */
  refusedAs: Set<string>;
  /** Two profiles have it since one was cloned, or a lying disk has forgotten what became of it. */
  doubtful: boolean;
  /** Why it need not be anywhere any more. */
  excuse: string | null;
  /** What it said when it was first marked as sent. */
  sentText: string | null;
}

export class ChangeRegister {
  readonly #accounts = new Map<string, ChangeAccount>();
  #order = 0;

  get(changeId: string): ChangeAccount | undefined {
    return this.#accounts.get(changeId);
  }

  all(): IterableIterator<ChangeAccount> {
    return this.#accounts.values();
  }

  /** The account of a change that lies in `mirror`; opened at first sight. */
  seen(change: ChangeRecord, mirror: DatabaseMirror): ChangeAccount {
    let account = this.#accounts.get(change.changeId);
    if (account) return account;
    account = {
      changeId: change.changeId,
      key: keyOf(change),
      creates: change.type === "CREATED",
      maker: `${mirror.profile.name} ${mirror.user}`,
      order: ++this.#order,
      owner: mirror.user,
      acknowledged: false,
      queuedIn: new Set(),
      quarantinedIn: new Set(),
      ackedIn: new Set(),
      settledAtMs: 0,
      discarded: false,
      wasRejected: false,
      refusedAs: new Set(),
      doubtful: false,
      excuse: null,
      sentText: null,
    };
    this.#accounts.set(change.changeId, account);
    return account;
  }

  /** A database is what it is now: none of its old places count. */
  forget(mirror: DatabaseMirror): ChangeAccount[] {
    const concerned: ChangeAccount[] = [];
    for (const account of this.#accounts.values()) {
      const was = [account.queuedIn, account.quarantinedIn, account.ackedIn].map((places) =>
        places.delete(mirror)
      );
      if (was.includes(true)) concerned.push(account);
    }
    return concerned;
  }

  /** Nobody knows any more in what order, and how often, the changes of a database were sent. */
  doubt(mirror: DatabaseMirror): void {
    const rows = [...mirror.queue.values(), ...mirror.quarantine.values(), ...mirror.acked.values()];
    for (const { change } of rows) this.seen(change, mirror).doubtful = true;
  }

  /** Notes where the changes of a database lie, after it was read anew. */
  place(mirror: DatabaseMirror): void {
    for (const { change } of mirror.queue.values()) this.seen(change, mirror).queuedIn.add(mirror);
    for (const { change } of mirror.quarantine.values()) this.seen(change, mirror).quarantinedIn.add(mirror);
    for (const { change } of mirror.acked.values()) this.seen(change, mirror).ackedIn.add(mirror);
  }
}

/** Whether a change still waits on some device. */
export function waits({ queuedIn, quarantinedIn }: ChangeAccount): boolean {
  return queuedIn.size > 0 || quarantinedIn.size > 0;
}

/** What a change says, without what may differ from one sending to the next. */
export function saying({ type, entityType, entityId, data, unset }: ChangeRecord): string {
  return JSON.stringify([type, entityType, entityId, data ?? null, unset ?? []]);
}
