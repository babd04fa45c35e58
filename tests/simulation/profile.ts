/**
 * One device: a browser profile with its disk, its clock, its network, its site session, and up to four pages.
 */
import type { DeviceMarks } from "../../client/ports.ts";
import { Dice } from "./dice.ts";
import { Disk } from "./disk.ts";
import { Page } from "./page.ts";
import { type Ear, type Lock, releaseLocks } from "./page_neighbours.ts";
import type { World } from "./world.ts";

/** Which way the network between a device and the server is cut. */
export type Partition = "none" | "to-server" | "from-server" | "both";

/** A lost page is opened again after at most this. */
const reopenMsMax = 20_000;
/** Most pages of a device. */
export const pagesMax = 4;

export class Profile {
  readonly name: string;
  readonly dice: Dice;
  readonly disk: Disk;
  readonly locks = new Map<string, Lock>();
  readonly channels = new Map<string, Set<Ear>>();
  readonly pages: Page[] = [];
  readonly marks: DeviceMarks;
  /** What localStorage keeps. */
  readonly kept = new Map<string, string>();
  hasLocks = true;
  online = true;
  partition: Partition = "none";
  /** Who is signed in on the site. */
  user: string | null = null;
  /** How often somebody has signed in: a logout that was asked for before says nothing about the next session. */
  signIns = 0;
  tokenValidMs = 3_600_000;
  /** What the device's wall clock is wrong by, and by how much it goes wrong. */
  clockOffsetMs = 0;
  driftPpm = 0;
  /** Logouts under way that give up what waits. */
  readonly discarding = new Set<{ page: Page }>();
  #serial = 0;
  #pageSerial = 0;

  constructor(readonly world: World, readonly index: number) {
    this.name = `d${index}`;
    this.dice = Dice.of(world.seed, "device", index);
    this.disk = new Disk({
      time: world.time,
      faults: world.faults,
      dice: Dice.of(world.seed, "disk", index),
      place: this.name,
      listener: world.oracle,
    });
    this.marks = {
      get: (key) => this.kept.get(key) ?? null,
      set: (key, value) => void (value === null ? this.kept.delete(key) : this.kept.set(key, value)),
    };
  }

  /** ms of the wall clock since the run began. */
  wallMs(): number {
    const { nowMs } = this.world.time;
    return Math.round(nowMs * (1 + this.driftPpm / 1e6)) + this.clockOffsetMs;
  }

  /** A UUID that says whose it is, the same whatever others do. */
  uuid(): string {
    const maker = (this.index + 1).toString(16).padStart(8, "0");
    return `${maker}-0000-7000-8000-${(++this.#serial).toString(16).padStart(12, "0")}`;
  }

  /** A logout that gives up what waits is under way. */
  get discards(): boolean {
    for (const { page } of this.discarding) if (!page.dead) return true;
    return false;
  }

  get living(): Page[] {
    return this.pages.filter((page) => !page.dead);
  }

  open(schemaVersion = 0): Page | undefined {
    if (this.living.length >= pagesMax) return undefined;
    const page = new Page(this, `${this.name}.t${this.#pageSerial++}`, schemaVersion);
    this.pages.push(page);
    // Nobody polls for days while everybody sleeps.
    if (this.world.asleep) page.freeze();
    this.world.trace.add(page.name, schemaVersion > 0 ? `opened, schema ${schemaVersion}` : "opened");
    return page;
  }

  /** Everything of a page that others can notice is gone. */
  pageGone(page: Page): void {
    this.disk.abandon(page);
    for (const ears of this.channels.values()) {
      for (const ear of ears) if (ear.page === page) ears.delete(ear);
    }
    releaseLocks(this.locks.values(), page);
    this.pages.splice(this.pages.indexOf(page), 1);
    // Whoever lost their last page comes back.
    this.world.time.after(this.dice.below(reopenMsMax), () => {
      if (this.living.length === 0) this.open();
    });
  }

  /** The site's token callback. */
  token(page: Page): string | null | Promise<string | null> {
    const { faults, time, server } = this.world;
    const give = () => this.user === null ? null : server.tokens.issue(this.user, this.tokenValidMs);
    if (!faults.strikes("token-callback", this.name)) return give();
    if (this.dice.chance(0.5)) {
      return Promise.reject(new TypeError("The site's session endpoint did not answer"));
    }
    return new Promise((resolve) =>
      void time.after(this.dice.below(20_000), () => page.deliver(() => resolve(give())))
    );
  }
}
