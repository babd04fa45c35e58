/** The fuzzer for ten seconds with fixed seeds; `deno task fuzz` runs it for as long as one likes. */
import { assert, assertEquals } from "@std/assert";
import { emptyCounts, episodeRequestsMax, fuzzEpisode } from "./fuzz_episode.ts";
import { nodeOf, textOf } from "./json_node.ts";

const firstSeed = 20_261_120;
const episodes = 10;
const growthBytesMax = 400 * 2 ** 20;

Deno.test(`${episodes * episodeRequestsMax} hostile requests: no 500, no crash, nothing moved by a refusal (seed ${firstSeed})`, async () => {
  const counts = emptyCounts();
  await fuzzEpisode(firstSeed, episodeRequestsMax, counts);
  const before = Deno.memoryUsage().rss;
  for (let i = 1; i < episodes; i += 1) await fuzzEpisode(firstSeed + i, episodeRequestsMax, counts);
  const grownBytes = Deno.memoryUsage().rss - before;
  console.log(JSON.stringify({ ...counts, grownMiB: Math.round(grownBytes / 2 ** 20) }));
  assertEquals(counts.requests, episodes * episodeRequestsMax);
  assert(grownBytes < growthBytesMax, `the memory grew by ${grownBytes} bytes`);
  // A fuzzer that only ever meets the first check proves little: every kind of answer must have been had.
  assertEquals(Object.keys(counts.statuses).sort(), ["200", "400", "413", "415"]);
  const verdicts = [
    ...["applied", "merged", "conflict", "duplicate", "retry", "unknown_entity", "change_id_reused"],
    ...[
      "invalid_change",
      "invalid_id",
      "forbidden_key",
      "too_deep",
      "number_out_of_range",
      "dependency_rejected",
    ],
    "too_large",
  ];
  for (const verdict of verdicts) assert((counts.verdicts[verdict] ?? 0) > 0, `no verdict ${verdict}`);
});

Deno.test("a tree of JSON gives the text that JSON.stringify gives", () => {
  for (const value of [null, 1, 'a"b', [], {}, [1, [2], {}], { a: [{ b: null }], "c d": {} }]) {
    assertEquals(textOf(nodeOf(value)), JSON.stringify(value));
  }
});
