/** Messages between tabs by BroadcastChannel; where it is missing nobody hears, and tabs only follow slower. */
import type { TabChannelFactory } from "../ports.ts";

export const broadcastTabChannel: TabChannelFactory = {
  open(name, receive) {
    if (typeof BroadcastChannel === "undefined") return { post() {}, close() {} };
    const channel = new BroadcastChannel(name);
    channel.onmessage = (event) => receive(event.data);
    let open = true;
    return {
      // The last words of a sync that ends after the page's client was closed: nobody is to hear them.
      post: (message) => open && channel.postMessage(message),
      close() {
        open = false;
        channel.close();
      },
    };
  },
};
