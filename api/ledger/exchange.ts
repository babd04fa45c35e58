/**
 * One exchange: where the client stands, what it pushed, what it has to pull.
 *
 *     read head → (raise epoch) → reset: every change `retry`, page from 0
 *                               → else: push → page
 */
import { formatChecksum, limits, type SyncResponse } from "../../shared/mod.ts";
import type { ExchangeRequest, LedgerFailure } from "../ports.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { backoffMs, budget } from "./budget.ts";
import { busy, orBusy } from "./busy.ts";
import { isPaused, paused } from "./paused.ts";
import type { LedgerDeps } from "./deps.ts";
import { formatEpoch, judgeStanding, type Standing } from "./epoch.ts";
import { readGeneration } from "./generation.ts";
import { keepDevice } from "./keep_device.ts";
import type { HeadRead } from "./ledger_store.ts";
import { migrateBefore } from "./migrate.ts";
import { compactedPage, deltaPage, type Page, type PageQuery, unreadPage } from "./page.ts";
import { prepareChanges, type Prepared } from "./prepare.ts";
import { pushChanges, type Pushed, pushNothing } from "./push.ts";
import { type DeviceRow, emptyHead, type Head } from "./records.ts";
import type { UserChain } from "./user_chain.ts";
import { fitConflicts } from "./wire.ts";

type Exchanged = { ok: true; response: SyncResponse } | LedgerFailure;

/** Answers one request; writers of one user wait for each other in `chain`. */
export function exchange(
  deps: LedgerDeps,
  chain: UserChain,
  user: string,
  request: ExchangeRequest,
): Promise<Exchanged> {
  return orBusy(() => exchangeUntilWhole(deps, chain, user, request));
}

/** Starts over when the history was erased or trimmed under the request's feet. */
async function exchangeUntilWhole(
  deps: LedgerDeps,
  chain: UserChain,
  user: string,
  request: ExchangeRequest,
): Promise<Exchanged> {
  const prepared = await prepareChanges(request.changes, deps.sha256Hex);
  for (let round = 0; round < budget.restartsMax; round++) {
    const started = request.changes.length === 0
      ? await startPull(deps, user, request)
      : await chain.run(user, () => startPush(deps, user, request, prepared));
    if (started === null) return busy;
    if (started === "restart") continue;
    if (started === "legacy") {
      const migrated = await migrateBefore(deps, chain, user);
      if (!migrated.ok) return migrated;
      continue;
    }
    if (!started.ok) return started;
    const [page] = await Promise.all([
      readPage(deps, user, request, started, round),
      started.pushed.deviceWritten ? undefined : keepDevice(deps, user, started.device, started.read),
    ]);
    if (page !== "restart") return { ok: true, response: answer(deps, started, page) };
  }
  return busy;
}

/** An exchange whose push is done and whose page is still to be read. */
interface Started {
  ok: true;
  read: HeadRead;
  generation: string;
  standing: Standing;
  pushed: Pushed;
  device: DeviceRow | undefined;
}

/** `restart`: the head moved; `legacy`: rows of the older system come first. */
type NotStarted = LedgerFailure | "restart" | "legacy";

async function startPull(
  deps: LedgerDeps,
  user: string,
  request: ExchangeRequest,
): Promise<NotStarted | Started> {
  const read = await deps.store.readHead(user, request.deviceId?.toLowerCase());
  if (isPaused(deps, read)) return paused;
  if (read.legacyPending) return "legacy";
  return await judge(deps, user, request, read);
}

async function startPush(
  deps: LedgerDeps,
  user: string,
  request: ExchangeRequest,
  prepared: readonly Prepared[],
): Promise<NotStarted | Started> {
  const started = await startPull(deps, user, request);
  if (typeof started === "string" || !started.ok || started.standing.reset) return started;
  const result = await pushChanges(deps, user, request, prepared, started.read, started.device);
  if (!result.ok) return result.code === "busy" ? busy : "restart";
  return { ...started, pushed: result.pushed };
}

