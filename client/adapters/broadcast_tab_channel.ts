/**
 * Messages between tabs by BroadcastChannel; where it is missing, or forbidden like all else that a browser with
 * blocked storage forbids, nobody hears, and tabs only follow slower.
 */
import type { TabChannelFactory } from "../ports.ts";

export const broadcastTabChannel: TabChannelFactory = {
  open(name, receive) {
    let channel: BroadcastChannel;
    try {
      channel = new BroadcastChannel(name);
    } catch {
      return { post() {}, close() {} };
    }
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
