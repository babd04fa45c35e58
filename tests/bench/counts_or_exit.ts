/**
 * The counts that a bench is called with, or `defaults` if there are none. What is no count from 1 ends the process
 * with 2: a bench of nothing would print figures of nothing.
 */
export function countsOrExit(defaults: readonly number[], countsMax = 1): readonly number[] {
  const { args } = Deno;
  if (args.length === 0) return defaults;
  const wrong = args.find((text) => !/^[1-9]\d{0,8}$/.test(text)) ?? args[countsMax];
  if (wrong === undefined) return args.map(Number);
  console.error(
    `Cannot measure with "${wrong}": ${
      countsMax === 1 ? "one count is taken, a number" : "counts are taken, numbers"
    } from 1, or none for ${defaults.join(" ")}.`,
  );
  Deno.exit(2);
}
