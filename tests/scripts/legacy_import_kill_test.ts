/** The import as a process: killed at random moments and run again, and what it says when it cannot start. */
import { assert, assertEquals } from "@std/assert";
import { kvLedgerStore } from "../../api/adapters/kv_ledger_store.ts";
import { systemClock } from "../../api/adapters/system_clock.ts";
import { systemIds } from "../../api/adapters/system_ids.ts";
import { systemRandom } from "../../api/adapters/system_random.ts";
import { createLedger } from "../../api/ledger/ledger.ts";
import { type SeededRandom, seededRandom } from "../../client/demo/seeded_random.ts";
import { compareUsers } from "../../scripts/compare_legacy/compare_users.ts";
import { openLegacySource } from "../../scripts/legacy_import/legacy_source.ts";
import { sampleRows } from "../../scripts/legacy_import/sample_rows.ts";
import { writeSampleDatabase } from "../../scripts/legacy_import/write_sample_database.ts";

const kills = 3;

interface Run {
  code: number;
  signal: Deno.Signal | null;
  out: string;
  error: string;
}

/** Runs the import; with `killAfterMs` it is killed so long after it began to write. */
async function runImport(kvPath: string, args: readonly string[], killAfterMs?: number): Promise<Run> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/import_legacy.ts", ...args],
    env: { KV_PATH: kvPath },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const error = new Response(child.stderr).text();
  let out = "";
  let killer: ReturnType<typeof setTimeout> | undefined;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    out += text;
    if (killAfterMs !== undefined && killer === undefined) {
      killer = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    }
  }
  clearTimeout(killer);
  const { code, signal } = await child.status;
  return { code, signal, out, error: await error };
}

/** Everything in a store, as text in the order of keys. */
async function contents(kvPath: string): Promise<string[]> {
  using kv = await Deno.openKv(kvPath);
  const found: string[] = [];
  for await (const { key, value } of kv.list<Uint8Array>({ prefix: [] })) {
    found.push(JSON.stringify([key, new TextDecoder().decode(value)]));
  }
  return found;
}

