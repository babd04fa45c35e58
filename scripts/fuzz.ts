/**
 * Hostile requests without end, against the whole server in this process: `deno task fuzz --seed N --count M`.
 * Each 500 are an episode with a seed of its own, one above the last. The first request that the server does not
 * stand ends the run with the command that replays it.
 */
import { emptyCounts, episodeRequestsMax, fuzzEpisode, FuzzFailure } from "../tests/api/fuzz/fuzz_episode.ts";

const countDefault = 10_000;
const progressEveryMs = 5_000;

/** Runs from the command line's arguments; resolves to the exit code. */
export async function fuzz(args: readonly string[]): Promise<number> {
  const options: Record<string, number> = {
    "--seed": Math.floor(Math.random() * 10 ** 9),
    "--count": countDefault,
  };
  for (let i = 0; i < args.length; i += 2) {
    const [name = "", text = ""] = args.slice(i);
    if (options[name] === undefined || !/^\d{1,9}$/.test(text)) {
      console.error(
        `Cannot fuzz with "${name} ${text}": --seed and --count take an integer of up to 9 digits.`,
      );
      return 2;
    }
    options[name] = Number(text);
  }
  if (options["--count"] === 0) {
    console.error("Cannot fuzz with --count 0: no request proves nothing, so there must be at least 1.");
    return 2;
  }
  const { "--seed": seed = 0, "--count": count = 0 } = options;
  const counts = emptyCounts();
  const startedMs = performance.now();
  let shownMs = startedMs;
  let residentBytesMax = 0;
  const line = () => {
    const seconds = (performance.now() - startedMs) / 1000;
    return `${counts.requests} of ${count} requests, ${Math.round(counts.requests / seconds)}/s, ` +
      `${Math.round(residentBytesMax / 2 ** 20)} MiB at most`;
  };
  console.log(`seed ${seed}`);
  for (let episode = seed; counts.requests < count; episode += 1) {
    try {
      await fuzzEpisode(episode, Math.min(episodeRequestsMax, count - counts.requests), counts);
    } catch (error) {
      if (!(error instanceof FuzzFailure)) throw error;
      console.error(`\n${error.message}`);
      return 1;
    }
    residentBytesMax = Math.max(residentBytesMax, Deno.memoryUsage().rss);
    if (performance.now() - shownMs < progressEveryMs) continue;
    shownMs = performance.now();
    console.log(line());
  }
  console.log(
    `${line()}\nstatuses ${JSON.stringify(counts.statuses)}\nverdicts ${JSON.stringify(counts.verdicts)}`,
  );
  return 0;
}

if (import.meta.main) Deno.exit(await fuzz(Deno.args));
