/**
 * `deno task flags`: reads, sets and audits the rollout switches, on the store at `KV_PATH` (also while servers
 * run) or over HTTP. Ends with 0 only when what was asked for is so.
 */
import { kvLedgerStore } from "../api/adapters/kv_ledger_store.ts";
import { systemClock } from "../api/adapters/system_clock.ts";
import { systemIds } from "../api/adapters/system_ids.ts";
import { systemRandom } from "../api/adapters/system_random.ts";
import { StoreBusyError } from "../api/store_busy_error.ts";
import { describeChange, describeFlags, describeRow } from "./flags/describe_flags.ts";
import { type FlagsCommand, flagsUsage, readFlagsArguments } from "./flags/flags_arguments.ts";
import { FlagsError, type FlagsTarget } from "./flags/flags_target.ts";
import { httpFlags } from "./flags/http_flags.ts";
import { storeFlags } from "./flags/store_flags.ts";
import { openStore } from "./open_store.ts";
import { storeSettingsFromProcess } from "./store_settings.ts";

const read = readFlagsArguments(Deno.args);
if (!read.ok) {
  console.error(`${read.reason}\n${flagsUsage}`);
  Deno.exit(2);
}
try {
  await onTarget(read.command);
} catch (error) {
  if (!(error instanceof FlagsError || error instanceof StoreBusyError)) throw error;
  console.error(`Not done. ${error.message}`);
  Deno.exitCode = 1;
}

async function onTarget(command: FlagsCommand): Promise<void> {
  if (command.endpoint !== undefined) {
    const token = Deno.env.get("SYNC_ADMIN_TOKEN") ?? "";
    if (token === "") {
      throw new FlagsError("SYNC_ADMIN_TOKEN must be a token whose scope has sync:admin: it is not set.");
    }
    console.log(`Flags of ${command.endpoint}`);
    return await run(command, httpFlags(command.endpoint, token));
  }
  const { kv: location, place } = storeSettingsFromProcess();
  // A store that is not there is not made: a kill switch thrown there would stop nobody.
  const opened = await openStore({ kv: location, place }, { create: false });
  if (!opened.ok) {
    const instead = " Before the first start, SYNC_V2_ROLLOUT_PERCENT and SYNC_V2_PAUSED are the switches.";
    throw new FlagsError(opened.reason + (opened.code === "missing" ? instead : ""));
  }
  const { kv } = opened;
  try {
    console.log(`Flags of ${place}`);
    const deps = {
      store: kvLedgerStore(kv),
      clock: systemClock(),
      ids: systemIds(),
      random: systemRandom(),
    };
    const by = command.do === "set" ? command.by : undefined;
    await run(command, storeFlags(deps, by ?? operatorHere()));
  } finally {
    kv.close();
  }
}

async function run(command: FlagsCommand, target: FlagsTarget): Promise<void> {
  const say = (lines: readonly string[]) => lines.forEach((line) => console.log(line));
  if (command.do === "get") return say(describeFlags(await target.read()));
  if (command.do === "audit") {
    const rows = await target.audit(command.limit);
    return say(rows.length === 0 ? ["Nothing was ever changed."] : rows.flatMap(describeRow));
  }
  const change = await target.change(command.change);
  say(change === "unchanged" ? ["Nothing changed: it is so already."] : describeChange(change));
}

/** Who is at this machine, for the audit trail. */
function operatorHere(): string {
  const name = Deno.env.get("USER") ?? Deno.env.get("LOGNAME") ?? Deno.env.get("USERNAME");
  return `${name ?? `uid ${Deno.uid()}`}@${Deno.hostname()}`.slice(0, 128);
}
