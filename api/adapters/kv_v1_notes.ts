/**
 * V1's tokens and answers in Deno KV, below the number of the key space that they belong to:
 *
 *     ["legacy", user, prefix, "token", token]          the log version it names
 *     ["legacy", user, prefix, "answers"]               keys of the answers and their times, oldest first
 *     ["legacy", user, prefix, "answer", key]           one answer
 *     ["legacy", user, prefix, "part", key, nonce, i]   pieces of an answer too large for one key
 *
 * Invariant: an answer and its place in the list are written in one commit that checks both, so the list
 * bounds the answers. Pieces are written before. Answers and pieces go by themselves after a day, also those that
 * came behind an erase.
 */
import {
  boundV1Answer,
  isFreshAnswer,
  planV1Answers,
  type V1Answer,
  type V1AnswerPlace,
  v1NoteBounds,
  type V1Notes,
} from "../ledger/v1_notes.ts";
import { StoreBusyError } from "../store_busy_error.ts";
import { writeBesideHead } from "./kv_beside_head.ts";
import { whileLocked } from "./kv_lock.ts";
import { getAll } from "./kv_read.ts";
import { decodeJson, encodeJson, encodeManifest, joinParts, readManifest, splitBytes } from "./kv_values.ts";

/** Bytes of an answer in one piece: below what a value may have. */
const inlineAnswerBytesMax = 60_000;
/** Attempts against others that keep answers of the same user. */
const attemptsMax = 12;
/** Answers that one commit deletes. */
const deletesMax = 100;

type Listed = readonly (readonly [key: string, atMs: number])[];

/** The notes of an open database, which the caller closes. */
export function kvV1Notes(kv: Deno.Kv): V1Notes {
  return {
    async readV1Token(user, prefix, token) {
      const { value } = await whileLocked(() => kv.get<Uint8Array>(tokenKey(user, prefix, token)));
      return value ? decodeJson<number>(value) : null;
    },
    keepV1Token: (user, prefix, token, version, headToken) =>
      whileLocked(() => {
        const write = { key: tokenKey(user, prefix, token), value: encodeJson(version) };
        return writeBesideHead({ kv, user, prefix }, write, headToken);
      }),
    openV1Answer: (user, prefix, key, nowMs) =>
      whileLocked(() => openPlace({ kv, user, prefix, key }, nowMs)),
  };
}

interface Place {
  kv: Deno.Kv;
  user: string;
  prefix: number;
  key: string;
}

/** One read of a place: the answer, the list, and what a commit checks. */
interface PlaceRead {
  kept: V1Answer | null;
  listed: Listed;
  checks: Deno.AtomicCheck[];
}

async function openPlace(place: Place, nowMs: number): Promise<V1AnswerPlace> {
  let read: PlaceRead | null = await readPlace(place, nowMs);
  return {
    kept: read.kept,
    async keep(answer) {
      for (let attempt = 1; attempt <= attemptsMax; attempt++) {
        read ??= await whileLocked(() => readPlace(place, answer.atMs));
        const { kept } = read;
        if (kept) return kept;
        const written = await whileLocked(() => writeAnswer(place, read!, answer));
        if (written) return written;
        read = null;
      }
      throw new StoreBusyError();
    },
  };
}

async function readPlace({ kv, user, prefix, key }: Place, nowMs: number): Promise<PlaceRead> {
  const [list, root] = await kv.getMany<[Uint8Array, Uint8Array]>([
    listKey(user, prefix),
    answerKey(user, prefix, key),
  ]);
  const manifest = root.value ? readManifest(root.value) : null;
  const parts = manifest
    ? (await getAll(kv, partKeys(user, prefix, key, manifest.nonce, manifest.parts))).filter((part) => part)
    : [];
  // Pieces that have aged away take their answer along.
  const bytes = manifest
    ? parts.length === manifest.parts ? joinParts(parts as Uint8Array[], manifest.bytes) : null
    : root.value;
  const answer = bytes ? decodeJson<V1Answer>(bytes) : null;
  return {
    kept: answer && isFreshAnswer(answer, nowMs) ? answer : null,
    listed: list.value ? decodeJson<Listed>(list.value) : [],
    checks: [list, root].map(({ key, versionstamp }) => ({ key, versionstamp })),
  };
}

/** The answer as it is kept, or null if somebody else has written meanwhile. */
async function writeAnswer(
  { kv, user, prefix, key }: Place,
  { listed, checks }: PlaceRead,
  answer: V1Answer,
): Promise<V1Answer | null> {
  const kept = boundV1Answer(answer);
  const bytes = encodeJson(kept);
  const expireIn = v1NoteBounds.answerAgeMsMax;
  let root = bytes;
  if (bytes.byteLength > inlineAnswerBytesMax) {
    const pieces = splitBytes(bytes);
    const nonce = crypto.randomUUID();
    const keys = partKeys(user, prefix, key, nonce, pieces.length);
    await Promise.all(pieces.map((piece, i) => kv.set(keys[i]!, piece, { expireIn })));
    root = encodeManifest({ version: 0, nonce, parts: pieces.length, bytes: bytes.byteLength });
  }
  const plan = planV1Answers(listed, key, answer.atMs);
  const commit = kv.atomic().check(...checks)
    .set(listKey(user, prefix), encodeJson(plan.listed), { expireIn })
    .set(answerKey(user, prefix, key), root, { expireIn });
  // What has aged goes by itself; more than a few at once are all of that kind.
  for (const dropped of plan.dropped.slice(0, deletesMax)) commit.delete(answerKey(user, prefix, dropped));
  return (await commit.commit()).ok ? kept : null;
}

function tokenKey(user: string, prefix: number, token: string): Deno.KvKey {
  return ["legacy", user, prefix, "token", token];
}

function listKey(user: string, prefix: number): Deno.KvKey {
  return ["legacy", user, prefix, "answers"];
}

function answerKey(user: string, prefix: number, key: string): Deno.KvKey {
  return ["legacy", user, prefix, "answer", key];
}

function partKeys(user: string, prefix: number, key: string, nonce: string, parts: number): Deno.KvKey[] {
  return Array.from({ length: parts }, (_, i) => ["legacy", user, prefix, "part", key, nonce, i]);
}
