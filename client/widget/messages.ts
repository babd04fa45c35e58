/**
 * The widget's words. A message is a text, or texts by count: `=0` for none, else the plural category that
 * `Intl.PluralRules` gives. `{n}`, `{when}` and `{what}` are filled in.
 */
import type { SyncState } from "../sync_client_api.ts";

/** One message, or one per count. */
export type Message = string | { [count: string]: string };

/** English, and the list of all keys. */
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
  servicePaused: "The service has paused sync",
  lastSynced: "Last synced {when}",
  retryingIn: "Retrying in {when}",
  syncNow: "Sync now",
  retryNow: "Retry now",
  signIn: "Sign in",
  resume: "Resume",
  details: "Sync details",
  waiting: "Waiting",
  notSaved: "Couldn't be saved",
  retry: "Retry",
  discard: "Discard",
  discardSure: "Discard for good?",
  dependent: "Waits for the one above",
  more: "and {n} more",
  CREATED: "New {what}",
  UPDATED: "Edited {what}",
  DELETED: "Deleted {what}",
} satisfies Record<SyncState, Message> & Record<string, Message>;

/** Key of a message. */
export type MessageKey = keyof typeof english;

/** A full or partial set of messages, as a site gives it in `messages`. */
export type Messages = Partial<Record<MessageKey, Message>>;
