import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { repositoryRoot } from "../../scripts/repository_root.ts";

/** What a script or bench, run with these arguments, ends with and says of it. */
async function runScript(script: string, args: string[]): Promise<{ code: number; said: string }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    cwd: repositoryRoot(),
  }).output();
  return { code: output.code, said: new TextDecoder().decode(output.stderr) };
}

for (
  const [script, asked, reason] of [
    ["scripts/simulate.ts", "--count 0", "at least 1"],
    ["scripts/simulate.ts", "--minutes 0", "more than 0"],
    ["scripts/simulate.ts", "--count 1 --jobs 0", "at least 1"],
    ["scripts/simulate.ts", "--seed 7 --keep abc", `Cannot keep "abc"`],
    ["scripts/simulate.ts", "--seed 7 --without net-dealy", `Cannot leave out "net-dealy"`],
    ["scripts/simulate.ts", "--count 1 --keep 3", "belongs to the replay of one seed"],
    ["scripts/simulate.ts", "--seed 7 --count 5", "a replay is of one seed"],
    ["scripts/fuzz.ts", "--count 0", "at least 1"],
    ["scripts/torture.ts", "--minutes 0.0", "there must be more"],
    ["tests/bench/ledger.ts", "nosuch", "compacted pull of 10,000"],
    ["tests/bench/ledger.ts", "push pull", "at most one name"],
    ["tests/bench/legacy_migration.ts", "0", "a number from 1"],
    ["tests/bench/legacy_migration.ts", "10 20", `Cannot measure with "20"`],
  ] as const
) {
  Deno.test(`an empty or misspelt run is refused in words: ${script} ${asked}`, async () => {
    const { code, said } = await runScript(script, asked.split(" "));
    assertStringIncludes(said, reason);
    assertEquals(code, 2);
    assert(!said.includes("    at "), `a stack trace: ${said}`);
  });
}
