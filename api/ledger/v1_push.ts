/**
 * A V1 push: whole records, settled as the changes that they turn out to be. In chunks: read marks and
 * entities, decide in memory, commit with one check of the head, and decide anew what a moved head overtook.
 *
 * Invariants: a decision is used only with the state that its commit's check vouches for, so that no stale
 * difference is ever written; every change has a derived changeId, so that a request that runs again (a retry,
 * a crash before its answer was kept) finds what it has done already.
 */
import { sha256Hex } from "../../shared/universal.ts";
import type { LedgerFailure, V1Push, V1Pushed, V1PushResult } from "../ports.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { budget } from "./budget.ts";
import { busy, orBusy } from "./busy.ts";
import type { LedgerDeps } from "./deps.ts";
import { formatEpoch } from "./epoch.ts";
import { readGeneration } from "./generation.ts";
import type { HeadRead } from "./ledger_store.ts";
import { migrateBefore } from "./migrate.ts";
import { emptyHead } from "./records.ts";
import type { UserChain } from "./user_chain.ts";
import type { V1AnswerPlace } from "./v1_notes.ts";
import { createV1Run, readV1Chunk, settleV1Run, takeV1Chunk, type V1Run } from "./v1_run.ts";
import { v1Token } from "./v1_token.ts";

const answerKeyDigits = 32;

/** Writes the body of the answer. */
export type DescribeV1 = (pushed: V1Pushed) => string;

/** Settles a push; writers of one user wait for each other in `chain`. */
export function pushV1(
  deps: LedgerDeps,
  chain: UserChain,
  user: string,
  push: V1Push,
  describe: DescribeV1,
): Promise<V1PushResult> {
  return orBusy(async () => {
    for (let round = 0; round < budget.restartsMax; round++) {
      const result = await chain.run(user, () => pushInTurn(deps, user, push, describe));
      if (result === null) return busy;
      if (result === "restart") continue;
      if (result !== "legacy") return result;
      const migrated = await migrateBefore(deps, chain, user);
      if (!migrated.ok) return migrated;
    }
    return busy;
  });
}

async function pushInTurn(
  deps: LedgerDeps,
  user: string,
  push: V1Push,
  describe: DescribeV1,
): Promise<V1PushResult | LedgerFailure | "restart" | "legacy"> {
  // Digested meanwhile, so that the reads below start together and cost one step.
  const [read, answerKey] = await Promise.all([
    deps.store.readHead(user, push.deviceId),
    answerKeyOf(push),
  ]);
  if (read.legacyPending) return "legacy";
  const head = read.head ?? emptyHead;
  const epoch = formatEpoch({ generation: await readGeneration(deps, read), number: head.epochNumber });
  const run = createV1Run(deps, user, push, read);
  const chunk = takeV1Chunk(run);
  const [place, named, state] = await Promise.all([
    answerKey === null ? null : deps.store.openV1Answer(user, head.prefix, answerKey, deps.clock.nowMs()),
    push.token === undefined ? null : deps.store.readV1Token(user, head.prefix, push.token),
    readV1Chunk(run, chunk),
  ]);
  const kept = place?.kept ?? null;
  if (kept && kept.digest !== push.idempotency?.digest) return { ok: false, code: "key_reused" };
  if (kept && kept.body !== null) return { ok: true, body: kept.body, replayed: true, pushed: null };

  const zero = await v1Token(user, epoch, 0);
  // A token whose history has ended may still be in the store: it is not what this history would call it.
  const isOurs = named !== null && push.token === await v1Token(user, epoch, named);
  const known = push.token === zero ? 0 : isOurs ? named : null;
  const base = known !== null && known <= head.version ? known : 0;
  // One that is in this key space was given after any erase, whatever history has ended since.
  const mayBeErased = push.token !== undefined && known === null && named === null;
  Object.assign(run, viewOf(push, read, { base, mayBeErased }));
  const outcome = await settleV1Run(run, chunk, state);
  if (outcome !== "done") return outcome === "busy" ? busy : "restart";
  const pushed: V1Pushed = {
    outcomes: run.outcomes,
    // One that is unknown stays so, and names base 0, until the client has pulled.
    token: push.token ?? zero,
    entityCount: run.head.entityCount,
  };
  return await keepAnswer(deps, push, place, describe(pushed), pushed);
}

/** What the author of the push can have seen, and the row of its device. */
function viewOf(
  { deviceId }: V1Push,
  read: HeadRead,
  { base, mayBeErased }: { base: number; mayBeErased: boolean },
): Pick<V1Run, "base" | "fromErased" | "deviceId" | "lastPulled"> {
  const head = read.head ?? emptyHead;
  const known = read.device?.prefix === head.prefix ? read.device.lastKnownServerVersion : 0;
  return {
    base,
    fromErased: mayBeErased && head.lastErasedEpoch !== null,
    lastPulled: Math.max(known, base),
    ...(deviceId === undefined ? {} : { deviceId }),
  };
}

/** What the answer is kept under: a key is the client's choice and may be anything. */
async function answerKeyOf({ idempotency }: V1Push): Promise<string | null> {
  return idempotency ? (await sha256Hex(idempotency.key)).slice(0, answerKeyDigits) : null;
}

async function keepAnswer(
  { clock }: LedgerDeps,
  { idempotency }: V1Push,
  place: V1AnswerPlace | null,
  body: string,
  pushed: V1Pushed,
): Promise<V1PushResult> {
  if (!place || !idempotency) return { ok: true, body, replayed: false, pushed };
  const { digest } = idempotency;
  try {
    const standing = await place.keep({ digest, body, atMs: clock.nowMs() });
    if (standing.digest !== digest) return { ok: false, code: "key_reused" };
    return { ok: true, body: standing.body ?? body, replayed: false, pushed };
  } catch (error) {
    // What was pushed stands; the same request again would find it by its changeIds.
    if (!(error instanceof StoreBusyError)) throw error;
    return { ok: true, body, replayed: false, pushed };
  }
}
