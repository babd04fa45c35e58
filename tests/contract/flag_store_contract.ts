/** What every store of the rollout switches must do. Run on each adapter by `flag_store_test.ts`. */
import { assert, assertEquals } from "@std/assert";
import { flagLimits, type FlagsWrite } from "../../api/ledger/flag_store.ts";
import type { LedgerStore } from "../../api/ledger/ledger_store.ts";
import type { OverrideChange } from "../../api/rollout_flags.ts";

/** The longest ids in bytes that the contract allows. */
const longUser = (i: number) => String(i).padStart(128, "字");

function writeOf(revision: number, overrides: OverrideChange[] = [], percent = revision): FlagsWrite {
  return {
    flags: { revision, percent },
    overrides,
    row: {
      revision,
      at: "2026-01-01T00:00:00.000Z",
      by: longUser(0),
      via: "api",
      before: { percent: null, paused: false },
      after: { percent, paused: false },
      overrides,
    },
    forgotten: revision - flagLimits.auditRowsMax,
  };
}

const set = (user: string, after: boolean | null): OverrideChange => ({ user, before: null, after });

/** Writes on top of whatever stands. */
async function write(store: LedgerStore, written: FlagsWrite): Promise<void> {
  const { token } = await store.readFlags();
  assert(await store.writeFlags(token, written) !== null);
}

/** Registers the suite for one adapter. */
export function flagStoreContract(
  name: string,
  withStore: (test: (store: LedgerStore) => Promise<void>) => Promise<void>,
): void {
  const check = (behaviour: string, test: (store: LedgerStore) => Promise<void>) =>
    Deno.test(`${name}: ${behaviour}`, () => withStore(test));

  check("flags that were never set are empty", async (store) => {
    const { flags, overrides } = await store.readFlags();
    assertEquals([flags, overrides.size], [{}, 0]);
    assertEquals(await store.readFlagsFor("ada"), { flags: {}, override: null });
    assertEquals(await store.listFlagsAudit(null, 10), []);
  });

  check("a write is seen by every read: whole, of one user, with the head", async (store) => {
    await write(store, writeOf(1, [set("ada", true), set("bob", false)]));
    const read = await store.readFlags();
    assertEquals(read.flags, { revision: 1, percent: 1 });
    assertEquals([...read.overrides].sort(), [["ada", true], ["bob", false]]);
    assertEquals((await store.readFlagsFor("bob")).override, false);
    assertEquals((await store.readFlagsFor("eve")).override, null);
    assertEquals((await store.readHead("eve")).flags, { revision: 1, percent: 1 });
  });

  check("a write on top of flags that have changed does nothing at all", async (store) => {
    const { token } = await store.readFlags();
    const mine = await store.writeFlags(token, writeOf(1, [set("ada", true)]));
    assert(mine !== null && mine !== token);
    assertEquals(await store.writeFlags(token, writeOf(1, [set("bob", true)], 99)), null);
    assertEquals(await store.readFlags(), {
      flags: { revision: 1, percent: 1 },
      token: mine,
      overrides: new Map([["ada", true]]),
    });
    assertEquals((await store.listFlagsAudit(null, 10)).length, 1);
  });

  check("an override is replaced and removed", async (store) => {
    await write(store, writeOf(1, [set("ada", true), set("bob", true)]));
    await write(store, writeOf(2, [set("ada", false), set("bob", null)]));
    assertEquals((await store.readFlags()).overrides, new Map([["ada", false]]));
    assertEquals((await store.readFlagsFor("bob")).override, null);
  });

  check("the audit trail is newest first, in pages, and keeps its newest thousand", async (store) => {
    const last = flagLimits.auditRowsMax + 5;
    for (let revision = 1; revision <= last; revision++) await write(store, writeOf(revision, [], 1));
    const page = await store.listFlagsAudit(null, 3);
    assertEquals(page.map(({ revision }) => revision), [last, last - 1, last - 2]);
    assertEquals(page[0], writeOf(last, [], 1).row);
    assertEquals((await store.listFlagsAudit(8, 100)).map(({ revision }) => revision), [7, 6]);
    assertEquals((await store.listFlagsAudit(null, 1000)).length, flagLimits.auditRowsMax);
  });

  check("as many overrides as allowed, with the longest ids, are written and read as one", async (store) => {
    const { overridesMax, overridesPerChangeMax } = flagLimits;
    for (let revision = 1; revision <= overridesMax / overridesPerChangeMax; revision++) {
      const users = Array.from({ length: overridesPerChangeMax }, (_, i) => longUser(revision * 1000 + i));
      await write(store, writeOf(revision, users.map((user) => set(user, true))));
    }
    const read = await store.readFlags();
    assertEquals([read.overrides.size, read.flags.revision], [500, 5]);
    assertEquals((await store.readFlagsFor(longUser(5099))).override, true);
    const all = [...read.overrides.keys()].slice(0, overridesPerChangeMax).map((user) => set(user, null));
    await write(store, writeOf(6, all));
    assertEquals((await store.readFlags()).overrides.size, overridesMax - overridesPerChangeMax);
  });

  check("ids that a plain object would trip over are users like any other", async (store) => {
    const users = ["__proto__", "constructor", "a/b", '"', "\\", "override"];
    await write(store, writeOf(1, users.map((user) => set(user, true))));
    assertEquals([...(await store.readFlags()).overrides.keys()].sort(), users.sort());
    assertEquals((await store.readFlagsFor("__proto__")).override, true);
    assertEquals((await store.readFlagsFor("toString")).override, null);
  });
}
