/** The options of a run as words of a command, and back. */
import type { RunOptions } from "./run_seed.ts";

/** Reads `--keep` and `--without`. */
export function readRunOptions({ keep, without }: { keep?: string; without?: string }): RunOptions {
  const options: RunOptions = {};
  if (keep !== undefined) options.keep = readRanges(keep);
  const left = (without ?? "").split(",").filter((word) => word !== "");
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

function readRanges(text: string): number[] {
  return text.split(",").filter((part) => part !== "").flatMap((part) => {
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
