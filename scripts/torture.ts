/**
 * `deno task torture --minutes M [--seed N] [--clients 8]`: shipping clients on a bad network against a real
 * server that is killed, backed up and restored under them. Ends with 0 only if something was acknowledged and
 * nothing of it is missing.
 */
import { runTorture, TortureFailure } from "../tests/torture/run_torture.ts";
import { progressLine, summary } from "../tests/torture/torture_report.ts";

const clientsMax = 64;

/** Runs from the command line's arguments; resolves to the exit code. */
export async function torture(args: readonly string[]): Promise<number> {
  const options: Record<string, number> = {
    "--minutes": 1,
    "--seed": Math.floor(Math.random() * 10 ** 9),
    "--clients": 8,
  };
  for (let i = 0; i < args.length; i += 2) {
    const [name = "", text = ""] = args.slice(i);
    const form = name === "--minutes" ? /^\d{1,5}(\.\d{1,3})?$/ : /^\d{1,9}$/;
    if (options[name] === undefined || !form.test(text)) {
      console.error(
        `Cannot run with "${name} ${text}": --minutes takes a number, --seed and --clients an integer.`,
      );
      return 2;
    }
    options[name] = Number(text);
  }
  const { "--minutes": minutes = 0, "--seed": seed = 0, "--clients": clients = 0 } = options;
  if (minutes === 0) {
    console.error("Cannot run for 0 minutes: that proves nothing, so there must be more, like 0.5.");
    return 2;
  }
  if (clients < 1 || clients > clientsMax) {
    console.error(`Cannot run with ${clients} clients: there must be 1 to ${clientsMax}.`);
    return 2;
  }
  console.log(`seed ${seed}`);
  try {
    const progress = (report: Parameters<typeof progressLine>[0]) => console.log(progressLine(report));
    const report = await runTorture({ durationMs: minutes * 60_000, seed, clients, progress });
    console.log(summary(report));
    if (report.changesChecked > 0) return 0;
    console.error("No change was acknowledged, which proves nothing: give it more minutes.");
    return 1;
  } catch (error) {
    if (!(error instanceof TortureFailure)) throw error;
    console.error(`\n${error.message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await torture(Deno.args));
