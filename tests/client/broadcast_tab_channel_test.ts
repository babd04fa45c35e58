import { assertEquals } from "@std/assert";
import { broadcastTabChannel } from "../../client/adapters/broadcast_tab_channel.ts";

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
