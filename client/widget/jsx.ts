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
 *
 * Names with a hyphen that are not here are allowed by JSX itself (`data-…`, `aria-…`), all others are errors.
 */
import type { SyncStatusEventMap } from "./element_events.ts";
import type { SyncStatusElement } from "./sync_status.ts";

/** Handlers as React 19 passes them on: `onsync-conflict={…}`. */
type Handlers = {
  [Name in keyof SyncStatusEventMap as `on${Name}`]?: ((event: SyncStatusEventMap[Name]) => void) | undefined;
};

/** Who is handed the element, and null once it is gone: a callback (which may return its end), or an object. */
type ElementRef =
  | ((element: SyncStatusElement | null) => void | (() => void))
  | { current: SyncStatusElement | null }
  | null;

/**
 * What a page may write on the tag. Attributes by their names; properties as React 19, Vue and Svelte set them,
 * which React and Svelte do once the element is defined: before that a `ref` sets them.
 */
export interface SyncStatusJsx extends Handlers {
  endpoint?: string | undefined;
  name?: string | undefined;
  variant?: "pill" | "icon" | "bar" | undefined;
  placement?: string | undefined;
  lang?: string | undefined;
  paused?: boolean | undefined;
  /** In hours. */
  "stale-after"?: number | string | undefined;
  "no-panel"?: boolean | undefined;
  bind?: string | undefined;
  "watch-storage"?: string | undefined;
  "entity-type"?: string | undefined;
  client?: SyncStatusElement["client"] | undefined;
  getToken?: SyncStatusElement["getToken"] | undefined;
  describe?: SyncStatusElement["describe"] | undefined;
  messages?: SyncStatusElement["messages"] | undefined;
  id?: string | undefined;
  class?: string | undefined;
  className?: string | undefined;
  style?: object | string | undefined;
  hidden?: boolean | undefined;
  dir?: "ltr" | "rtl" | "auto" | undefined;
  slot?: string | undefined;
  children?: unknown;
  ref?: ElementRef | undefined;
  key?: string | number | null | undefined;
}

declare global {
  namespace JSX {
    interface IntrinsicElements {
      "sync-status": SyncStatusJsx;
    }
  }
}
