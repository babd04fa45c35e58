/** The element's events: their types, and how they are made. */
import type { SyncClientEvents, SyncStatus } from "../sync_client_api.ts";

/** A request for a token; answered by whoever has one. */
export interface TokenRequestEvent extends CustomEvent {
  /** The token, or null while signed out. */
  respondWith(token: string | null | Promise<string | null>): void;
}

/** The element's events by name. */
export interface SyncStatusEventMap {
  "sync-status-change": CustomEvent<SyncStatus>;
  "sync-change-applied": CustomEvent<SyncClientEvents["applied"]>;
  "sync-change-rejected": CustomEvent<SyncClientEvents["rejected"]>;
  "sync-conflict": CustomEvent<SyncClientEvents["conflict"]>;
  "sync-before-discard": CustomEvent<{ changeId: string }>;
  "sync-auth-required": CustomEvent<SyncClientEvents["auth-required"]>;
  "sync-token-request": TokenRequestEvent;
}

declare global {
  // They bubble and are composed: a listener anywhere above gets them.
  interface HTMLElementEventMap extends SyncStatusEventMap {}
  interface DocumentEventMap extends SyncStatusEventMap {}
}

/** An event that reaches everything above the element, out of shadow trees too. */
export function elementEvent(
  type: keyof SyncStatusEventMap,
  detail: unknown,
  cancelable: boolean,
): CustomEvent {
  return new CustomEvent(type, { detail, cancelable, bubbles: true, composed: true });
}

/** Asks for a token by an event; null if nobody answers. */
export async function requestToken(element: Element): Promise<string | null> {
  let answer: string | null | Promise<string | null> = null;
  const event = elementEvent("sync-token-request", undefined, false);
  element.dispatchEvent(Object.assign(event, { respondWith: (token: typeof answer) => answer = token }));
  // Its client goes on after the element has left the page.
  if (!answer && !element.isConnected) document.dispatchEvent(event);
  return await answer;
}
