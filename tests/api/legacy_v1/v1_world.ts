/** The whole app with a V1 client's four calls, on either store. */
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { plainAuthenticator } from "../../../api/adapters/plain_authenticator.ts";
import { createApp } from "../../../api/app.ts";
import type { AppOptions } from "../../../api/app.ts";
import { createLedger } from "../../../api/ledger/ledger.ts";
import type { LedgerStore } from "../../../api/ledger/ledger_store.ts";
import { legacyDeviceId } from "../../../shared/legacy_device_id.ts";
import { countingIds, virtualClock } from "../ledger/ledger_world.ts";

export const phone = "dev_phone";
export const laptop = "dev_laptop";

/** A JSON object as it came. */
// deno-lint-ignore no-explicit-any -- answers are walked as plain JSON
type Json = any;

export interface V1Answer {
  status: number;
  headers: Headers;
  body: Json;
}

export interface V1CallOptions {
  user?: string;
  device?: string;
  key?: string;
  token?: string | null;
  headers?: Record<string, string>;
}

/** An app on `store`, and what V1 and v2 clients send to it. */
export function v1World(store: LedgerStore = memoryLedgerStore(), options: Partial<AppOptions> = {}) {
  const clock = virtualClock();
  const ids = countingIds();
  const ledger = createLedger({ store, clock, ids, random: { next: () => 0.5 } });
  const app = createApp({ ledger, authenticator: plainAuthenticator(), clock, ...options });
  let serial = 0;

  async function call(
    method: string,
    path: string,
    body: unknown,
    options: V1CallOptions,
  ): Promise<V1Answer> {
    const { user = "ada", device, key, headers } = options;
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const answer = await app.request(path, {
      method,
      headers: {
        Authorization: `Bearer ${user}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(device === undefined ? {} : { "X-Device-ID": device }),
        ...(key === undefined ? {} : { "X-Idempotency-Key": key }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body as BodyInit : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? null : JSON.parse(text) };
  }

  return {
    app,
    store,
    ledger,
    clock,
    call,
    pull: (options: V1CallOptions = {}) => call("POST", "/api/sync/pull", undefined, options),
    push: (changes: unknown, options: V1CallOptions = {}) =>
      call("POST", "/api/sync/push", {
        changes,
        ...(options.token === undefined ? {} : { lastSyncToken: options.token }),
      }, options),
    batch: (entities: unknown[], options: V1CallOptions = {}) =>
      call("POST", "/api/sync/batch", {
        entities,
        ...(options.token === undefined ? {} : { syncToken: options.token }),
      }, options),
    status: (options: V1CallOptions = {}) => call("GET", "/api/sync/status", undefined, options),
    /** One exchange of v2 that must succeed; changes that carry no base have seen everything. */
    async sync(changes: Record<string, unknown>[], over: Record<string, unknown> = {}): Promise<Json> {
      const { latestServerVersion } = await ledger.status("ada");
      const { status, body } = await call("POST", "/api/sync/v2", {
        lastKnownServerVersion: latestServerVersion,
        changes: changes.map((change) => ({
          changeId: `d0000000-0000-4000-8000-${(++serial).toString(16).padStart(12, "0")}`,
          type: "UPDATED",
          entityType: "logbook_entry",
          timestamp: 1,
          ...change,
        })),
        deviceId: v2Device,
        ...over,
      }, {});
      if (status !== 200) throw new Error(`The exchange failed: ${JSON.stringify(body)}`);
      return body;
    },
    /** The log as the audit trail tells it, oldest first. */
    async log(): Promise<Json[]> {
      const { body } = await call("GET", "/api/sync/v2/history?limit=1000", undefined, {});
      return body.changes.reverse();
    },
  };
}

export type V1World = ReturnType<typeof v1World>;

export const v2Device = "eeeeeeee-0000-4000-8000-000000000001";
export const phoneId = legacyDeviceId(phone);

/** The same test on every store. */
export function onEveryStore(name: string, test: (world: V1World) => Promise<void>): void {
  Deno.test(`${name} (memory)`, () => test(v1World()));
  Deno.test(`${name} (Deno KV)`, async () => {
    const kv = await Deno.openKv(":memory:");
    try {
      await test(v1World(kvLedgerStore(kv)));
    } finally {
      kv.close();
    }
  });
}

/** A minimal entry with `over` on top. */
export function entry(id: string, over: Record<string, unknown> = {}): Record<string, unknown> {
  const at = "2025-06-23T22:32:52.797Z";
  return {
    id,
    timestamp: at,
    duration: 30,
    type: "practice",
    pieces: [],
    notes: null,
    createdAt: at,
    updatedAt: at,
    ...over,
  };
}
