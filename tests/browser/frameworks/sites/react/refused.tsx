/** Tags that must not compile: the check of this file fails if one of them does. */
import "./app.tsx";

export const refused = {
  // @ts-expect-error No such variant.
  variant: <sync-status variant="pil" />,
  // @ts-expect-error No such property.
  misspelt: <sync-status endpont="/api/sync/v2" />,
  // @ts-expect-error A token source gives text or null.
  token: <sync-status getToken={() => 7} />,
  // @ts-expect-error Hours, not a switch.
  hours: <sync-status stale-after />,
  // @ts-expect-error The event has its own details.
  event: <sync-status onsync-status-change={(event) => event.detail.nothing} />,
  // @ts-expect-error The ref gets this element, not any other.
  ref: <sync-status ref={(element: HTMLInputElement | null) => element?.select()} />,
};
