/**
 * Whose database is open. Opening, switching users, signing in and out all happen one after the other here;
 * everything else asks for the current session and waits.
 */
import { memoryStore } from "./adapters/lazy_memory_store.ts";
import { databaseName, readDeviceFacts, rememberUser } from "./device_account.ts";
import type { ClientCore } from "./client_core.ts";
import type { DeviceStore, DeviceStoreFactory, TabChannel } from "./ports.ts";
import { rowKey, rowKinds } from "./rows.ts";
import { Session, type SessionListener } from "./session.ts";
import { SyncClientError } from "./sync_client_api.ts";
import { tokenSubject } from "./token.ts";

/**
 * Longest wait for a token that the site has at hand, before the page is usable without one: a write never waits
 * for the network, and a token that comes later adopts what was written meanwhile.
 */
const firstTokenWaitMs = 200;

export class Accounts {
  #lastUser: string | null = null;
  /** Whose database is to be open. */
  #wanted: string | null = null;
  /** The user that the last token named. */
  #subject: string | null = null;
  #stores: DeviceStoreFactory;
  /** Openings and switches, one after the other. */
  #lane: Promise<unknown> = Promise.resolve();
  #deviceChannel: TabChannel | undefined;

  constructor(
    private readonly core: ClientCore,
    private readonly listener: SessionListener,
    /** A session is open and current. */
    private readonly opened: (session: Session) => void,
  ) {
    this.#stores = core.ports.store;
  }

  /** Opens the database of whoever is, or was last, signed in. */
  start(): Promise<void> {
    return this.#enqueue(() => this.#begin());
  }

