/**
 * What a day's typical use costs in bytes with the older full-state protocol (V1) and with the current one:
 * 20 edits, each synced, and 30 polls that bring nothing new. Both real clients, the whole server in-process.
 *
 *     deno run -A tests/bench/legacy_payload.ts
 *
 * Counted are request and response bodies, as JSON and as gzip (where a body has at least a kilobyte, as the
 * server does it). The first load is not part of the day and is shown beside it.
 */
import { createApp, memoryLedger, plainAuthenticator, plainToken } from "../../api/mod.ts";
import { makeDemoRecords } from "../../client/demo/demo_records.ts";
import { createSyncClient, fetchTransport, memoryStore } from "../../client/mod.ts";
import { LegacyClient, type LegacyRecord } from "../../scripts/legacy_client.ts";

const counts = [50, 164, 300, 1000];
const newEntriesPerDay = 5;
const fieldEditsPerDay = 15;
const pollsPerDay = 30;
const gzipBytesMin = 1024;
const seed = 1;

interface Bytes {
  json: number;
  gzip: number;
}

/** What one client did. */
interface Day {
  firstLoad: Bytes;
  edits: Bytes;
  polls: Bytes;
}

/** Sends requests to the app and weighs their bodies. */
function weighing() {
  const app = createApp({
    ledger: memoryLedger(),
    authenticator: plainAuthenticator(),
    config: { rateLimitPerMinute: 1e9 },
  });
  let sum: Bytes = { json: 0, gzip: 0 };
  const weigh = async (body: Uint8Array<ArrayBuffer>) => {
    sum.json += body.byteLength;
    sum.gzip += body.byteLength < gzipBytesMin
      ? body.byteLength
      : (await through(body, "compress")).byteLength;
  };
  return {
    async send(request: Request): Promise<Response> {
      const sent = new Uint8Array(await request.clone().arrayBuffer());
      const packed = request.headers.get("Content-Encoding") === "gzip";
      await weigh(packed ? await through(sent, "decompress") : sent);
      const response = await app.fetch(request);
      if (!response.ok) throw new Error(`The server answered ${response.status}: ${await response.text()}`);
      await weigh(new Uint8Array(await response.clone().arrayBuffer()));
      return response;
    },
    take(): Bytes {
      const taken = sum;
      sum = { json: 0, gzip: 0 };
      return taken;
    },
  };
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  how: "compress" | "decompress",
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = how === "compress" ? new CompressionStream("gzip") : new DecompressionStream("gzip");
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** The day's edits: what is new, and which fields of which record change. */
function dayOf(count: number) {
  const records = makeDemoRecords(seed, count);
  const fresh = makeDemoRecords(seed + 1, newEntriesPerDay * 10)
    .filter(({ type, data }) => type === "logbook_entry" && "scoreId" in data).slice(0, newEntriesPerDay);
  if (fresh.length < newEntriesPerDay) throw new Error("The generator made too few rich entries");
  const entries = records.filter(({ type }) => type === "logbook_entry");
  const edits = Array.from({ length: fieldEditsPerDay }, (_, n) => ({
    id: entries[(n * 7) % entries.length]!.data.id,
    fields: { notes: `Bar ${n} is even now; the trill still is not.`, mood: n % 2 ? "satisfied" : "neutral" },
  }));
  return { records, fresh, edits };
}

async function v1Day(count: number): Promise<Day> {
  const { records, fresh, edits } = dayOf(count);
  const { send, take } = weighing();
  const open = (deviceId: string) =>
    new LegacyClient({
      endpoint: "http://sync.test/api/sync",
      getToken: () => plainToken("ada"),
      deviceId,
      fetch: send,
      nowMs: () => Date.UTC(2025, 7, 2),
    });
  const other = open("dev_other");
  for (const { type, data } of records) {
    other.save(type === "goal" ? "goals" : "entries", data as LegacyRecord);
  }
  await other.push();
  take();
  const client = open("dev_day");
  await client.pull();
  const firstLoad = take();
  for (const { data } of fresh) {
    client.save("entries", data as LegacyRecord);
    await client.push();
  }
  for (const { id, fields } of edits) {
    client.save("entries", { id, ...fields });
    await client.push();
  }
  const edited = take();
  for (let n = 0; n < pollsPerDay; n++) if (!await client.pull()) throw new Error("A poll was not taken");
  if (client.list("entries").length + client.list("goals").length !== count + newEntriesPerDay) {
    throw new Error("The V1 client does not have what it should");
  }
  return { firstLoad, edits: edited, polls: take() };
}

async function v2Day(count: number): Promise<Day> {
  const { records, fresh, edits } = dayOf(count);
  const { send, take } = weighing();
  const open = () =>
    createSyncClient({
      endpoint: "http://sync.test/api/sync/v2",
      getToken: () => plainToken("ada"),
      autoSync: false,
      ports: {
        store: memoryStore(),
        transport: fetchTransport((url, init) => send(new Request(url, init))),
        // Each client is a device of its own.
        channel: { open: () => ({ post() {}, close() {} }) },
      },
    });
  const synced = async (client: ReturnType<typeof open>) => {
    const { success, error } = await client.manualSync();
    if (!success) throw new Error(`A sync failed: ${error?.message}`);
  };
  const other = open();
  for (const { type, data } of records) await other.create(type, data);
  await synced(other);
  await other.close();
  take();
  const client = open();
  await synced(client);
  const firstLoad = take();
  for (const { type, data } of fresh) {
    await client.create(type, data);
    await synced(client);
  }
  for (const { id, fields } of edits) {
    await client.update("logbook_entry", id, fields);
    await synced(client);
  }
  const edited = take();
  for (let n = 0; n < pollsPerDay; n++) await synced(client);
  if (client.list("logbook_entry").length + client.list("goal").length !== count + newEntriesPerDay) {
    throw new Error("The v2 client does not have what it should");
  }
  const polls = take();
  await client.close();
  return { firstLoad, edits: edited, polls };
}

const kb = (bytes: number) => (bytes / 1000).toFixed(1);
const less = (old: number, now: number) => `${((1 - now / old) * 100).toFixed(2)} %`;
const row = (cells: (string | number)[]) =>
  console.log(cells.map((cell, i) => String(cell).padStart(i === 0 ? 8 : 12)).join(""));

console.log(
  `${newEntriesPerDay} new entries, ${fieldEditsPerDay} edits of two fields, ${pollsPerDay} polls; kB (1,000 bytes) of bodies.`,
);
for (const kind of ["json", "gzip"] as const) {
  console.log(`\n${kind === "json" ? "As JSON" : "As gzip"}`);
  row([
    "records",
    "V1 edits",
    "V1 polls",
    "V1 day",
    "v2 edits",
    "v2 polls",
    "v2 day",
    "less",
    "V1 load",
    "v2 load",
  ]);
  for (const count of counts) {
    const [v1, v2] = [await v1Day(count), await v2Day(count)];
    const [old, now] = [v1.edits[kind] + v1.polls[kind], v2.edits[kind] + v2.polls[kind]];
    row([
      count,
      ...[v1.edits, v1.polls].map((bytes) => kb(bytes[kind])),
      kb(old),
      ...[v2.edits, v2.polls].map((bytes) => kb(bytes[kind])),
      kb(now),
      less(old, now),
      kb(v1.firstLoad[kind]),
      kb(v2.firstLoad[kind]),
    ]);
  }
}
