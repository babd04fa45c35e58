/**
 * The end of a world: the faults stop, everybody is signed in again, people look after what failed; then every
 * queue must drain and every device must come to the same state, without anybody reloading a page. A device with
 * databases of several users has each of them signed in once.
 */
import { settleMicrotasks } from "./deterministic_host.ts";
import type { Page } from "./page.ts";
import { ask, discard, resume, signIn } from "./perform_operation.ts";
import { keyOf } from "./oracle/history_line.ts";
import { hasCaughtUp } from "./oracle/page_checks.ts";
import type { DatabaseMirror } from "./oracle/database_mirror.ts";
import type { Profile } from "./profile.ts";
import { checkTwins, letTwinsWrite } from "./twins.ts";
import type { World } from "./world.ts";

/** Longest virtual time until everything is quiet: beyond the longest back-off and a `Retry-After`. */
const settleMsMax = 45 * 60_000;
/** What people ask for is mostly written within this; each time they wait twice as long: a store may hang. */
const careMs = 10;
/** Times that profiles with one deviceId write: nobody notices in a first pull, which says only how things stand. */
const twinRounds = 2;
/** Times that people look after what failed, and users are switched. */
const roundsMax = 16;

/** Lets the world run until `done`, at most `withinMs`; false if it was in vain or something failed. */
export type RunUntil = (done: () => boolean, withinMs: number) => Promise<boolean>;

/** Heals the world and waits until it is quiet; notes I19 where that never comes. */
export async function heal(world: World, runUntil: RunUntil): Promise<void> {
  const { oracle: { run }, trace } = world;
  trace.add("world", "— the faults end");
  endFaults(world);
  let twinsWrote = 0;
  for (let round = 0; round < roundsMax && !run.failure; round++) {
    if (!await runUntil(() => isQuiet(world), settleMsMax)) {
      run.hold("I19", run.failure !== undefined, () => `no end in sight: ${restlessness(world)}`);
      return;
    }
    if (!careForAll(world, round)) {
      if (twinsWrote === twinRounds) return checkTwins(world);
      if (!letTwinsWrite(world, twinsWrote++)) return;
    }
    await settleMicrotasks();
    // The next look is after what was asked for has become durable.
    await runUntil(() => false, careMs << round);
  }
  run.hold("I19", false, () => `people look after it ${roundsMax} times in vain: ${restlessness(world)}`);
}

function endFaults(world: World): void {
  const { faults, server, plan } = world;
  faults.active = false;
  server.paused = false;
  server.relaxed = plan.repairsInTheEnd;
  for (const profile of world.profiles) {
    profile.partition = "none";
    profile.online = true;
    profile.tokenValidMs = 3_600_000;
    if (profile.living.length === 0 && !world.options.withoutDevices?.includes(profile.index)) profile.open();
    for (const page of profile.living) {
      page.thaw();
      page.signal("visible");
      if (plan.signalsInTheEnd) page.signal("online");
      resume(page, true);
    }
    signIn(profile, profile.user ?? plan.devices[profile.index % plan.devices.length]!.user);
  }
}

/** Whether nothing is to be expected any more. */
function isQuiet(world: World): boolean {
  for (const profile of world.profiles) leaveMemoryMode(profile);
  return world.profiles.every((profile) => profile.living.every((page) => isPageQuiet(world, profile, page)));
}

/** A page in memory mode says so; the person opens the site again. */
function leaveMemoryMode(profile: Profile): void {
  for (const page of profile.living) {
    if (!page.memoryMode) continue;
    page.die();
    profile.open();
  }
}

function isPageQuiet(world: World, profile: Profile, page: Page): boolean {
  if (isSignedOut(page)) return !page.client.isSyncing;
  const mirror = world.oracle.shownBy(page);
  const { status } = page.client;
  return mirror !== undefined && page.started && mirror.user === profile.user &&
    status.userId === profile.user &&
    (["synced", "conflict", "failed", "lost"].includes(status.state) || status.pausedBy === "erased") &&
    !mirror.database.isBusy && hasCaughtUp(page, mirror) && page.inFlight.size === 0 &&
    !page.client.isSyncing &&
    isSettled(world, mirror);
}

