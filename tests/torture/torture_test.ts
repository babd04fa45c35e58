/** A short torture run; `deno task torture --minutes M` is the long one. */
import { assert } from "@std/assert";
import { runTorture } from "./run_torture.ts";
import { summary } from "./torture_report.ts";

/** Enough for a cycle of the operator: a backup, kills, a restore. */
const faultMs = 4_000;

Deno.test("eight clients lose nothing on a bad network, through kills and a restore of the server", async () => {
  const seed = Number(Deno.env.get("SEED") ?? Math.floor(Math.random() * 10 ** 9));
  console.log(`seed ${seed}`);
  const report = await runTorture({ durationMs: faultMs, seed, clients: 8 });
  console.log(summary(report));
  assert(report.kills >= 2 && report.restores >= 1, "the server was killed and restored");
  assert(
    report.changesChecked > 0 && report.changesChecked === report.acknowledged,
    "every change was checked",
  );
  assert(report.replayed > 0, "settled changes were replayed");
});
