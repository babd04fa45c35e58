/** What a panel needs of its element beyond the public surface. */
import type { SyncClient, SyncStatus } from "../../sync_client_api.ts";
import type { Messages } from "../messages.ts";
import type { SyncStatusElement } from "../sync_status.ts";

/** The panel's way back to its element. */
export interface PanelContext {
  element: SyncStatusElement;
  /** What the button shows. */
  shown(): SyncStatus;
  label(): string;
  lang(): string;
  /** The site's words, and those of the language where it has none. */
  words(): Messages;
  /** The client that is shown, if there is one yet. */
  client(): SyncClient | null;
  /** Does the one thing to do in this state. */
  main(): void;
}
