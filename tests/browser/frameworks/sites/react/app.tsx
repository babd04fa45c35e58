/** A list of goals in React 19, as a site would write it around `<sync-status>`. */
import { useCallback, useState, useSyncExternalStore } from "react";
import type { SyncClient, SyncStatusElement } from "tenuto";
import type { SyncStatusJsx } from "tenuto/jsx";
import { endpoint, token } from "../session.ts";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "sync-status": SyncStatusJsx;
    }
  }
}

const none: readonly never[] = [];

/** The records of a type: `list` gives the same array until one of them changes, as React wants it. */
function useRecords(client: SyncClient | null, type: string) {
  const subscribe = useCallback(
    (changed: () => void) => client?.subscribe(type, changed) ?? (() => {}),
    [client, type],
  );
  return useSyncExternalStore(subscribe, () => client?.list(type) ?? none, () => none);
}

/**
 * How the page tells the element who is signed in. A property reaches an element that is defined already, an
 * event one that React has made, a ref any: also one that a server has rendered.
 */
export type TokenBinding = "event" | "property" | "ref";

const tokenProps: Readonly<Record<TokenBinding, SyncStatusJsx>> = {
  event: { "onsync-token-request": (event) => event.respondWith(token()) },
  property: { getToken: token },
  ref: {},
};

export function App({ binding }: { binding: TokenBinding }) {
  const [client, setClient] = useState<SyncClient | null>(null);
  const [isShown, setShown] = useState(true);
  const [state, setState] = useState("");
  const goals = useRecords(client, "goal");
  const found = useCallback((element: SyncStatusElement | null) => {
    if (!element) return;
    if (binding === "ref") element.getToken = token;
    customElements.whenDefined("sync-status").then(() => setClient(element.client));
  }, [binding]);
  return (
    <main>
      {isShown && (
        <sync-status
          ref={found}
          endpoint={endpoint}
          variant="bar"
          stale-after={2}
          paused={false}
          onsync-status-change={(event) => setState(event.detail.state)}
          {...tokenProps[binding]}
        />
      )}
      <button id="toggle" type="button" onClick={() => setShown(!isShown)}>Status</button>
      <button
        id="add"
        type="button"
        onClick={() => client?.create("goal", { title: `Goal ${goals.length + 1}` })}
      >
        Add
      </button>
      <output>{state}</output>
      <ul>{goals.map((goal) => <li key={String(goal.id)}>{String(goal.title)}</li>)}</ul>
    </main>
  );
}