/** Another page's logout came to its end after the person had signed in again. */
function isSignedOut({ client: { status }, profile }: Page): boolean {
  // What could not be saved is said before that nobody is signed in.
  return status.userId === null && status.state !== "loading" ||
    profile.user === null && ["auth", "failed", "conflict", "lost"].includes(status.state);
}

/** At the head, with nothing in the queue but what waits for a person. */
function isSettled(world: World, mirror: DatabaseMirror): boolean {
  const { sync, user } = mirror;
  if (user === null || sync.epoch === null) return false;
  const line = world.oracle.ledger.lineOf(user);
  return sync.epoch === world.oracle.ledger.epochOf(line) && sync.cursor === line.head && !sync.snapshot &&
    !sync.staging && waiting(mirror) === 0;
}

function waiting(mirror: DatabaseMirror): number {
  if (mirror.sync.erasedHold) return 0;
  // What the server has failed on is tried again by itself; what waits for a creation waits for a person.
  const held = new Set(
    [...mirror.quarantine.values()].map(({ change }) => change).filter(({ type }) => type === "CREATED")
      .map(keyOf),
  );
  return mirror.queued.filter(({ change }) => !held.has(keyOf(change))).length;
}

/** What keeps the world from being quiet, for people. */
function restlessness(world: World): string {
  return world.profiles.flatMap((profile) =>
    profile.living.filter((page) => !isPageQuiet(world, profile, page)).map((page) => {
      const mirror = world.oracle.shownBy(page);
      const { state, pending, userId } = page.client.status;
      return `${page.name} is '${state}' with ${pending} pending for ${userId ?? "nobody"}, ` +
        `at ${mirror?.sync.cursor} of ${mirror?.user ? world.oracle.ledger.lineOf(mirror.user).head : "?"}`;
    })
  ).join("; ");
}

/** People look after what failed, and sign in where something of theirs still waits; false if there is nothing. */
function careForAll(world: World, round: number): boolean {
  let any = false;
  for (const profile of world.profiles) {
    const page = profile.living[0];
    if (!page) continue;
    if (profile.living.some(isSignedOut)) {
      any = true;
      signIn(profile, profile.user ?? world.plan.devices[0]!.user);
      continue;
    }
    const mirror = world.oracle.shownBy(page)!;
    if (mirror.sync.erasedHold) {
      any = true;
      for (const each of profile.living) resume(each, true);
    } else if (mirror.quarantine.size > 0 || mirror.queue.size > 0) {
      any = true;
      ask(page, () => careFor(world, page, round));
    } else {
      const other = [...profile.disk.databases.values()].map((each) => world.oracle.mirrorOf(each)).find((
        each,
      ) => each !== mirror && each.user !== null && hasMoreToSay(world, each));
      if (!other) continue;
      any = true;
      signIn(profile, other.user!);
    }
  }
  return any;
}

/** Whether something waits there, or would be offered again once it hears of a restore. */
function hasMoreToSay(
  { oracle: { ledger } }: World,
  { user, queue, quarantine, acked, sync }: DatabaseMirror,
) {
  return queue.size > 0 || quarantine.size > 0 ||
    (acked.size > 0 && sync.epoch !== ledger.epochOf(ledger.lineOf(user!)));
}

/** I13: what failed says so, and can be recovered or given up, dependents with it. */
async function careFor(world: World, page: Page, round: number): Promise<void> {
  const { oracle: { run }, plan } = world;
  const failed = await page.client.changeQueue.getFailedChanges();
  const mirror = world.oracle.shownBy(page)!;
  const named = new Set(failed.map(({ changeId }) => changeId));
  const unnamed = [
    ...mirror.queued.map(({ change }) => change),
    ...[...mirror.quarantine.values()].map((row) => row.change),
  ]
    .filter(({ changeId }) => !named.has(changeId));
  run.hold(
    "I13",
    unnamed.length === 0,
    () => `${page.name} does not name ${unnamed.map(({ changeId }) => changeId)} among what failed`,
  );
  for (const { changeId, dependsOn } of failed) {
    if (dependsOn !== undefined && named.has(dependsOn)) continue;
    const repaired = plan.repairsInTheEnd && round < 2;
    // A dependent may have gone with what it depends on.
    await (repaired ? page.client.retry(changeId) : discard(world, page, changeId)).catch((error) => {
      if (error?.code !== "not_found") throw error;
    });
  }
}
