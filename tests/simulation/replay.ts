/** The options of a run as words of a command, and back. */
import { faultKinds } from "./faults.ts";
import { makePlan } from "./plan.ts";
import type { RunOptions } from "./run_seed.ts";

/** What of a world a run leaves out, in words. */
export interface RunWords {
  /** Operations, e.g. `3,5-9`; `,` for none. */
  keep?: string;
  /** Kinds of faults, and devices, e.g. `net-delay,d2`. */
  without?: string;
}

/**
 * Why `words` do not fit the world of `seed`, or null: a kind that is misspelt, or an operation that the world does
 * not have, would make another run than the one that is meant.
 */
export function misfitOf(seed: number, { keep, without }: RunWords): string | null {
  const { devices, operations } = makePlan(seed);
  const lastOperation = operations.length - 1;
  const lastDevice = devices.length - 1;
  if (keep === "") return `--keep needs operations, 0 to ${lastOperation}, or "," for none.`;
  if (without === "") return `--without needs kinds of faults, or devices, d0 to d${lastDevice}.`;
  for (const part of partsOf(keep)) {
    const [, first, last = first] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
    if (first === undefined || Number(first) > Number(last) || Number(last) > lastOperation) {
      return `Cannot keep "${part}": the operations of seed ${seed} are 0 to ${lastOperation}; write 3,5-9.`;
    }
  }
  for (const part of partsOf(without)) {
    const device = /^d(\d{1,3})$/.exec(part)?.[1];
    if (device !== undefined && Number(device) > lastDevice) {
      return `Cannot leave out "${part}": the devices of seed ${seed} are d0 to d${lastDevice}.`;
    }
    if (device === undefined && !faultKinds.some((kind) => kind === part)) {
      return `Cannot leave out "${part}": it is no device, d0 to d${lastDevice}, and no kind of fault. The kinds: ${
        faultKinds.join(", ")
      }.`;
    }
  }
  return null;
}

/** Reads `--keep` and `--without`, which must fit: see {@linkcode misfitOf}. */
export function readRunOptions({ keep, without }: RunWords): RunOptions {
  const options: RunOptions = {};
  if (keep !== undefined) options.keep = readRanges(keep);
  const left = partsOf(without);
  const devices = left.filter((word) => /^d\d+$/.test(word));
  if (devices.length > 0) options.withoutDevices = devices.map((word) => Number(word.slice(1)));
  if (left.length > devices.length) options.without = left.filter((word) => !devices.includes(word));
  return options;
}

/** The one command that runs this again. */
export function replayCommand(seed: number, { keep, without = [], withoutDevices = [] }: RunOptions): string {
  const left = [...without, ...withoutDevices.map((index) => `d${index}`)];
  return `deno task simulate --seed ${seed}` + (keep ? ` --keep ${writeRanges(keep)}` : "") +
    (left.length > 0 ? ` --without ${left.join(",")}` : "");
}

function partsOf(words = ""): string[] {
  return words.split(",").filter((part) => part !== "");
}

function readRanges(text: string): number[] {
  return partsOf(text).flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function writeRanges(indices: readonly number[]): string {
  const parts: string[] = [];
  const sorted = [...indices].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length;) {
    let end = i;
    while (sorted[end + 1] === sorted[end]! + 1) end++;
    parts.push(end > i ? `${sorted[i]}-${sorted[end]}` : `${sorted[i]}`);
    i = end + 1;
  }
  return parts.length === 0 ? "," : parts.join(",");
}
