/**
 * `<sync-status>` in JSX, as types. With React 19 a site adds them to React's own elements:
 *
 *     import type { SyncStatusJsx } from "./jsx.ts";
 *     declare module "react" {
 *       namespace JSX {
 *         interface IntrinsicElements { "sync-status": SyncStatusJsx }
 *       }
 *     }
 *
 * Where JSX has the global namespace, importing this module is enough.
 */
import type { SyncStatusEventMap } from "./element_events.ts";
import type { SyncStatusElement } from "./sync_status.ts";

/** Handlers as React 19 passes them on: `onsync-conflict={…}`. */
type Handlers = {
  [Name in keyof SyncStatusEventMap as `on${Name}`]?: (event: SyncStatusEventMap[Name]) => void;
};

/** What a page may write on the tag. Attributes by their names; properties as React 19, Vue and Svelte set them. */
export interface SyncStatusJsx extends Handlers {
  endpoint?: string;
  name?: string;
  variant?: "pill" | "icon" | "bar";
  placement?: string;
  lang?: string;
  paused?: boolean;
  "stale-after"?: number | string;
  "no-panel"?: boolean;
  bind?: string;
  "watch-storage"?: string;
  "entity-type"?: string;
  client?: SyncStatusElement["client"];
  getToken?: SyncStatusElement["getToken"];
  describe?: SyncStatusElement["describe"];
  messages?: SyncStatusElement["messages"];
  id?: string;
  class?: string;
  className?: string;
  slot?: string;
  children?: unknown;
  ref?: unknown;
  key?: string | number;
}

declare global {
  namespace JSX {
    interface IntrinsicElements {
      "sync-status": SyncStatusJsx;
    }
  }
}
