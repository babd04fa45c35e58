/** One world: a server, the devices of its users, time, faults, and the judge who watches. */
import "./deterministic_host.ts";
import { Faults } from "./faults.ts";
import { Oracle } from "./oracle/oracle.ts";
import { makePlan, type Plan } from "./plan.ts";
import { Profile } from "./profile.ts";
import { Server } from "./server.ts";
import { Trace } from "./trace.ts";
import { VirtualTime } from "./virtual_time.ts";

/** How a run differs from the plain one of its seed. */
export interface WorldOptions {
  /** Operations to keep, by index; all if left out. */
  keep?: readonly number[];
  /** Kinds of faults that never strike. */
  without?: readonly string[];
  /** Devices that take no part. */
  withoutDevices?: readonly number[];
  /** Keeps the lines of the trace, not its hash alone. */
  trace?: boolean;
  /** Shifts the wall clock of every device by this, for I15. */
  clockShiftMs?: number;
}

export class World {
  readonly time = new VirtualTime();
  readonly plan: Plan;
  readonly trace: Trace;
  readonly faults: Faults;
  readonly oracle: Oracle;
  readonly server: Server;
  readonly profiles: Profile[] = [];
  /** Every device is asleep: no page hears anything. */
  asleep = false;

  constructor(readonly seed: number, readonly options: WorldOptions = {}) {
    this.plan = makePlan(seed);
    this.trace = new Trace(options.trace === true, () => this.time.nowMs);
    this.faults = new Faults(seed, new Set(options.without));
    this.oracle = new Oracle(() => this.time.nowMs, this.trace, () => this.profiles);
    this.server = new Server(seed, this.time, this.faults, this.plan, this.oracle);
    this.plan.devices.forEach((device, index) => {
      const profile = this.addProfile();
      const { user, hasLocks, driftPpm, tokenValidMs } = device;
      Object.assign(profile, { user, hasLocks, driftPpm, tokenValidMs });
      profile.clockOffsetMs = device.clockOffsetMs + (options.clockShiftMs ?? 0);
      if (options.withoutDevices?.includes(index)) return;
      for (let n = 0; n < device.pages; n++) {
        const page = profile.open(n === 0 ? device.schemaVersion : 0);
        if (page && !device.visible) page.visible = false;
      }
    });
  }

  addProfile(): Profile {
    const profile = new Profile(this, this.profiles.length);
    this.profiles.push(profile);
    return profile;
  }
}
