/**
 * The faults are over. Everything must drain by itself (I19): first what waits, then, when a person has retried
 * what failed, that too; what was refused for good and holds others up is given up in the end.
 */
import { entityKey } from "../../client/rows.ts";
import type { Findings } from "./findings.ts";
import { pause } from "./pause.ts";
import type { Page, Profile } from "./profile.ts";
import type { PromisesMade } from "./promises_made.ts";
import { type ProfileRows, readProfileRows } from "./profile_rows.ts";
import type { TortureServer } from "./torture_server.ts";

/** Far beyond the longest back-off of these clients; a queue that is not empty by then is stuck. */
const drainMsMax = 90_000;
const lookEveryMs = 100;

/** What is to drain. */
export interface DrainFacts {
  server: TortureServer;
  users: readonly string[];
  households: readonly { profile: Profile; promises: PromisesMade }[];
  findings: Findings;
}

/** Waits until all is quiet; a finding says what is stuck. */
export async function settle(facts: DrainFacts): Promise<void> {
  await drain(facts, "when the faults were over");
  for (const { profile } of facts.households) {
    await forAllFailed(profile, (page, id) => page.client.retry(id));
  }
  await drain(facts, "when what had failed was retried");
  for (const { profile, promises } of facts.households) {
    const { quarantine } = await readProfileRows(profile);
    const created = quarantine.filter(({ change }) => change.type === "CREATED");
    const ids = new Set(created.map(({ change }) => change.changeId));
    await forAllFailed(profile, async (page, id) => {
      if (!ids.has(id)) return;
      promises.giveUp(id);
      await page.client.discard(id);
    });
  }
  await drain(facts, "when refused creations were given up");
}

/** A person's work on everything that a device shows as failed. */
async function forAllFailed(
  profile: Profile,
  work: (page: Page, changeId: string) => Promise<void>,
): Promise<void> {
  const [page] = profile.pages;
  if (!page) return;
  for (const { changeId } of await page.client.changeQueue.getFailedChanges()) {
    // Retried or given up together with the creation that it depends on.
    await work(page, changeId).catch((error) => {
      if (error.code !== "not_found") throw error;
    });
  }
}

async function drain({ server, users, households, findings }: DrainFacts, when: string): Promise<void> {
  const stopMs = performance.now() + drainMsMax;
  while (true) {
    const heads = new Map<string, { epoch: string; version: number }>();
    for (const user of users) {
      const { epoch, latestServerVersion } = await server.status(user);
      heads.set(user, { epoch, version: latestServerVersion });
    }
    const stuck: string[] = [];
    for (const { profile } of households) {
      const head = heads.get(profile.options.user)!;
      const reason = unfinished(profile, await readProfileRows(profile), head);
      if (reason !== null) stuck.push(`${profile.options.name} ${reason}`);
    }
    if (stuck.length === 0) return;
    if (performance.now() > stopMs) {
      for (const reason of stuck) findings.add("I19", `${drainMsMax / 1000} s after it, ${when}, ${reason}`);
      return;
    }
    await pause(lookEveryMs);
  }
}

/** Why a device is not done, or null. */
function unfinished(
  { pages }: Profile,
  { queue, quarantine, sync }: ProfileRows,
  head: { epoch: string; version: number },
): string | null {
  const held = new Set(
    quarantine.filter(({ change }) => change.type === "CREATED")
      .map(({ change }) => entityKey(change.entityType, change.entityId)),
  );
  const waiting = queue.filter(({ change }) => !held.has(entityKey(change.entityType, change.entityId)));
  const states = [...pages].map(({ client }) => client.status.state);
  const shown = ` (its pages show ${states.join(" and ")})`;
  if (waiting.length > 0) return `has ${waiting.length} changes in its queue${shown}`;
  if (sync.staging) return `is still loading a restored history${shown}`;
  if (sync.epoch !== head.epoch) return `stands in another epoch than the server${shown}`;
  if (sync.cursor !== head.version) return `stands at ${sync.cursor} of ${head.version}${shown}`;
  if (states.some((state) => !["synced", "conflict", "failed"].includes(state))) {
    return `has not said so${shown}`;
  }
  return null;
}
