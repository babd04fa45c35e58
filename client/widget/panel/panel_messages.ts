/** The panel's words in English; a site replaces them by the same `messages` as the button's. */
import type { Message } from "../messages.ts";

/** English, and the list of keys. */
export const panelEnglish = {
  servicePaused: "The service has paused sync",
  lastSynced: "Last synced {when}",
  retryingIn: "Retrying in {when}",
  syncNow: "Sync now",
  retryNow: "Retry now",
  signIn: "Sign in",
  resume: "Resume",
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
} satisfies Record<string, Message>;

/** Key of one of the panel's messages. */
export type PanelMessageKey = keyof typeof panelEnglish;