  async #begin(): Promise<void> {
    const { options, tokens } = this.core;
    await this.#openAnonymous();
    const known = options.userId || this.#lastUser;
    await this.#switchTo(known ?? await this.#firstSubject());
    // A user who is known already needs no token to read and write; if it names another, we switch.
    if (known !== null) tokens.get(null).catch(() => {});
  }

  /**
   * The current session; waits while one is being opened, and opens it again if that failed.
   * Rejects with `closed` once the client is.
   */
  async current(): Promise<Session> {
    let lane: Promise<unknown> | undefined;
    while (true) {
      const done = lane === this.#lane;
      if (done && this.core.session) return this.core.session;
      if (this.core.closed) {
        throw new SyncClientError("closed", "The client was closed. Make a new one to go on.");
      }
      // If the first opening failed, it is not known yet who was here last.
      if (done) await this.#enqueue(() => this.core.anonymous ? this.#switchTo(this.#wanted) : this.#begin());
      await (lane = this.#lane);
    }
  }

  /** A token named its user; they are switched to when what is under way is done. */
  subjectSeen(subject: string): boolean {
    if ((this.core.options.userId || subject) !== subject) return false;
    this.#subject = subject;
    this.#enqueue(async () => {
      if (this.#subject === subject) await this.#switchTo(subject);
    }).catch(() => {});
    return true;
  }

  /** Asks the site for its token again and opens that user's database. */
  async signIn(): Promise<void> {
    const { tokens } = this.core;
    await this.current();
    tokens.reset();
    await tokens.get(null).catch(() => {});
    await this.current();
  }

  /**
   * Forgets the user: their local data go, and later edits are anonymous.
   * Rejects with `pending_changes` when something is not saved, unless it is to be discarded.
   */
  logout(discard = false): Promise<void> {
    // A client that was closed meanwhile must not say that it has forgotten anybody.
    return this.#enqueue(async () => {
      if (this.core.closed) await this.current();
      await this.#switchTo(null, true, discard);
    });
  }

  /** This profile was cloned: it needs an id of its own. */
  async replaceDeviceId(): Promise<void> {
    const { core } = this;
    core.deviceId = (await readDeviceFacts(core.anonymous!, core.ports.ids, core.deviceId)).deviceId;
  }

  async close(): Promise<void> {
    await this.#lane.catch(() => {});
    this.#deviceChannel?.close();
    await this.core.session?.close();
    this.core.session = undefined;
    this.core.anonymous?.close();
  }

  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#lane.then(job).catch((error) => Promise.reject(this.core.storageFailed(error)));
    this.#lane = turn.catch(() => {});
    return turn;
  }

  async #openAnonymous(): Promise<void> {
    const { ids, channel } = this.core.ports;
    const name = this.#name(null);
    const anonymous = await this.#openStore(name);
    const { deviceId, lastUser } = await readDeviceFacts(anonymous, ids);
    // Not before: without an id of its own this device must not speak to the server.
    this.core.anonymous = anonymous;
    this.core.deviceId = deviceId;
    this.#lastUser = lastUser;
    this.#deviceChannel = channel.open(`${name}\u0001device`, (userId) => {
      // Another tab logged out: this one must not go on showing, or sending, that user's data.
      this.#enqueue(async () => {
        if (this.core.session?.userId !== userId) return;
        this.core.tokens.disable();
        this.#lastUser = this.#subject = null;
        await this.#switchTo(null);
        this.core.board.set({ signedOut: true });
      }).catch(() => {});
    });
  }

  /** Opens a store; in a browser that keeps nothing, one in memory, which the client says loudly. */
  async #openStore(name: string): Promise<DeviceStore> {
    try {
      return await this.#stores.open(name);
    } catch (error) {
      this.core.storageFailed(error);
      this.#stores = memoryStore();
      this.core.memoryFallback = true;
      return await this.#stores.open(name);
    }
  }

  /** The signed-in user's id; null if the site has no token in time. */
  async #firstSubject(): Promise<string | null> {
    const { tokens, ports } = this.core;
    let cancelTimer = () => {};
    const patience = new Promise<null>((resolve) => {
      cancelTimer = ports.clock.setTimer(firstTokenWaitMs, () => resolve(null));
    });
    const token = await Promise.race([tokens.get(null).catch(() => null), patience]);
    cancelTimer();
    return token === null ? null : tokenSubject(token);
  }

  async #switchTo(userId: string | null, wipe = false, discard = false): Promise<void> {
    if (this.core.closed || (this.core.session && this.core.session.userId === userId && !wipe)) return;
    const { listener } = this;
    const { ports, network } = this.core;
    const previous = this.core.session;
    if (!this.core.anonymous) await this.#openAnonymous();
    if (previous) {
      // What is on its way is not waited for: its answer will come as a duplicate.
      network?.cancel();
      await network?.idle();
      // A logout must know what another tab has settled meanwhile; a store that fails says so when it is wiped.
      await previous.state.refresh().catch(() => {});
      if (wipe) {
        await wipeUserRows(previous.state.store, discard);
        // At once: what another tab pulls from now on would stay.
        if (previous.userId !== null) this.#deviceChannel?.post(previous.userId);
        this.core.writer?.settlePromises(true);
        this.core.tokens.disable();
        this.#subject = null;
      }
      await previous.close();
      this.core.session = undefined;
      tellAll(previous);
    }
    this.#wanted = userId;
    if ((userId !== null || wipe) && userId !== this.#lastUser) {
      this.#lastUser = userId;
      // A full disk must not keep anybody from reading.
      await rememberUser(this.core.anonymous!, userId).catch((error) => this.core.storageFailed(error));
    }
    const name = this.#name(userId);
    const store = await this.#openStore(name);
    const session = await Session.open(userId, name, store, ports.channel, listener);
    this.core.session = session;
    this.opened(session);
    // Not while it is loaded: a listener that is told must be able to read it.
    tellAll(session);
  }

  #name(userId: string | null): string {
    const { name = "tenuto", endpoint } = this.core.options;
    return databaseName(name, endpoint, userId);
  }
}

/**
 * Deletes all of a user's rows; what the profile itself remembers stays. What is not saved is counted in the
 * same transaction, so that no edit of any tab slips in between.
 */
function wipeUserRows(store: DeviceStore, discard: boolean): Promise<void> {
  return store.transact("write", async (tx) => {
    const revision = rowKey.meta("revision");
    const migrated = rowKey.meta("migrated");
    const [count, done] = await tx.get([revision, migrated]) as [number?, boolean?];
    const unsaved = discard ? 0 : [...await tx.list(["queue"]), ...await tx.list(["quarantine"])].length;
    if (unsaved > 0) {
      throw new SyncClientError(
        "pending_changes",
        `Cannot log out yet: ${unsaved} changes have not been saved on the server. ` +
          "Sync first, or log out with { discard: true }.",
      );
    }
    for (const kind of rowKinds) tx.deletePrefix([kind]);
    // It goes on, so that a tab which has not heard loads again, and the wipe does not pass for an eviction.
    tx.put([[revision, (count ?? 0) + 1], [migrated, !!done]]);
  });
}

/** Everything that a session showed is gone from the view, or everything that it shows is there now. */
function tellAll({ view, listener }: Session): void {
  for (const [type, all] of Map.groupBy(view.all(), ([type]) => type)) {
    listener.viewChanged({ type, ids: all.map(([, id]) => id), origin: "remote" });
  }
}
