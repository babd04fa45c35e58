/** The rollout's rules: who is in, what stands above what, and that no operator overwrites another unseen. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { nodeSha256 } from "../../../api/adapters/node_sha256.ts";
import { isInRollout, rolloutBucket } from "../../../api/ledger/flags_bucket.ts";
import { createLedger } from "../../../api/ledger/ledger.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import type { FlagsAuthor, FlagsWritten, RolloutFlags } from "../../../api/rollout_flags.ts";
import { countingKv } from "./counting_kv.ts";
import { countingIds, onEveryStore, virtualClock } from "./ledger_world.ts";

const seed = 20_261_122;
const clara: FlagsAuthor = { by: "clara", via: "api" };
const robert: FlagsAuthor = { by: "robert", via: "command" };
const settings = { rolloutPercent: 100, paused: false };

function flagsOn(store: LedgerStore): RolloutFlags {
  return createLedger({
    store,
    clock: virtualClock(),
    ids: countingIds(),
    random: { next: () => 0.5 },
    sha256Hex: nodeSha256,
  }).flags;
}

function stateOf(written: FlagsWritten) {
  assert(written.ok, JSON.stringify(written));
  return written.state;
}

Deno.test("a user's bucket is the one it has always been", async () => {
  // Worked out with sha256sum: a change here would take v2 from people who have it.
  assertEquals(await rolloutBucket("ada"), 8714);
  assertEquals(await rolloutBucket("user ü"), 8263);
  assertEquals(await rolloutBucket("42", nodeSha256), 7010);
});

Deno.test("buckets are even, whatever ids look like", () => {
  const users = 20_000;
  const kinds: Record<string, (i: number) => string> = {
    number: (i) => String(i),
    mail: (i) => `person.${i}@school.example`,
    uuid: (i) => `01900000-0000-7000-8000-${i.toString(16).padStart(12, "0")}`,
    long: (i) => String(i).padStart(128, "字"),
  };
  return Promise.all(
    Object.entries(kinds).map(async ([kind, idOf]) => {
      const counts = new Array<number>(20).fill(0);
      for (let i = 0; i < users; i++) {
        counts[Math.floor(await rolloutBucket(idOf(i), nodeSha256) / 500)]! += 1;
      }
      const expected = users / counts.length;
      const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 19 degrees of freedom: an even hash is above 43.8 once in a thousand; these ids are always the same.
      assert(chiSquared < 43.8, `${kind}: ${chiSquared} of ${counts}`);
    }),
  ).then(() => {});
});

Deno.test(`property: who is in at one percentage is in at any higher one (seed ${seed})`, async () => {
  const percent = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
  const property = fc.asyncProperty(fc.string({ minLength: 1, maxLength: 128 }), percent, percent, async (
    user,
    one,
    other,
  ) => {
    const bucket = await rolloutBucket(user, nodeSha256);
    assertEquals(isInRollout(bucket, 0), false);
    assertEquals(isInRollout(bucket, 100), true);
    const [low, high] = one < other ? [one, other] : [other, one];
    assert(!isInRollout(bucket, low) || isInRollout(bucket, high));
    assertEquals(isInRollout(bucket, (bucket + 1) / 100), true);
    assertEquals(isInRollout(bucket, bucket / 100), false);
  });
  await fc.assert(property, { seed, numRuns: 2_000 });
});

onEveryStore(
  "the setting decides until a percentage is set, and again when it is unset",
  async ({ store }) => {
    const flags = flagsOn(store);
    const decide = (rolloutPercent: number) => flags.decide("ada", { rolloutPercent, paused: false });
    const isIn = { syncV2: true, reason: "rollout" } as const;
    const isOut = { syncV2: false, reason: "rollout" } as const;
    assertEquals([await decide(100), await decide(0)], [isIn, isOut]);
    await flags.change({ percent: 0 }, clara);
    assertEquals(await decide(100), isOut);
    await flags.change({ percent: 87.15 }, clara);
    assertEquals(await decide(0), isIn);
    await flags.change({ percent: 87.14 }, clara);
    assertEquals(await decide(100), isOut);
    await flags.change({ percent: null }, clara);
    assertEquals([await decide(100), await decide(0)], [isIn, isOut]);
  },
);

onEveryStore("an override stands above the percentage, paused above both", async ({ store }) => {
  const flags = flagsOn(store);
  await flags.change({ percent: 0, overrideOf: new Map([["ada", true], ["bob", false]]) }, clara);
  assertEquals(await flags.decide("ada", settings), { syncV2: true, reason: "override" });
  await flags.change({ percent: 100 }, clara);
  assertEquals(await flags.decide("bob", settings), { syncV2: false, reason: "override" });
  assertEquals(await flags.decide("ada", { ...settings, paused: true }), { syncV2: false, reason: "paused" });
  await flags.change({ paused: true }, clara);
  assertEquals(await flags.decide("ada", settings), { syncV2: false, reason: "paused" });
  await flags.change({ paused: false, overrideOf: new Map([["ada", null]]) }, clara);
  assertEquals(await flags.decide("ada", settings), { syncV2: true, reason: "rollout" });
});

onEveryStore(
  "every change is audited: who, when, before, after; what changes nothing is not",
  async ({ store }) => {
    const flags = flagsOn(store);
    await flags.change({ percent: 5, overrideOf: new Map([["ada", true]]) }, clara);
    await flags.change({ paused: true, percent: 5 }, robert);
    const same = await flags.change({ paused: true, overrideOf: new Map([["bob", null]]) }, robert);
    assertEquals(same.ok && same.row, "unchanged");
    await flags.change({ overrides: new Map([["bob", false]]) }, clara);
    const { rows, nextBefore } = await flags.audit({ limit: 10 });
    const at = "2026-11-22T00:00:00.000Z";
    const paused = { percent: 5, paused: true };
    assertEquals([rows, nextBefore], [[
      {
        ...{ revision: 3, at, ...clara, before: paused, after: paused },
        overrides: [{ user: "bob", before: null, after: false }, { user: "ada", before: true, after: null }],
      },
      { revision: 2, at, ...robert, before: { percent: 5, paused: false }, after: paused, overrides: [] },
      {
        ...{ revision: 1, at, ...clara },
        before: { percent: null, paused: false },
        after: { percent: 5, paused: false },
        overrides: [{ user: "ada", before: null, after: true }],
      },
    ], null]);
    assertEquals((await flags.audit({ limit: 2 })).nextBefore, 2);
    assertEquals((await flags.audit({ limit: 2, before: 2 })).rows.map(({ revision }) => revision), [1]);
  },
);

onEveryStore(
  "two operators at once: with a token one of them hears of it, without nothing is lost",
  async ({ store }) => {
    const [one, other] = [flagsOn(store), flagsOn(store)];
    const { token } = await one.read();
    const races = await Promise.all([
      one.change({ percent: 5 }, clara, token),
      other.change({ percent: 50 }, robert, token),
    ]);
    assertEquals(races.map((written) => written.ok ? "ok" : written.code).sort(), [
      "changed_meanwhile",
      "ok",
    ]);

    const users = Array.from({ length: 10 }, (_, i) => `user ${i}`);
    await Promise.all(
      users.map((user, i) => (i % 2 ? one : other).change({ overrideOf: new Map([[user, true]]) }, clara)),
    );
    const { overrides, revision } = await one.read();
    assertEquals([[...overrides.keys()].sort(), revision], [users.sort(), 11]);
    const { rows } = await one.audit({ limit: 100 });
    assertEquals(rows.map((row) => row.revision), Array.from({ length: 11 }, (_, i) => 11 - i));
    for (const [i, row] of rows.slice(0, -1).entries()) assertEquals(row.before, rows[i + 1]!.after);
  },
);

Deno.test("a store whose flags never stand still is busy after a bounded time", async () => {
  const store = { ...memoryLedgerStore(), writeFlags: () => Promise.resolve(null) };
  const result = await flagsOn(store).change({ paused: true }, clara);
  assertEquals(result, { ok: false, code: "busy", retryAfterMs: 1000 });
});

onEveryStore(
  "overrides are bounded, and what is refused says by what and writes nothing",
  async ({ store }) => {
    const flags = flagsOn(store);
    const users = (from: number, count: number) =>
      new Map(Array.from({ length: count }, (_, i) => [`user ${from + i}`, true] as const));
    const many = await flags.change({ percent: 1, overrideOf: users(0, 101) }, clara);
    assert(!many.ok && many.code === "too_many_overrides");
    assert(
      many.reason.includes("at most 100") && many.reason.includes("101") && !many.reason.includes("user 1"),
    );
    assertEquals((await flags.read()).revision, 0);
    for (let from = 0; from < 500; from += 100) {
      stateOf(
        await flags.change({ overrideOf: users(from, 100) }, clara),
      );
    }
    const over = await flags.change({ overrideOf: users(500, 1) }, clara);
    assert(!over.ok && over.code === "too_many_overrides");
    assert(over.reason.includes("at most 500") && over.reason.includes("501"), over.reason);
    const swapped = new Map<string, boolean | null>([["user 500", true], ["user 0", null]]);
    assertEquals(stateOf(await flags.change({ overrideOf: swapped }, clara)).overrides.size, 500);
    const all = await flags.change({ overrides: new Map() }, clara);
    assert(!all.ok && all.code === "too_many_overrides", "removing all at once is 500 changes");
  },
);

Deno.test("a decision is one step on the database, a change two", async () => {
  const kv = await Deno.openKv(":memory:");
  try {
    const counting = countingKv(kv);
    const flags = flagsOn(kvLedgerStore(counting.kv));
    await flags.change({ percent: 5, overrideOf: new Map([["ada", true]]) }, clara);
    assertEquals(counting.take(), { steps: 2, commits: 1 });
    await flags.decide("ada", settings);
    assertEquals(counting.take(), { steps: 1, commits: 0 });
    for (let from = 0; from < 499; from += 100) {
      const users = Array.from(
        { length: Math.min(100, 499 - from) },
        (_, i) => [`${from + i}`, true] as const,
      );
      await flags.change({ overrideOf: new Map(users) }, clara);
    }
    counting.take();
    assertEquals((await flags.read()).overrides.size, 500);
    assertEquals(counting.take(), { steps: 1, commits: 0 }, "one batch is one moment");
  } finally {
    kv.close();
  }
});
