/**
 * `deno task legacy-diff --all | --user U [--from FILE] [--table sync_data] [--values]`: compares, user by user,
 * what V1 and v2 make of the store at `KV_PATH`: V1's full state, the fold of v2's log, and V1's rows (of FILE, or
 * those that an import left in the store), normalised, as far as nobody has edited them since. Prints every
 * difference by record and field, values only with `--values`. Ends with 0 when there is none, 1 when there is
 * any, when a user cannot be compared yet, or when there is nobody to compare, 2 when it was called wrongly. Works beside running servers.
 */
import { parseArgs } from "node:util";
import { kvLedgerStore } from "../api/adapters/kv_ledger_store.ts";
import { systemClock } from "../api/adapters/system_clock.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { systemRandom } from "../api/adapters/system_random.ts";
import { createLedger } from "../api/ledger/ledger.ts";
import { StoreBusyError } from "../api/store_busy_error.ts";
import {
  compareUsers,
  type ComparisonTotals,
  isKnownUser,
  usersToCompare,
} from "./compare_legacy/compare_users.ts";
import { describeDifference } from "./compare_legacy/describe_difference.ts";
import { openLegacySource } from "./legacy_import/legacy_source.ts";
import { LegacySourceError } from "./legacy_import/legacy_source_error.ts";
import { processProgressLine } from "./legacy_import/progress_line.ts";
import { isId } from "../shared/mod.ts";
import { openStoreOrExit } from "./open_store.ts";
import { storeSettingsFromProcess } from "./store_settings.ts";

const usage =
  "Usage: deno task legacy-diff --all | --user U [--from DUMP.sqlite|DUMP.sql] [--table sync_data] " +
  "[--values]   (the store is the one at KV_PATH)";
/** Differences and users that are printed; more are counted. */
const printedMax = 200;

/** Not as a guard of types: what is not usable is still text. */
const isUsable = (user: string): boolean => isId(user);

function readOptions() {
  try {
    const { values } = parseArgs({
      args: Deno.args,
      options: {
        all: { type: "boolean", default: false },
        user: { type: "string" },
        from: { type: "string" },
        table: { type: "string", default: "sync_data" },
        values: { type: "boolean", default: false },
      },
    });
    if (values.all !== (values.user === undefined)) {
      throw new TypeError("Name one user by '--user', or all by '--all'");
    }
    const { user } = values;
    if (user !== undefined && !isUsable(user)) {
      throw new TypeError(
        `'--user' must be a user's id, 1 to 128 characters without control characters: it has ${user.length}`,
      );
    }
    return values;
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    Deno.exit(2);
  }
}

/** The first of them, as far as a line can hold. */
function named(users: readonly string[]): string {
  const cut = (user: string) => user.length > 60 ? `${user.slice(0, 60)}…` : user;
  return users.slice(0, 10).map((user) => JSON.stringify(cut(user))).join(", ");
}

/** There is nobody to compare, which is not the same as no difference. */
class NobodyError extends Error {
  constructor(user: string | null, place: string) {
    super(
      user === null
        ? `Nobody is in ${place}: no history, and no rows of V1. Set KV_PATH to the store that your servers use, and ` +
          "import into it first."
        : `${place} has no user ${
          JSON.stringify(user)
        }: no history, and no rows of V1. Name the token's sub, as it ` +
          "stands in V1's user_id.",
    );
  }
}

function describeTotals(totals: ComparisonTotals): string[] {
  const { pending, moving, tooLarge } = totals;
  const lines = [
    `${totals.users} users compared: ${totals.records} records of V1's and v2's full state, ${totals.compared} ` +
    `rows of V1 (${totals.editedSince} edited since, ${totals.met} met a record that was here before; ` +
    `${totals.skipped} more cannot be changes).`,
  ];
  if (pending.length > 0) {
    lines.push(
      `${pending.length} users still have rows to migrate, so nothing is said of them: ${named(pending)}.`,
    );
  }
  if (moving.length > 0) {
    lines.push(`${moving.length} users were written to all the while; try again: ${named(moving)}.`);
  }
  if (tooLarge.length > 0) {
    lines.push(`${tooLarge.length} users have more than any V1 client can pull: ${named(tooLarge)}.`);
  }
  lines.push(`${totals.differences} differences of ${totals.usersWithDifferences} users.`);
  return lines;
}

const { all, user, from, table, values } = readOptions();
const { kv: location, place } = storeSettingsFromProcess();
const progress = processProgressLine();
const kv = await openStoreOrExit({ kv: location, place }, { create: false });
try {
  const store = kvLedgerStore(kv);
  const deps = { store, clock: systemClock(), ids: systemIds(), random: systemRandom() };
  const { v1 } = createLedger(deps);
  const source = from === undefined ? undefined : await openLegacySource(from, table);
  try {
    const { users, unusable } = all
      ? await usersToCompare(store, source)
      : { users: await isKnownUser(store, user!, source) ? [user!] : [], unusable: [] };
    if (unusable.length > 0) {
      console.log(
        `${unusable.length} users of ${from} have ids that no store takes, so the import left their rows out and ` +
          `they are not compared: ${named(unusable)}.`,
      );
    }
    if (users.length === 0) throw new NobodyError(all ? null : user!, place);
    console.log(`Comparing V1 and v2 in ${place}: ${users.length} users`);
    let printed = 0;
    const totals = await compareUsers({
      ...{ store, v1, users, source },
      listener: {
        found(difference) {
          progress.end();
          if (++printed <= printedMax) console.log(describeDifference(difference, values));
        },
        progress: (done) =>
          progress.show(
            done.users,
            users.length,
            `${done.users} of ${users.length} users, ${done.records} records`,
          ),
      },
    });
    progress.end();
    if (printed > printedMax) console.log(`… and ${printed - printedMax} more`);
    console.log(describeTotals(totals).join("\n"));
    const { pending, moving, tooLarge } = totals;
    if (totals.differences + pending.length + moving.length + tooLarge.length > 0) Deno.exitCode = 1;
  } finally {
    progress.end();
    source?.close();
  }
} catch (error) {
  if (error instanceof NobodyError) console.error(`Nothing was compared. ${error.message}`);
  else if (error instanceof LegacySourceError || error instanceof StoreBusyError) {
    console.error(`The comparison is not finished. ${error.message}`);
  } else throw error;
  Deno.exitCode = 1;
} finally {
  kv.close();
}
