/**
 * The torture run: shipping clients on a bad network against a real server that is killed, backed up and put
 * back to older states under them. When it is over the faults end, everything must drain by itself, and then
 * nothing that was ever acknowledged may be missing, anywhere.
 */
import { type SeededRandom, seededRandom } from "../api/fuzz/seeded_random.ts";
import { syncPath } from "../../shared/mod.ts";
import { settle } from "./drain.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { Findings } from "./findings.ts";
import { profileInspector } from "./inspect_profile.ts";
import { judge } from "./judge.ts";
import { keepEvidence } from "./keep_evidence.ts";
import { Operator } from "./operator.ts";
import { pause } from "./pause.ts";
import { type Deeds, Person } from "./person.ts";
import { Profile } from "./profile.ts";
import { PromisesMade } from "./promises_made.ts";
import type { TortureReport } from "./torture_report.ts";
import { TortureServer } from "./torture_server.ts";
import { catchUncaught } from "./uncaught.ts";
import { WireBook } from "./wire_book.ts";

/** What to run. */
export interface TortureOptions {
  /** How long the faults last; draining and judging come on top. */
  durationMs: number;
  /** Decides every choice, though not when what happens. */
  seed: number;
  /** Pages that are open at a time, 1 to 64. */
  clients: number;
  /** Told every few seconds how far it is. */
  progress?: (report: TortureReport) => void;
}

/** Something does not hold. The message says what, and where the evidence is. */
export class TortureFailure extends Error {
  override name = "TortureFailure";
}

const progressEveryMs = 5_000;
/** Tokens end in the middle of the run, so that clients must ask for another. */
const tokenMs = 10_000;
const faultShareMax = 0.4;
const weatherMs = 4_000;
const shortestWeatherMs = 100;
const clockErrorMsMax = 10 * 365 * 86_400_000;
/** Whose page each client is, and on which device; the pattern repeats. Old browsers have no locks between tabs. */
const seats = [
  { user: "ada", device: 1, locks: true },
  { user: "ada", device: 1, locks: true },
  { user: "ada", device: 2, locks: true },
  { user: "ada", device: 3, locks: false },
  { user: "bob", device: 1, locks: false },
  { user: "bob", device: 1, locks: false },
  { user: "bob", device: 2, locks: true },
  { user: "zoë/楽", device: 1, locks: true },
];

/** One device with its people. */
interface Household {
  profile: Profile;
  promises: PromisesMade;
  persons: Person[];
}

/** Runs it. Rejects with a {@linkcode TortureFailure} if anything does not hold. */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const folder = await Deno.makeTempDir({ prefix: "torture_" });
  const findings = new Findings();
  const stopCatching = catchUncaught(findings);
  let server: TortureServer | undefined;
  try {
    server = await TortureServer.start(folder);
    const { report, households } = await torture(options, server, findings);
    if (findings.any) throw await failure(options, findings, folder, server, households);
    await Deno.remove(folder, { recursive: true });
    return report;
  } catch (error) {
    if (!(error instanceof TortureFailure)) console.error(`The run broke off; its database is in ${folder}`);
    throw error;
  } finally {
    stopCatching();
    await server?.stop();
  }
}

async function failure(
  { seed, clients, durationMs }: TortureOptions,
  findings: Findings,
  folder: string,
  server: TortureServer,
  households: readonly Household[],
): Promise<TortureFailure> {
  await keepEvidence(folder, server, findings, households.map(({ profile }) => profile));
  return new TortureFailure(
    `The torture run with seed ${seed} found:\n${
      findings.lines().map((line) => `  - ${line}`).join("\n")
    }\n` +
      `Database, devices and the server's log are in ${folder}\n` +
      `Run it again, with other timing: deno task torture --seed ${seed} --clients ${clients} ` +
      `--minutes ${durationMs / 60_000}`,
  );
}

