/** Does one operation of the plan in its world. Nothing here waits: what takes time goes on by itself. */
import type { ChangeIntent } from "../../shared/mod.ts";
import type { ClientErrorCode } from "../../client/sync_client_api.ts";
import { checkRefusal } from "./oracle/refusal_checks.ts";
import type { Page } from "./page.ts";
import type { Operation } from "./plan.ts";
import type { Profile } from "./profile.ts";
import { endpoint } from "./server.ts";
import { inSchema, schemaVersionMax } from "./site_schema.ts";
import type { World } from "./world.ts";

const tenYearsMs = 10 * 365 * 86_400_000;
/** Most devices that clones make. */
const profilesMax = 6;
const rotationTokenMs = 3_600_000;

export function performOperation(world: World, operation: Operation): void {
  const profile = world.profiles[operation.device];
  if (!profile || world.options.withoutDevices?.includes(operation.device)) return;
  const page = profile.living[operation.page % Math.max(1, profile.living.length)];
  const who = page?.name ?? profile.name;
  world.trace.add(who, `— ${describeOperation(operation)}`);
  if (operation.kind !== "edit" && operation.kind !== "sync") world.faults.count(operation.kind);
  atOnce(world, profile, page, operation);
}

/** An operation as people read it. */
export function describeOperation({ index, kind, intents, durationMs, user }: Operation): string {
  const edits = intents.map(({ type, entityType, entityId, data, unset }) => {
    const text = JSON.stringify(data) ?? "";
    return `${type} ${entityType}/${entityId} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}` +
      (unset ? ` unset ${unset}` : "");
  });
  const more = edits.length > 0 ? edits.join("; ") : kind === "sign-in" ? user : `${durationMs} ms`;
  return `#${index} ${kind} ${more}`;
}

function atOnce(world: World, profile: Profile, page: Page | undefined, operation: Operation): void {
  const { durationMs, choice, intents, user } = operation;
  const { time, server } = world;
  const after = (then: () => void) => void time.after(durationMs, then);
  switch (operation.kind) {
    case "edit":
    case "burst":
      for (const intent of intents) if (page) edit(page, intent);
      return;
    case "sync":
      return ask(page, ({ client }) => client.manualSync());
    case "scheduled-sync":
      return ask(page, ({ client }) => client.sync());
    case "visibility":
      page?.signal(page.visible ? "hidden" : choice < 0.5 ? "visible" : "focus");
      return;
    case "go-offline":
      setOnline(profile, false);
      return after(() => setOnline(profile, true));
    case "partition":
      profile.partition = choice < 0.4 ? "to-server" : choice < 0.8 ? "from-server" : "both";
      return after(() => void (profile.partition = "none"));
    case "kill":
      return page?.die();
    case "reload":
      return page && reload(page);
    case "open":
      return void profile.open(choice < 0.2 ? Math.ceil(choice * 5 * schemaVersionMax) : 0);
    case "freeze":
      page?.freeze();
      return after(() => page?.thaw());
    case "bfcache":
      page?.signal("pagehide");
      page?.freeze();
      return after(() => wake(page));
    case "world-sleeps": {
      if (world.asleep) return;
      world.asleep = true;
      for (const each of world.profiles) for (const one of each.living) one.freeze();
      return after(() => {
        world.asleep = false;
        for (const each of world.profiles) each.living.forEach(wake);
      });
    }
    case "power-cut":
    case "tail-lost":
      for (const each of profile.living) each.die();
      if (operation.kind === "tail-lost") profile.disk.loseTail(1 + Math.floor(choice * 3));
      return;
    case "evict":
      world.oracle.losses.evicting(profile, choice >= 0.5);
      for (const each of profile.living) each.die();
      if (choice < 0.5) profile.kept.clear();
      profile.disk.evict();
      return;
    case "clone":
      return clone(world, profile);
    case "clock-jump":
      profile.clockOffsetMs += Math.round((choice * 2 - 1) * tenYearsMs);
      return;
    case "sign-in":
      return signIn(profile, user);
    case "session-ends":
      profile.user = null;
      server.tokens.rotate();
      return after(() => signIn(profile, user));
    case "logout":
      return page && logout(page, choice < 0.4);
    case "rotate-keys":
      server.tokens.rotate();
      return;
    case "backup":
      server.backup();
      return;
    case "restore":
      server.restore(choice);
      return;
    case "server-restarts":
      server.restart();
      return;
    case "trim":
      return trim(world, user, choice < 0.5 ? 0 : durationMs);
    case "erase":
      return erase(world, user);
    case "service-paused":
      server.paused = true;
      return after(() => void (server.paused = false));
    case "undo":
      world.oracle.said.doubt(profile);
      return ask(page, ({ client }) => client.undo(), "nothing_to_undo");
    case "resolve":
      world.oracle.said.doubt(profile);
      return page && resolveConflict(page, choice);
    case "care-for-failed":
      return ask(page, (page) => careForFailed(world, page, choice), "not_found");
    case "pause-site":
      ask(page, ({ client }) => client.pause());
      return after(() => page && resume(page, choice < 0.5));
    case "discard-all":
      return ask(page, (page) => discardAll(world, page));
  }
}

