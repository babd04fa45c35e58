/**
 * One open database with everything that lives and dies with it: its rows, its view, its channel to the
 * other tabs. Another user means another session.
 */
import { DeviceState, type Origin, type StateObserver } from "./device_state.ts";
import type { DeviceStore, StoreKey, TabChannel, TabChannelFactory } from "./ports.ts";
import type { SyncError, ViewChange } from "./sync_client_api.ts";
import { View } from "./view.ts";

/** What tabs in the same database tell each other. */
export type TabMessage =
  /** Rows were committed: read the journal. */
  | { kind: "committed" }
  /** A sync has ended. */
  | { kind: "synced"; error: SyncError | null };

/** Callbacks of a session. */
export interface SessionListener {
  viewChanged(change: ViewChange): void;
  /** Rows changed, in this tab or another. */
  rowsChanged(origin: Origin): void;
  told(message: TabMessage): void;
  /** The store failed while following another tab. */
  failed(error: unknown): void;
}

export class Session {
  readonly state: DeviceState;
  readonly view: View;
  readonly #channel: TabChannel;
  #following = false;
  #behind = false;

  private constructor(
    /** Whose database this is; null: nobody is signed in. */
    readonly userId: string | null,
    readonly name: string,
    store: DeviceStore,
    channels: TabChannelFactory,
    readonly listener: SessionListener,
  ) {
    this.view = new View((change) => listener.viewChanged(change));
    const observer: StateObserver = {
      before: (keys: readonly StoreKey[] | null) => this.view.before(keys),
      after: (keys, origin, rollback) => {
        this.view.after(keys, origin, rollback);
        listener.rowsChanged(origin);
      },
    };
    this.state = new DeviceState(store, observer, () => this.tell({ kind: "committed" }));
    this.view.rows = this.state.rows;
    this.#channel = channels.open(name, (message) => this.#receive(message as TabMessage));
  }

  /** Opens and loads; rejects with a `StorageFault`. */
  static async open(
    userId: string | null,
    name: string,
    store: DeviceStore,
    channels: TabChannelFactory,
    listener: SessionListener,
  ): Promise<Session> {
    const session = new Session(userId, name, store, channels, listener);
    try {
      await session.state.load();
    } catch (error) {
      // Nobody will have it: it must not follow the other tabs for the rest of the page's life.
      await session.close();
      throw error;
    }
    return session;
  }

  /** Tells the other tabs. */
  tell(message: TabMessage): void {
    this.#channel.post(message);
  }

  /** Closes after the commits under way. */
  async close(): Promise<void> {
    // The last commits still tell the other tabs.
    await this.state.idle();
    this.#channel.close();
    this.state.store.close();
  }

  #receive(message: TabMessage): void {
    this.listener.told(message);
    if (message.kind === "committed") void this.#follow();
  }

  /** Follows the other tabs; messages that come meanwhile cost one more look, not one each. */
  async #follow(): Promise<void> {
    this.#behind = true;
    if (this.#following) return;
    this.#following = true;
    try {
      while (this.#behind) {
        this.#behind = false;
        await this.state.refresh();
      }
    } catch (error) {
      this.listener.failed(error);
    }
    this.#following = false;
  }
}
