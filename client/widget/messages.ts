/**
 * The widget's words. A message is a text, or texts by count: `=0` for none, else the plural category that
 * `Intl.PluralRules` gives. Names in braces are filled in: `{n}`, `{when}`, `{what}` and the like.
 */
import type { SyncState } from "../sync_client_api.ts";
import type { PanelMessageKey } from "./panel/panel_messages.ts";
import type { ReviewMessageKey } from "./review/review_messages.ts";

/** One message, or one per count. */
export type Message = string | { [count: string]: string };

/** English: the words of the button. Those of the panel come with it. */
export const english = {
  storage: "Not saved on this device",
  lost: "Some changes may be lost",
  failed: "{n} couldn't be saved",
  conflict: { one: "{n} needs your choice", other: "{n} need your choice" },
  auth: "Sign in to sync",
  paused: "Sync paused",
  stale: "{n} unsynced for {when}",
  retrying: "Can't reach server",
  offline: { "=0": "Offline", other: "Offline · {n} saved on this device" },
  syncing: { "=0": "Checking…", other: "Saving {n}…" },
  pending: "{n} waiting to sync",
  loading: "Checking…",
  synced: "All changes saved",
  details: "Sync details",
} satisfies Record<SyncState, Message> & Record<string, Message>;

/** Key of a message. */
export type MessageKey = keyof typeof english | PanelMessageKey | ReviewMessageKey;

/** A full or partial set of messages, as a site gives it in `messages`. */
export type Messages = Partial<Record<MessageKey, Message>>;