/** An edit, and the promise that it is kept. */
export function edit(page: Page, asked: ChangeIntent): void {
  const { world } = page.profile;
  // A page writes what its version of the site's schema says.
  const intent = inSchema(asked, page.schemaVersion);
  const { said } = world.oracle;
  const saying = said.asks(page, intent, world.oracle.shownBy(page));
  ask(page, ({ client }) =>
    client.queueChange(intent).then(({ changeId, synced }) => {
      world.oracle.telling.promised(page, changeId, synced);
      world.oracle.acknowledged(page, changeId);
      said.kept(saying, changeId);
    }, (error) => {
      said.refused(saying);
      throw error;
    }));
}

/** The site goes on; `sendAfterErase` is the person's word on what an erase holds back. */
export function resume(page: Page, sendAfterErase: boolean): void {
  const { world } = page.profile;
  if (sendAfterErase) world.oracle.holds.allowed(page.profile);
  ask(page, ({ client }) => client.resume({ sendAfterErase }));
}

/** Somebody asks something of a page, if there is one; it may refuse with `met`, besides what any call can meet. */
export function ask(
  page: Page | undefined,
  call: (page: Page) => Promise<unknown>,
  ...met: ClientErrorCode[]
): void {
  if (page) void checkRefusal(page.profile.world.oracle.run, page, () => call(page), met);
}

function setOnline(profile: Profile, online: boolean): void {
  if (profile.online === online) return;
  profile.online = online;
  for (const page of profile.living) page.signal(online ? "online" : "offline");
}

/** Back from the back-forward cache, or from under a closed lid. */
function wake(page: Page | undefined): void {
  if (!page || page.dead) return;
  page.thaw();
  page.signal("resume");
}

function reload(page: Page): void {
  page.closing = true;
  ask(page, ({ client }) =>
    client.close().then(() => {
      page.die();
      page.profile.open(page.schemaVersion);
    }));
}

function clone(world: World, profile: Profile): void {
  if (world.profiles.length >= profilesMax) return;
  const twin = world.addProfile();
  const { user, hasLocks, tokenValidMs, clockOffsetMs } = profile;
  Object.assign(twin, { user, hasLocks, tokenValidMs, clockOffsetMs });
  for (const [key, value] of profile.kept) twin.kept.set(key, value);
  twin.disk.copyFrom(profile.disk);
  twin.open();
}

/** The site knows who is there, and tells its pages. */
export function signIn(profile: Profile, user: string): void {
  profile.user = user;
  profile.signIns++;
  for (const page of profile.living) ask(page, ({ client }) => client.signIn());
}

function logout(page: Page, discard: boolean): void {
  const { profile } = page;
  const discarding = { page };
  if (discard) profile.discarding.add(discarding);
  page.logouts++;
  const { signIns } = profile;
  const logOut = () =>
    page.client.logout({ discard }).then(() => {
      if (profile.signIns === signIns) profile.user = null;
    }).finally(() => {
      page.logouts--;
      profile.discarding.delete(discarding);
    });
  ask(page, logOut, ...(discard ? [] : ["pending_changes"] as const));
}

function trim(world: World, user: string, ageMs: number): void {
  // The first step of the work is asked for at once.
  const { promise, resolve } = Promise.withResolvers<void>();
  world.oracle.ledger.tend(user, promise);
  world.server.trim(user, ageMs).finally(resolve);
}

function erase(world: World, user: string): void {
  const { server, oracle: { ledger } } = world;
  const token = server.tokens.issue(user, rotationTokenMs);
  server.forgetBackups();
  const { promise, resolve } = Promise.withResolvers<void>();
  ledger.tend(user, promise);
  server.fetch("DELETE", `${endpoint}/data`, { Authorization: `Bearer ${token}` }).catch(() => {}).finally(
    () => {
      resolve();
      // What was backed up while it went on may hold what is gone now.
      server.forgetBackups();
    },
  );
}

function resolveConflict(page: Page, choice: number): void {
  const all = page.client.conflicts.list();
  const conflict = all[Math.floor(choice * all.length)];
  if (!conflict) return;
  const rest = choice * 10 % 1;
  const how = rest < 0.4 ? "mine" : rest < 0.8 ? "theirs" : { a: Math.floor(rest * 1000) };
  ask(page, ({ client }) => client.resolve(conflict.id, how), "not_found", "changed_again");
}

async function careForFailed(world: World, page: Page, choice: number): Promise<void> {
  const all = await page.client.changeQueue.getFailedChanges();
  const failed = all[Math.floor(choice * all.length)];
  if (!failed) return;
  const gives = (choice * 10) % 1 < 0.5;
  await (gives ? discard(world, page, failed.changeId) : page.client.retry(failed.changeId));
}

/** A person gives a failed change up. */
export function discard({ oracle: { givenUp } }: World, page: Page, changeId: string): Promise<void> {
  givenUp.one(page, changeId);
  return page.client.discard(changeId);
}

function discardAll({ oracle: { givenUp } }: World, page: Page): Promise<void> {
  const done = page.client.changeQueueDebug.clear();
  givenUp.all(page, done);
  return done;
}
