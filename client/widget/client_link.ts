/**
 * What an element hears of its client, from when it comes onto a page until it goes: what to show and when, what
 * to say aloud, and the client's events under the element's names.
 */
import type { Clock } from "../ports.ts";
import type { SyncClient, SyncStatus } from "../sync_client_api.ts";
import { createAnnouncer } from "./announcer.ts";
import type { SyncStatusEventMap } from "./element_events.ts";
import { createShownStatus } from "./shown_status.ts";

/** The element's side of the link. */
export interface LinkedElement {
  clock: Clock;
  /** What is true now. */
  status(): SyncStatus;
  /** Somebody has asked for a sync that still runs. */
  isAsked(): boolean;
  /** Shows a status; returns its label. */
  show(status: SyncStatus): string;
  say(polite: string, alert: string): void;
  /** The client's status or lists have changed. */
  changed(): void;
  emit(type: keyof SyncStatusEventMap, detail: unknown, cancelable?: boolean): boolean;
}

/** A link. */
export interface ClientLink {
  /** Looks at the status again. */
  look(): void;
  stop(): void;
}

const relayed = [
  ["applied", "sync-change-applied"],
  ["rejected", "sync-change-rejected"],
  ["conflict", "sync-conflict"],
] as const;

/** Links an element to the client that it shows. */
export function linkClient(client: SyncClient, element: LinkedElement): ClientLink {
  const { clock, emit } = element;
  const listening = new AbortController();
  const { signal } = listening;
  const announcer = createAnnouncer(clock, element.say);
  const timing = createShownStatus(clock, (shown) => announcer.update(shown.state, element.show(shown)));
  const look = () => {
    const status = element.status();
    // To the client only sending is `syncing`; who has asked for news sees that it is looked for.
    const isChecking = element.isAsked() && status.state === "synced";
    timing.update(isChecking ? { ...status, state: "syncing" } : status);
  };
  client.addEventListener("status", () => {
    look();
    element.changed();
    emit("sync-status-change", element.status());
  }, { signal });
  // Where the site calls changes stale later than the client does, a sync begins and ends without a new status.
  client.addEventListener("syncing", look, { signal });
  for (const [from, to] of relayed) {
    client.addEventListener(from, (event) => emit(to, event.detail), { signal });
  }
  client.addEventListener("auth-required", (event) => {
    emit("sync-auth-required", event.detail, true);
  }, { signal });
  return {
    look,
    stop() {
      listening.abort();
      timing.stop();
      announcer.stop();
    },
  };
}
