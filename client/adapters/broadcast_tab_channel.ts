/** Messages between tabs by BroadcastChannel; where it is missing nobody hears, and tabs only follow slower. */
import type { TabChannelFactory } from "../ports.ts";

export const broadcastTabChannel: TabChannelFactory = {
  open(name, receive) {
    if (typeof BroadcastChannel === "undefined") return { post() {}, close() {} };
    const channel = new BroadcastChannel(name);
    channel.onmessage = (event) => receive(event.data);
    return { post: (message) => channel.postMessage(message), close: () => channel.close() };
  },
};