async function torture(
  { durationMs, seed, clients, progress }: TortureOptions,
  server: TortureServer,
  findings: Findings,
): Promise<{ report: TortureReport; households: Household[] }> {
  const fork = (name: string) => seededRandom(seed ^ hash(name));
  const seated = Array.from({ length: clients }, (_, i) => seatOf(i));
  const users = [...new Set(seated.map(({ user }) => user))];
  const canaries = new Map(users.map((user) => [user, `canary-${fork(`canary ${user}`).uuid()}`]));
  const book = new WireBook(findings, canaries);
  const proxy = new FaultProxy({
    target: server.origin,
    random: fork("network"),
    heard: (request, answer) => book.hear(request, answer),
  });
  const operator = new Operator({ server, random: fork("operator"), findings, users });
  const deeds: Deeds = { reloads: 0, pageKills: 0, conflicts: 0, resolved: 0, retried: 0, discarded: 0 };
  const checks: Promise<void>[] = [];
  const calm = new AbortController();
  const households = new Map<string, Household>();
  for (const [i, { user, device, locks }] of seated.entries()) {
    const name = `${user} ${device}`;
    const dice = fork(`person ${i}`);
    let household = households.get(name);
    if (!household) {
      const profile = new Profile({
        name,
        user,
        endpoint: `${proxy.origin}${syncPath}`,
        locks,
        clockErrorMs: dice.between(-clockErrorMsMax, clockErrorMsMax),
        getToken: tokens(server, user, fork(`token ${name}`), calm.signal),
        findings,
      });
      households.set(name, household = { profile, promises: new PromisesMade(), persons: [] });
    }
    const { profile, promises, persons } = household;
    persons.push(
      new Person({
        name: `${name}, tab ${persons.length + 1}`,
        profile,
        random: dice,
        promises,
        book,
        findings,
        deeds,
        checks,
        inspect: profileInspector(profile, promises, findings),
        canary: canaries.get(user)!,
      }),
    );
  }
  const all = [...households.values()];
  const startedMs = performance.now();
  const report = (judged = { changesChecked: 0, replayed: 0 }): TortureReport => ({
    seed,
    clients,
    faultMs: durationMs,
    elapsedMs: performance.now() - startedMs,
    edits: all.reduce((sum, { promises }) => sum + promises.edits, 0),
    acknowledged: all.reduce((sum, { promises }) => sum + promises.changes.size, 0),
    settled: book.settled.size,
    rejected: book.rejected.size,
    requests: proxy.requests,
    faults: { ...proxy.faults, unreachable: proxy.unreachable },
    statuses: Object.fromEntries([...proxy.statuses].sort(([a], [b]) => a - b)),
    resets: book.resets.restored,
    ...operator.log,
    ...deeds,
    ...judged,
  });
  const telling = setInterval(() => progress?.(report()), progressEveryMs);
  try {
    await underFaults({
      durationMs,
      persons: all.flatMap(({ persons }) => persons),
      calm,
      operator,
      proxy,
      findings,
      random: fork("weather"),
    });
    await Promise.all(checks);
    // From here on nothing helps but time: no reload, no kick.
    proxy.faultShare = 0;
    for (const { profile } of all) profile.setOnline(true);
    const facts = { server, users, households: all, book, findings };
    if (!findings.any) await settle(facts);
    await book.idle();
    const judged = findings.any ? undefined : await judge(facts);
    return { report: report(judged), households: all };
  } finally {
    clearInterval(telling);
    calm.abort();
    for (const { profile } of all) await Promise.all([...profile.pages].map((page) => page.close()));
    await proxy.close();
  }
}

/** Everybody works, the server suffers, the weather changes; until the time is over or something is found. */
async function underFaults(
  { durationMs, persons, calm, operator, proxy, findings, random }: {
    durationMs: number;
    persons: readonly Person[];
    calm: AbortController;
    operator: Operator;
    proxy: FaultProxy;
    findings: Findings;
    random: SeededRandom;
  },
): Promise<void> {
  const stopMs = performance.now() + durationMs;
  let operated = false;
  const weather = async () => {
    while (!calm.signal.aborted) {
      proxy.faultShare = random.chance(0.2) ? 0 : random.next() * faultShareMax;
      const leftMs = Math.max(shortestWeatherMs, stopMs - performance.now());
      await pause(Math.min(weatherMs, durationMs / 5, leftMs), calm.signal);
      // On a slow machine a cycle of the operator takes longer; it is not cut short.
      if ((operated && performance.now() >= stopMs) || findings.any) calm.abort();
    }
  };
  await Promise.all([
    weather(),
    operator.work(durationMs, calm.signal).then(() => operated = true),
    ...persons.map((person) => person.live(calm.signal)),
  ]);
}

/** A site's token callback: mostly a fresh token, now and then none, or a failure. */
function tokens(server: TortureServer, user: string, random: SeededRandom, calm: AbortSignal) {
  return async (): Promise<string | null> => {
    const roll = calm.aborted ? 1 : random.next();
    if (roll < 0.02) throw new Error("The site's session service does not answer");
    return roll < 0.04 ? null : await server.token(user, tokenMs);
  };
}

function seatOf(client: number): typeof seats[number] {
  const seat = seats[client % seats.length]!;
  const round = Math.floor(client / seats.length);
  return { ...seat, user: round === 0 ? seat.user : `${seat.user} ${round + 1}` };
}

/** FNV-1a: a different stream of choices for each concern, so that one does not shift the others. */
function hash(name: string): number {
  let sum = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
