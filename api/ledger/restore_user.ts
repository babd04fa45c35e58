/**
 * Puts a user's snapshot into a store. Records go into a key space that nobody refers to; one commit of the
 * head then makes all of it visible at once, and notes the space of before to be swept. An interruption leaves
 * either state whole, and doing it again is safe.
 *
 * Invariants: what was erased after the snapshot was taken does not come back, as far as this store knows of it;
 * and no epoch outlives a switch. Servers go on, so a device may have met the new generation before its user is
 * switched, and would never offer again what the switch takes away: every switch raises the epoch's number.
 */
import type { Clock, Random } from "../ports.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { backoffMs, budget } from "./budget.ts";
import { compareEpochs } from "./epoch.ts";
import type { KeptRecord, LedgerStore } from "./ledger_store.ts";
import { type DeviceRow, emptyHead, type Epoch, type Head } from "./records.ts";
import type { SnapshotLine } from "./snapshot_user.ts";

/** Facts of the whole restore. */
export interface RestorePlan {
  /** Key space that users of this store have not reached. */
  prefix: number;
  /** The generation that the snapshot was taken in. */
  generation: string;
}

/** What a restore works with. */
export interface RestoreDeps {
  store: LedgerStore;
  clock: Clock;
  random: Random;
}

/** Records of one write. */
const recordsPerWriteMax = 500;
const bytesPerWriteMax = 4 * 1024 * 1024;

/** Restores one user; `kept_erased` when the user has erased the data since. */
export async function restoreUser(
  deps: RestoreDeps,
  user: string,
  plan: RestorePlan,
  lines: AsyncIterable<SnapshotLine>,
): Promise<"restored" | "kept_erased"> {
  const { store } = deps;
  const standing = (await store.readHead(user)).head;
  // A restore that is run again may find its own space in use already.
  let prefix = Math.max(plan.prefix, (standing?.prefix ?? 0) + 1);
  let batch: KeptRecord[] = [];
  let bytes = 0;
  let devices: DeviceRow[] = [];
  const flush = async () => {
    await store.importRecords(user, prefix, batch);
    batch = [];
    bytes = 0;
  };
  for await (const line of lines) {
    switch (line.kind) {
      case "head": {
        await flush();
        const outcome = await switchHead(deps, user, prefix, line.head, plan);
        if (outcome === "restored") {
          for (const device of devices) await store.writeDevice(user, { ...device, prefix });
        }
        return outcome;
      }
      case "drop":
        batch = [];
        devices = [];
        await store.noteErased(user, prefix++);
        break;
      case "device":
        devices.push(line.device);
        break;
      default:
        batch.push(line);
        bytes += line.kind === "entity" ? line.entity.dataBytes : 1000;
        if (batch.length >= recordsPerWriteMax || bytes >= bytesPerWriteMax) await flush();
    }
  }
  throw new Error("Cannot restore a user whose snapshot has no head");
}

/** Makes a user of this store one of whom nothing is known but that older data was erased. */
export async function clearUser(deps: RestoreDeps, user: string, plan: RestorePlan): Promise<void> {
  await replaceHead(deps, user, (standing) =>
    standing && {
      ...emptyHead,
      epochNumber: standing.epochNumber + 1,
      lastErasedEpoch: standing.lastErasedEpoch,
      prefix: Math.max(plan.prefix, standing.prefix + 1),
    });
}

async function switchHead(
  deps: RestoreDeps,
  user: string,
  prefix: number,
  head: Head,
  plan: RestorePlan,
): Promise<"restored" | "kept_erased"> {
  const taken: Epoch = { generation: plan.generation, number: head.epochNumber };
  const erasedSince = (standing: Head | null) =>
    standing?.lastErasedEpoch && compareEpochs(standing.lastErasedEpoch, taken) >= 0
      ? standing.lastErasedEpoch
      : null;
  const replaced = await replaceHead(deps, user, (standing) => {
    const erased = erasedSince(standing);
    // Without a head, a device that asked was told the number of an empty one.
    const epochNumber = Math.max(head.epochNumber, (standing ?? emptyHead).epochNumber) + 1;
    if (erased) return { ...emptyHead, epochNumber, lastErasedEpoch: erased, prefix: prefix + 1 };
    const lastErasedEpoch = newest(standing?.lastErasedEpoch ?? null, head.lastErasedEpoch);
    return { ...head, epochNumber, prefix, lastErasedEpoch };
  });
  if (!erasedSince(replaced)) return "restored";
  await deps.store.noteErased(user, prefix);
  return "kept_erased";
}

function newest(a: Epoch | null, b: Epoch | null): Epoch | null {
  if (!a || !b) return a ?? b;
  return compareEpochs(a, b) >= 0 ? a : b;
}

/**
 * Writes the head that `next` makes of the standing one (null leaves it) and gives the one it replaced. Writers
 * may be faster, but not for ever.
 */
async function replaceHead(
  { store, clock, random }: RestoreDeps,
  user: string,
  next: (standing: Head | null) => Head | null,
): Promise<Head | null> {
  for (let attempt = 1; attempt <= budget.attemptsMax; attempt++) {
    const { head: standing, token } = await store.readHead(user);
    const head = next(standing);
    if (!head) return standing;
    const sweep = standing && standing.prefix !== head.prefix ? standing.prefix : undefined;
    if ((await store.replaceHead(user, token, head, sweep)).ok) return standing;
    await clock.sleep(backoffMs(attempt, random.next()));
  }
  throw new StoreBusyError();
}
