/**
 * Writes a generated practice log as a JSON array of `{ type, data }`.
 *
 *     deno run --allow-write=. scripts/make_demo_data.ts [--seed 1] [--count 1000] [--out records.json]
 *
 * Without `--out` it goes to stdout.
 */
import { makeDemoRecords } from "../client/demo/demo_records.ts";

/** Most records of one run. */
const countMax = 1_000_000;

/** An option's value as an integer, or the default; says what was wrong. */
function integerOption(args: readonly string[], name: string, fallback: number, max: number): number {
  const at = args.indexOf(`--${name}`);
  if (at < 0) return fallback;
  const value = Number(args[at + 1]);
  if (!Number.isInteger(value) || value < 0 || value > max) {
    console.error(`'--${name}' must be an integer from 0 to ${max}: current value is ${args[at + 1]}`);
    Deno.exit(2);
  }
  return value;
}

if (import.meta.main) {
  const { args } = Deno;
  const seed = integerOption(args, "seed", 1, 0xffff_ffff);
  const count = integerOption(args, "count", 1000, countMax);
  const outAt = args.indexOf("--out");
  const out = outAt < 0 ? undefined : args[outAt + 1];
  if (outAt >= 0 && !out) {
    console.error("'--out' must name a file");
    Deno.exit(2);
  }
  const json = new TextEncoder().encode(JSON.stringify(makeDemoRecords(seed, count), null, 1) + "\n");
  if (out) await Deno.writeFile(out, json);
  else await new Blob([json]).stream().pipeTo(Deno.stdout.writable);
}