Deno.test("an import that is killed again and again is finished by running it once more", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  const folder = await Deno.makeTempDir();
  try {
    const from = `${folder}/v1.sqlite`;
    writeSampleDatabase(from, sampleRows({ seed, users: 6, rows: 2500, brokenShare: 0.02 }));
    const startMs = performance.now();
    const clean = await runImport(`${folder}/clean.kv`, ["--from", from]);
    const wholeMs = performance.now() - startMs;
    assertEquals(clean.code, 0, clean.error);
    const wanted = await contents(`${folder}/clean.kv`);
    const counts: number[] = [];
    for (let n = 0; n < kills; n++) {
      const killAfterMs = (n + random.next()) / kills * wholeMs * 0.8;
      const run = await runImport(`${folder}/killed.kv`, ["--from", from], killAfterMs);
      counts.push((await contents(`${folder}/killed.kv`)).length);
      if (run.signal === null) assertEquals(run.code, 0, run.error);
    }
    console.log(`seed ${seed}: keys after each kill ${counts.join(", ")} of ${wanted.length}`);
    assert(counts.some((count) => count < wanted.length), `no run was killed half-way: ${counts}`);
    const last = await runImport(`${folder}/killed.kv`, ["--from", from]);
    assertEquals(last.code, 0, last.error);
    assertEquals(await contents(`${folder}/killed.kv`), wanted, `seed ${seed}`);
    // The account is the same too, but for what it found and how long it took.
    const account = ({ out }: Run) =>
      out.split("\n").filter((line) =>
        / rows?: |rows of|cannot become/.test(line) && !line.startsWith("Done")
      );
    assertEquals(account(last), account(clean));
    await killedMigration(folder, from, random, wholeMs);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Goes on from a finished import: killed while rows become changes, then finished and held against the source. */
async function killedMigration(
  folder: string,
  from: string,
  random: SeededRandom,
  wholeMs: number,
): Promise<void> {
  const args = ["--from", from, "--migrate"];
  const killed = await runImport(`${folder}/killed.kv`, args, (0.5 + random.next()) * wholeMs);
  const last = await runImport(`${folder}/killed.kv`, args);
  assertEquals(last.code, 0, last.error);
  assert(/Migrated in .* of 6 users, \d+ rows left out/.test(last.out), last.out);
  using kv = await Deno.openKv(`${folder}/killed.kv`);
  const store = kvLedgerStore(kv);
  const ledger = createLedger({ store, clock: systemClock(), ids: systemIds(), random: systemRandom() });
  const source = await openLegacySource(from);
  const totals = await compareUsers({ store, v1: ledger.v1, users: source.users(), source });
  source.close();
  const { users, compared, skipped, differences, pending } = totals;
  console.log(`migration ${killed.signal ?? "was faster"}: ${compared} rows, ${differences} differences`);
  assertEquals([users, differences, pending], [6, 0, []]);
  assert(compared > 2300 && skipped > 10, JSON.stringify(totals));
}

Deno.test("what cannot be imported ends with 1, a wrong call with 2, and a dry run makes no store", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const wrong = await runImport(`${folder}/kv`, ["--form", "x"]);
    assertEquals(wrong.code, 2);
    assert(wrong.error.includes("Usage: deno task import-legacy --from"), wrong.error);
    await Deno.writeTextFile(`${folder}/no.sql`, "CREATE TABLE a(b);");
    const none = await runImport(`${folder}/kv`, ["--from", `${folder}/no.sql`, "--dry-run"]);
    assertEquals(none.code, 1);
    assert(none.error.includes("Nothing was imported."), none.error);
    assert(none.error.includes("has no table sync_data. It has: a."), none.error);
    writeSampleDatabase(`${folder}/v1`, sampleRows({ seed: 1, users: 2, rows: 50, brokenShare: 0.2 }));
    const report = `${folder}/report.ndjson`;
    const dry = await runImport(`${folder}/kv`, ["--from", `${folder}/v1`, "--dry-run", "--report", report]);
    assertEquals(dry.code, 0, dry.error);
    const lines = (await Deno.readTextFile(report)).trim().split("\n").map((line) => JSON.parse(line).kind);
    assertEquals(lines.filter((kind) => kind === "user").length, 2);
    assert(lines.filter((kind) => kind === "skipped").length > 3);
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name).includes("kv"), false);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an import writes over no file, and makes none before its source can be read", async () => {
  const folder = await Deno.makeTempDir();
  const names = () => Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
  try {
    const from = `${folder}/v1.sqlite`;
    writeSampleDatabase(from, sampleRows({ seed: 1, users: 2, rows: 50, brokenShare: 0.2 }));
    const before = await Deno.readFile(from);
    await Deno.writeTextFile(`${folder}/notes`, "somebody's");
    await Deno.writeTextFile(`${folder}/no.sql`, "CREATE TABLE a(b);");
    await Deno.link(from, `${folder}/link.sqlite`);
    const there = names();
    const refused: [string, string[], string][] = [
      ["kv", ["--from", from, "--report", from, "--dry-run"], `Cannot write ${from}: it is there already`],
      ["kv", ["--from", from, "--report", `${folder}/notes`], "notes: it is there already. Name a new file"],
      [
        "kv",
        ["--from", from, "--report", `${folder}/no/r`],
        `no/r: there is no folder ${folder}/no. Make it`,
      ],
      ["kv", ["--from", `${folder}/no.sql`, "--report", `${folder}/r`], "has no table sync_data"],
      ["kv", ["--from", `${folder}/none`], "There is no file"],
      ["v1.sqlite", ["--from", from], "--from and KV_PATH are the same file"],
      ["link.sqlite", ["--from", from, "--dry-run"], "--from and KV_PATH are the same file"],
      ["link.sqlite", ["--from", `${folder}/no.sql`], "a SQLite database of something else"],
    ];
    for (const [kv, args, says] of refused) {
      const { code, error } = await runImport(`${folder}/${kv}`, args);
      assertEquals(code, 1, error);
      assert(error.startsWith("Nothing was imported. ") && error.includes(says), error);
      assert(!error.includes("    at "), error);
      assertEquals(names(), there, args.join(" "));
    }
    assertEquals(await Deno.readFile(from), before);
    assertEquals(await Deno.readTextFile(`${folder}/notes`), "somebody's");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
