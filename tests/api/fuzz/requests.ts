/** Requests to the exchange: valid ones, and what becomes of them by mutation. */
import { nodeOf, textOf } from "./json_node.ts";
import { mutateBytes, mutateNode } from "./mutate.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** One request; `what` says how it was made. */
export interface FuzzRequest {
  what: string;
  body: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/** What a request is made for: where the user's log stands, and ids that were used. */
export interface FuzzState {
  head: number;
  epoch: string;
  changeIds: string[];
}

const json = { "Content-Type": "application/json" };
const gzipped = { ...json, "Content-Encoding": "gzip" };
const wrongHeaders: Record<string, string>[] = [
  {},
  { "Content-Type": "text/plain" },
  { "Content-Type": "application/json; charset=latin1" },
  { ...json, "Content-Encoding": "br" },
  { ...json, "Content-Encoding": "gzip, gzip" },
  gzipped,
];

/** Draws the next request. */
export async function fuzzRequest(random: SeededRandom, state: FuzzState): Promise<FuzzRequest> {
  const root = { node: nodeOf(validRequest(random, state)) };
  const mutations = random.pick([0, 0, 1, 1, 2, 3, 5]);
  for (let i = 0; i < mutations; i += 1) mutateNode(root, random);
  let what = `${mutations} mutations`;
  let body = new TextEncoder().encode(textOf(root.node));
  if (random.chance(0.15)) {
    body = mutateBytes(body, random);
    what += ", bytes";
  }
  if (random.chance(0.02)) return { what: `${what}, headers`, body, headers: random.pick(wrongHeaders) };
  if (!random.chance(0.1)) return { what, body, headers: json };
  const packed = await gzip(body);
  return random.chance(0.7)
    ? { what: `${what}, gzip`, body: packed, headers: gzipped }
    : { what: `${what}, broken gzip`, body: mutateBytes(packed, random), headers: gzipped };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

const changeIdsKeptMax = 40;

function validRequest(random: SeededRandom, state: FuzzState): Record<string, unknown> {
  const count = random.pick([0, 1, 1, 2, 3, 8]);
  return {
    lastKnownServerVersion: random.chance(0.1)
      ? random.between(0, state.head + 3)
      : random.between(0, state.head),
    changes: Array.from({ length: count }, () => validChange(random, state)),
    deviceId: random.chance(0.8) ? `dddddddd-0000-4000-8000-00000000000${random.between(0, 3)}` : undefined,
    epoch: random.pick([state.epoch, state.epoch, state.epoch, undefined, "another.1"]),
    snapshot: random.chance(0.1) ? true : undefined,
    limit: random.chance(0.3) ? random.between(1, 1_000) : undefined,
  };
}

function validChange(random: SeededRandom, state: FuzzState): Record<string, unknown> {
  const isNew = state.changeIds.length === 0 || random.chance(0.9);
  const changeId = isNew ? random.uuid() : random.pick(state.changeIds);
  if (isNew) {
    state.changeIds.push(changeId);
    if (state.changeIds.length > changeIdsKeptMax) state.changeIds.shift();
  }
  const type = random.pick(["CREATED", "UPDATED", "UPDATED", "DELETED"]);
  const fields = random.between(1, 3);
  return {
    changeId,
    type,
    entityType: random.pick(["goal", "logbook_entry", "constructor"]),
    entityId: `e${random.between(0, 12)}`,
    data: type === "DELETED"
      ? undefined
      : Object.fromEntries(Array.from({ length: fields }, () => [`f${random.between(0, 5)}`, value(random)])),
    unset: type === "UPDATED" && random.chance(0.2) ? [`g${random.between(0, 3)}`] : undefined,
    timestamp: random.pick([0, 1, 1_760_000_000_000, -8.64e15, 8.64e15, 0.5]),
    retryCount: random.chance(0.2) ? random.between(0, 9) : undefined,
    baseVersion: random.chance(0.5) ? random.between(0, state.head + 1) : undefined,
  };
}

function value(random: SeededRandom): unknown {
  return random.pick<unknown>([
    null,
    true,
    random.between(-5, 5),
    random.next(),
    "Étude op. 10",
    [1, [2, { a: null }]],
    { nested: { toString: "x", list: [] } },
    "",
  ]);
}