/** Finds out where the client stands; raises the epoch where its cursor comes from a lost future. */
async function judge(
  deps: LedgerDeps,
  user: string,
  request: ExchangeRequest,
  read: HeadRead,
): Promise<NotStarted | Started> {
  const generation = await readGeneration(deps, read);
  let head = read.head ?? emptyHead;
  const standing = judgeStanding(head, generation, {
    cursor: request.lastKnownServerVersion,
    ...(request.epoch === undefined ? {} : { epoch: request.epoch }),
  });
  if (standing.raise) {
    head = { ...head, epochNumber: head.epochNumber + 1 };
    const raised = await deps.store.replaceHead(user, read.token, head);
    if (!raised.ok) {
      await deps.clock.sleep(backoffMs(1, deps.random.next()));
      return "restart";
    }
  }
  const pushed = pushNothing(head, request.changes);
  return { ok: true, read, generation, standing, pushed, device: deviceRow(deps, request, head) };
}

function deviceRow(deps: LedgerDeps, request: ExchangeRequest, head: Head): DeviceRow | undefined {
  if (request.deviceId === undefined) return undefined;
  return {
    deviceId: request.deviceId.toLowerCase(),
    lastSeenMs: deps.clock.nowMs(),
    lastKnownServerVersion: Math.min(request.lastKnownServerVersion, head.version),
    prefix: head.prefix,
  };
}

type AnsweredPage = Page & { conflicts: Pushed["conflicts"] };

async function readPage(
  deps: LedgerDeps,
  user: string,
  request: ExchangeRequest,
  { generation, standing, pushed }: Started,
  round: number,
): Promise<AnsweredPage | "restart"> {
  const cursor = standing.reset ? 0 : request.lastKnownServerVersion;
  const { head } = pushed;
  // A log that has a hole where there should be none must not keep a client from its data for ever.
  const lastRound = round === budget.restartsMax - 1;
  const compacted = lastRound || cursor === 0 || cursor < head.floor || request.snapshot === true ||
    request.epoch === undefined;
  const { conflicts, bytes } = fitConflicts(pushed.conflicts, limits.pageBytesMax);
  const own = pushed.rows.filter(({ status }) => status !== "conflict").map(({ version }) => version);
  const query: PageQuery = {
    user,
    generation,
    cursor,
    head,
    foreignUpTo: pushed.foreignUpTo,
    ownRows: pushed.rows,
    ownEntities: pushed.entities,
    leaveOut: new Set(own),
    limit: request.limit ?? limits.pageChangesDefault,
    bytesMax: Math.max(0, limits.pageBytesMax - bytes),
  };
  try {
    const page = await (compacted ? compactedPage : deltaPage)(deps.store, query);
    return page === "restart" ? page : { ...page, conflicts };
  } catch (error) {
    // What was settled must be told; the page can be asked for again.
    if (!(error instanceof StoreBusyError) || pushed.rows.length === 0) throw error;
    return { ...unreadPage(query, compacted), conflicts };
  }
}

function answer(
  deps: LedgerDeps,
  { generation, standing, pushed }: Started,
  page: AnsweredPage,
): SyncResponse {
  const { head, verdicts } = pushed;
  return {
    newChanges: page.newChanges,
    latestServerVersion: page.latest,
    ...(page.conflicts.length > 0 ? { conflicts: page.conflicts } : {}),
    results: verdicts,
    serverVersion: page.serverVersion,
    hasMore: page.hasMore,
    ...(page.snapshot ? { snapshot: true as const } : {}),
    epoch: formatEpoch({ generation, number: head.epochNumber }),
    ...(standing.reset ? { reset: standing.reset } : {}),
    serverTime: new Date(deps.clock.nowMs()).toISOString(),
    // Nothing more behind this page: its cursor is the head whose sum this is.
    ...(page.hasMore ? {} : { checksum: formatChecksum(head.checksum) }),
  };
}
