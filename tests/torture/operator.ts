/**
 * Whoever runs the server, on bad days: power cuts, backups while it runs, restores of an older state, restores
 * that are themselves interrupted. What happens when is drawn from a seed; every cycle has all of it.
 */
import type { SeededRandom } from "../api/fuzz/seeded_random.ts";
import type { Findings } from "./findings.ts";
import { pause } from "./pause.ts";
import type { CommandEnd, TortureServer } from "./torture_server.ts";

/** Length of a cycle, unless the whole run is shorter. */
const cycleMsMax = 40_000;
const killsPerCycleMax = 4;
/** Backups may find the store busy; so many in a row are a fault. */
const backupTriesMax = 3;

/** What has been done. */
export interface OperatorLog {
  kills: number;
  backups: number;
  restores: number;
  interruptedRestores: number;
  /** Versions that restores took back, of all users together. */
  versionsTakenBack: number;
}

/** What an operator needs. */
export interface OperatorOptions {
  server: TortureServer;
  random: SeededRandom;
  findings: Findings;
  users: readonly string[];
}

export class Operator {
  readonly log: OperatorLog = {
    kills: 0,
    backups: 0,
    restores: 0,
    interruptedRestores: 0,
    versionsTakenBack: 0,
  };

  /** Backups that can be restored, oldest first. */
  readonly #kept: string[] = [];

  constructor(private readonly options: OperatorOptions) {}

  /** Works until `durationMs` are over or `end` aborts; the server runs afterwards. */
  async work(durationMs: number, end: AbortSignal): Promise<void> {
    const { random } = this.options;
    const cycleMs = Math.min(cycleMsMax, durationMs);
    const stopMs = performance.now() + durationMs;
    for (let cycle = 1; !end.aborted && performance.now() + cycleMs / 2 < stopMs; cycle++) {
      const backup = `backup-${cycle}`;
      const share = (part: number) => pause(part * cycleMs * (0.7 + 0.6 * random.next()), end);
      await share(0.15);
      await this.#backUp(backup);
      const kills = Math.max(1, Math.min(killsPerCycleMax, random.between(1, Math.round(cycleMs / 4_000))));
      for (let kill = 0; kill < kills && !end.aborted; kill++) {
        await share(0.5 / kills);
        await this.#kill();
      }
      await share(0.1);
      // Mostly the newest; sometimes one that has been restored before.
      if (!end.aborted && this.#kept.length > 0) {
        await this.#restore(random.chance(0.7) ? this.#kept.at(-1)! : random.pick(this.#kept));
      }
    }
  }

  async #kill(): Promise<void> {
    const { server, random } = this.options;
    this.log.kills++;
    await server.kill();
    await pause(random.pick([0, 0, 300, 1_500]));
    await server.start();
  }

  async #backUp(name: string): Promise<void> {
    const { server, random } = this.options;
    let end: CommandEnd = { ok: false, output: "" };
    for (let n = 0; n < backupTriesMax && !end.ok; n++) {
      const backingUp = server.backUp(name);
      if (n === 0 && random.chance(0.3)) {
        await pause(random.between(0, 600));
        await this.#kill();
      }
      end = await backingUp;
    }
    if (end.ok) {
      this.log.backups++;
      this.#kept.push(name);
    } else this.options.findings.add("backup", `no backup could be made: ${end.output}`);
  }

  /** As the handbook says: stop the server, restore, start it again. */
  async #restore(name: string): Promise<void> {
    const { server, random, users, findings } = this.options;
    const before = await this.#heads(users);
    this.log.kills++;
    await server.kill();
    if (random.chance(0.3) && await server.beginRestore(name, random.between(100, 900))) {
      this.log.interruptedRestores++;
    }
    const { ok, output } = await server.restore(name);
    await server.start();
    if (!ok) return findings.add("restore", `the backup could not be restored: ${output}`);
    this.log.restores++;
    const after = await this.#heads(users);
    users.forEach((user, i) => {
      this.log.versionsTakenBack += Math.max(
        0,
        before[i]!.latestServerVersion - after[i]!.latestServerVersion,
      );
      if (before[i]!.epoch === after[i]!.epoch) {
        findings.add("I17", `${user} has the same epoch before and after a restore`);
      }
    });
  }

  #heads(users: readonly string[]) {
    return Promise.all(users.map((user) => this.options.server.status(user)));
  }
}
