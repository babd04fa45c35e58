/**
 * An episode: a fresh server and a row of hostile requests of one user, all drawn from one seed. After each it is
 * checked that the server stands and told the truth:
 *
 *     only 200, 400, 413, 415 · the answer is as documented · 4xx moved nothing · 200: a verdict for each change,
 *     an answer that the shipping client accepts, and exactly as many new versions as verdicts that make one
 */
import { kvLedgerStore } from "../../../api/adapters/kv_ledger_store.ts";
import { memoryLedgerStore } from "../../../api/adapters/memory_ledger_store.ts";
import { createApp, createLedger, plainAuthenticator } from "../../../api/mod.ts";
import { openApiDocument } from "../../../api/openapi/document.ts";
import type { Ledger } from "../../../api/ports.ts";
import { isJsonObject, readSyncResponse, type SyncResponse } from "../../../shared/mod.ts";
import { openApiJudge } from "../http/openapi_judge.ts";
import { virtualClock } from "../http/virtual_clock.ts";
import { type FuzzRequest, fuzzRequest, type FuzzState } from "./requests.ts";
import { seededRandom } from "./seeded_random.ts";

/** Requests of one episode: enough for a history to grow, few enough to replay in a second. */
export const episodeRequestsMax = 500;
/** One episode in this many runs on Deno KV in memory, the others on the memory store. */
const kvEpisodeEvery = 10;
const path = "/api/sync/v2";
const user = "ada";

/** What happened, added up over episodes. */
export interface FuzzCounts {
  requests: number;
  statuses: Record<string, number>;
  verdicts: Record<string, number>;
}

export function emptyCounts(): FuzzCounts {
  return { requests: 0, statuses: {}, verdicts: {} };
}

/** A request that the server did not stand; the message has the seed that replays it. */
export class FuzzFailure extends Error {
  override name = "FuzzFailure";

  constructor(fault: string, seed: number, requests: number, { what, body, headers }: FuzzRequest) {
    const shown = JSON.stringify(String.fromCharCode(...body.subarray(0, 2_000)));
    super(
      `${fault}\n  made by: ${what}; ${JSON.stringify(headers)}\n  body (${body.length} bytes): ${shown}\n` +
        `  replay: deno task fuzz --seed ${seed} --count ${requests}`,
    );
  }
}

/** Runs `requests` requests of the episode `seed`, adding to `counts`. Throws {@linkcode FuzzFailure}. */
export async function fuzzEpisode(seed: number, requests: number, counts: FuzzCounts): Promise<void> {
  const kv = seed % kvEpisodeEvery === 0 ? await Deno.openKv(":memory:") : null;
  try {
    await runEpisode(seed, requests, counts, kv);
  } finally {
    kv?.close();
  }
}

async function runEpisode(
  seed: number,
  requests: number,
  counts: FuzzCounts,
  kv: Deno.Kv | null,
): Promise<void> {
  const random = seededRandom(seed);
  const clock = virtualClock();
  const ledger = createLedger({
    store: kv === null ? memoryLedgerStore() : kvLedgerStore(kv),
    clock,
    ids: { uuid: () => random.uuid() },
    random,
  });
  const app = createApp({
    ledger,
    authenticator: plainAuthenticator(),
    clock,
    config: { rateLimitPerMinute: 1e9, rateLimitPerAddressPerMinute: 1e9 },
  });
  const state: FuzzState = { head: 0, epoch: "", changeIds: [] };
  let before = await standing(ledger);
  for (let i = 1; i <= requests; i += 1) {
    Object.assign(state, { head: before.head, epoch: before.epoch });
    const request = await fuzzRequest(random, state);
    const answer = await app.request(path, {
      method: "POST",
      headers: { ...request.headers, Authorization: `Bearer ${user}` },
      body: request.body,
    });
    const body = await answer.text();
    const after = await standing(ledger);
    counts.requests += 1;
    counts.statuses[answer.status] = (counts.statuses[answer.status] ?? 0) + 1;
    const fault = documentFault(answer, body) ??
      (answer.status === 200
        ? await exchangeFault(request, JSON.parse(body), before, after, counts)
        : refusalFault(answer.status, before, after));
    if (fault !== null) throw new FuzzFailure(fault, seed, i, request);
    clock.advance(1_000);
    before = after;
  }
}

const judge = openApiJudge(openApiDocument({ bundles: [], demo: false }));

/** Everything that a refused request must leave alone. */
interface Standing {
  head: number;
  epoch: string;
  checksum: string;
  entities: number;
  devices: string;
}

async function standing(ledger: Ledger): Promise<Standing> {
  const { latestServerVersion: head, epoch, entityCount: entities, devices } = await ledger.status(user);
  const pull = await ledger.exchange(user, { lastKnownServerVersion: head, epoch, changes: [] });
  if (!pull.ok) throw new Error(`The ledger does not answer: ${pull.code}`);
  return {
    head,
    epoch,
    entities,
    checksum: pull.response.checksum ?? "none",
    devices: JSON.stringify(devices),
  };
}

function documentFault({ status, headers }: Response, body: string): string | null {
  if (![200, 400, 413, 415].includes(status)) return `status ${status}: ${body.slice(0, 500)}`;
  const fault = judge.judge("post", path, { status, headers, body });
  return fault === null ? null : `not as documented: ${fault}`;
}

function refusalFault(status: number, before: Standing, after: Standing): string | null {
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)];
  return was === is ? null : `status ${status} changed the state from ${was} to ${is}`;
}

async function exchangeFault(
  request: FuzzRequest,
  answer: SyncResponse,
  before: Standing,
  after: Standing,
  counts: FuzzCounts,
): Promise<string | null> {
  const sent: unknown[] = JSON.parse(await plainText(request)).changes;
  const changeIds = sent.map((change) => {
    const id = isJsonObject(change) ? change.changeId : undefined;
    return typeof id === "string" && id.length <= 64 ? id : null;
  });
  if (answer.results.length !== sent.length) {
    return `${answer.results.length} verdicts for ${sent.length} changes`;
  }
  if (readSyncResponse(answer, changeIds as string[]) === null) {
    return "the client would not take this answer";
  }
  let versions = 0;
  for (const { status, code } of answer.results) {
    const name = code ?? status;
    counts.verdicts[name] = (counts.verdicts[name] ?? 0) + 1;
    if (status === "applied" || status === "merged" || status === "conflict") versions += 1;
  }
  const grown = after.head - before.head;
  return grown === versions ? null : `the log grew by ${grown}, the verdicts speak of ${versions}`;
}

async function plainText({ body, headers }: FuzzRequest): Promise<string> {
  const stream = new Blob([body]).stream();
  const packed = headers["Content-Encoding"] === "gzip";
  return await new Response(packed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream).text();
}
