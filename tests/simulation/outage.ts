/** A server that fails for an hour while nobody does anything: who waits for it must ask ever less often (I22). */
import type { RunUntil } from "./heal.ts";
import type { World } from "./world.ts";

const halfMs = 30 * 60_000;
/** Requests of a page in the second half: the longest back-off never waits less than a quarter of 5 minutes. */
const requestsMax = 30;

/** Lets the hour pass; the server works again after it. */
export async function passOutage(world: World, runUntil: RunUntil): Promise<void> {
  const { server, trace, oracle: { run } } = world;
  trace.add("world", "— the server fails for an hour");
  server.failing = true;
  await runUntil(() => false, halfMs);
  const before = world.profiles.flatMap(({ living }) =>
    living.map((page) => ({ page, sent: page.requestsSent }))
  );
  await runUntil(() => false, halfMs);
  server.failing = false;
  for (const { page, sent } of before) {
    const { name, requestsSent } = page;
    run.hold(
      "I22",
      requestsSent - sent <= requestsMax,
      () => `${name} has sent ${requestsSent - sent} requests in half an hour to a server that only failed`,
    );
  }
}
