/**
 * The switch that takes this window off the network: while it is on, nothing that the page or the sync client
 * sends leaves the window; every request rejects as it does without a network. It is remembered for the
 * window, so a reload stays offline.
 */
import type { Transport } from "../ports.ts";

const key = "tenuto-demo:offline";

/** The network of this window. */
export interface NetworkSwitch {
  readonly isOffline: boolean;
  setOffline(offline: boolean): void;
  /** `fetch`, unless the switch is on. */
  send: typeof fetch;
  /** The same for the sync client; `refused` hears of a 401. */
  transport(refused: () => void): Transport;
}

/** Requests under way are cut when the switch is thrown. */
export function createNetworkSwitch(): NetworkSwitch {
  let offline = sessionStorage.getItem(key) === "1";
  let cut = new AbortController();
  const send: typeof fetch = (input, init) => {
    if (offline) return Promise.reject(new TypeError("This window plays offline"));
    const signals = init?.signal ? [cut.signal, init.signal] : [cut.signal];
    return fetch(input, { ...init, signal: AbortSignal.any(signals) });
  };
  return {
    get isOffline() {
      return offline;
    },
    setOffline(wanted) {
      offline = wanted;
      if (!offline) return sessionStorage.removeItem(key);
      sessionStorage.setItem(key, "1");
      cut.abort(new TypeError("This window went offline"));
      cut = new AbortController();
    },
    send,
    transport: (refused) => ({
      async send({ method, url, headers, body, signal }) {
        const answer = await send(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
        if (answer.status === 401) refused();
        return {
          status: answer.status,
          header: (name) => answer.headers.get(name),
          text: () => answer.text(),
        };
      },
    }),
  };
}
