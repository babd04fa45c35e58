/**
 * Makes a failing world smaller: fewer devices, fewer kinds of faults, fewer operations, as long as the same
 * invariant breaks. Operations are left out in ever smaller runs (delta debugging).
 */
import { faultKinds } from "./faults.ts";
import { makePlan } from "./plan.ts";
import { type RunOptions, runSeed } from "./run_seed.ts";

/** Most runs that one shrinking takes. */
const runsMax = 400;

/** The smallest options found under which `seed` breaks what it breaks; those given if it breaks nothing. */
export async function shrink(seed: number, start: RunOptions = {}): Promise<RunOptions> {
  const invariant = (await runSeed(seed, start)).failure?.invariant;
  if (invariant === undefined) return start;
  let runs = 0;
  const breaks = async (options: RunOptions) =>
    runs++ < runsMax && (await runSeed(seed, options)).failure?.invariant === invariant;
  const { devices, operations } = makePlan(seed);
  let best: RunOptions = { ...start, keep: start.keep ?? operations.map(({ index }) => index) };

  best = await shrinkKeep(best, breaks);
  for (let index = devices.length - 1; index >= 0; index--) {
    const fewer = { ...best, withoutDevices: [...best.withoutDevices ?? [], index] };
    if (await breaks(fewer)) best = fewer;
  }
  const kinds = (await runSeed(seed, best)).kinds;
  for (const kind of faultKinds) {
    if (!kinds.includes(kind)) continue;
    const fewer = { ...best, without: [...best.without ?? [], kind] };
    if (await breaks(fewer)) best = fewer;
  }
  return await shrinkKeep(best, breaks);
}

async function shrinkKeep(
  start: RunOptions,
  breaks: (options: RunOptions) => Promise<boolean>,
): Promise<RunOptions> {
  let best = start;
  for (let size = Math.ceil((best.keep?.length ?? 0) / 2); size >= 1;) {
    let shrunk = false;
    for (let at = 0; at < best.keep!.length;) {
      const keep = best.keep!.filter((_, i) => i < at || i >= at + size);
      if (await breaks({ ...best, keep })) {
        best = { ...best, keep };
        shrunk = true;
      } else at += size;
    }
    if (size === 1 && !shrunk) break;
    if (!shrunk || size > 1) {
      size = Math.max(1, Math.ceil(size / 2) === size ? size - 1 : Math.ceil(size / 2));
    }
  }
  return best;
}
