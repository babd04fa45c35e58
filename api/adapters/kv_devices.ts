/**
 * Notes of devices in Deno KV. Every poll under a new id adds one, so a user may have any number of them until the
 * next sweep: a listing and a sweep look at a bounded number of rows.
 */
import { deviceBounds, lastSeen } from "../ledger/keep_device.ts";
import type { Swept } from "../ledger/ledger_store.ts";
import type { DeviceRow } from "../ledger/records.ts";
import { devicesKey, maintainedDevicesKey } from "./kv_keys.ts";
import type { Space } from "./kv_read.ts";
import { deleteKeys } from "./kv_sweep.ts";
import { decodeDevice, decodeJson, encodeJson } from "./kv_values.ts";

/** Rows that a listing looks at: of a user who has more, and makes ids up, it may miss who was here last. */
const rowsListedMax = 3 * deviceBounds.devicesMax;
const batchSize = 500;

/** Those of a key space that were seen last, newest first. */
export async function listDevices({ kv, user, prefix }: Space): Promise<DeviceRow[]> {
  const devices: DeviceRow[] = [];
  const options = { limit: rowsListedMax, batchSize };
  for await (const { value } of kv.list<Uint8Array>({ prefix: [...devicesKey, user] }, options)) {
    const device = decodeDevice(value);
    if (device.prefix === prefix) devices.push(device);
  }
  return lastSeen(devices);
}

/** See `LedgerStore.sweepDevices`. Deletes without a check: a device that is here again is noted again. */
export async function sweepDevices(kv: Deno.Kv, seenBeforeMs: number, rowsMax: number): Promise<Swept> {
  const { value: standing } = await kv.get<Uint8Array>(maintainedDevicesKey);
  let done = standing ? decodeJson<string>(standing) : null;
  let deleted = 0;
  let rows: SeenKey[] = [];
  const finishUser = async () => {
    const kept = new Set(lastSeen(rows.filter(({ lastSeenMs }) => lastSeenMs >= seenBeforeMs)));
    const gone = rows.filter((row) => !kept.has(row)).map(({ key }) => key);
    await deleteKeys(kv, gone);
    deleted += gone.length;
    rows = [];
  };

  const selector = done === null
    ? { prefix: devicesKey }
    : { prefix: devicesKey, start: [...devicesKey, `${done}\0`] };
  // More than are kept of one user: else a call that begins with many of one might get nowhere.
  const limit = Math.max(rowsMax, 2 * deviceBounds.devicesMax);
  let looked = 0;
  for await (const { key, value } of kv.list<Uint8Array>(selector, { limit, batchSize })) {
    const before = rows[0]?.key[1];
    if (before !== undefined && before !== key[1]) {
      await finishUser();
      done = before as string;
    }
    rows.push({ key, lastSeenMs: decodeDevice(value).lastSeenMs });
    looked++;
  }
  // Of a user who is cut off here, what is beyond the bound among the first rows is beyond it among all of them.
  await finishUser();
  const more = looked === limit;
  if (more && done !== null) await kv.set(maintainedDevicesKey, encodeJson(done));
  else await kv.delete(maintainedDevicesKey);
  return { deleted, more };
}

interface SeenKey {
  key: Deno.KvKey;
  lastSeenMs: number;
}
