import { assertEquals } from "@std/assert";
import { broadcastTabChannel } from "../../client/adapters/broadcast_tab_channel.ts";
import { isSynced } from "./world/is_synced.ts";
import { World } from "./world/world.ts";

Deno.test("a closed channel says nothing and throws nothing", async () => {
  const heard: unknown[] = [];
  const listening = new Promise<void>((resolve) => {
    const other = broadcastTabChannel.open("closing", (message) => {
      heard.push(message);
      other.close();
      resolve();
    });
  });
  const channel = broadcastTabChannel.open("closing", () => {});
  channel.post("before");
  await listening;
  channel.close();
  channel.post("after");
  assertEquals(heard, ["before"]);
});

Deno.test("a browser that forbids channels, or has none, leaves a client that works", async () => {
  const real = globalThis.BroadcastChannel;
  const forbids = class {
    constructor() {
      throw new DOMException("The operation is insecure.", "SecurityError");
    }
  };
  try {
    for (const found of [forbids, undefined]) {
      Object.assign(globalThis, { BroadcastChannel: found });
      await using world = new World();
      const { client } = world.device().open("ada", { ports: { channel: broadcastTabChannel } });
      await client.create("goal", { id: "g" });
      await world.until(isSynced(client), "saved");
    }
  } finally {
    globalThis.BroadcastChannel = real;
  }
});
