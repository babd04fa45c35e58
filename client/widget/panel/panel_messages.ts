/** The panel's words in English; a site replaces them by the same `messages` as the button's. */
import type { Message } from "../messages.ts";
import type { TextOf } from "../text_of.ts";

/** English, and the list of keys. */
export const panelEnglish = {
  servicePaused: "The service has paused sync",
  erasedElsewhere: "Your data was erased on the server. Resume sends what waits here all the same.",
  lastSynced: "Last synced {when}",
  retryingIn: "Retrying in {when}",
  progress: "{done} of {total}",
  syncNow: "Sync now",
  retryNow: "Retry now",
  signIn: "Sign in",
  pause: "Pause",
  resume: "Resume",
  exportLog: "Export debug log",
  exported: "Exported without the contents of your records.",
  exportValues: "Export with contents",
  waiting: "Waiting",
  notSaved: "Couldn't be saved",
  conflicts: "Conflicts",
  devices: "Devices",
  history: "History",
  storageTitle: "Storage",
  retry: "Retry",
  edit: "Edit",
  discard: "Discard",
  discarded: "Discarded: {what}",
  undo: "Undo",
  dependent: "Waits for the one above",
  more: "and {n} more",
  CREATED: "New {what}",
  UPDATED: "Edited {what}",
  DELETED: "Deleted {what}",
  compare: "Compare",
  thisDevice: "This device",
  device: "Device {what}",
  lastSeen: "Last seen {when}",
  notLoaded: "This part could not be fetched. Try again when online.",
  loadingList: "Loading…",
  sentReceived: "{sent} sent, {received} received",
  tookMs: "{ms} ms",
  noExchange: "Nothing exchanged since this page was opened.",
  used: "{used} of {quota} used",
  persistent: "The browser keeps this data until you delete it.",
  notPersistent: "The browser may delete this data when space runs out.",
  keepData: "Keep data on this device",
  keepRefused: "The browser did not agree. It may once the site is bookmarked or installed.",
  noStorage: "This browser does not say how much is stored.",
} satisfies Record<string, Message>;

/** Key of one of the panel's messages. */
export type PanelMessageKey = keyof typeof panelEnglish;
/** How the panel's parts get their words. */
export type PanelText = TextOf<PanelMessageKey>;
