/**
 * What the server remembers for V1 clients: which log version a token names, and what a request with an
 * idempotency key was answered. A part of the ledger's port; all of it belongs to a key space of a user, so an
 * erase and a restore forget it with everything else.
 *
 * Nothing in the log depends on it: without a token a push is judged by base 0, without an answer a request
 * runs again and finds its changes by their derived changeIds.
 */
import type { HeadToken } from "./ledger_store.ts";
import { utf8 } from "../../shared/universal.ts";

/** What a request with an idempotency key was answered. */
export interface V1Answer {
  /** Digest of the request; another one under the same key is a mistake of the client. */
  digest: string;
  /** JSON text; null where it was too large to be kept. */
  body: string | null;
  /** ms since 1970, server clock. */
  atMs: number;
}

/** The place of one key's answer. */
export interface V1AnswerPlace {
  /** What is there, unless it is older than a day. */
  kept: V1Answer | null;
  /** Puts an answer there; resolves to what stands, which is another's if somebody was faster. */
  keep(answer: V1Answer): Promise<V1Answer>;
}

/** Bounds of what is remembered. */
export const v1NoteBounds = {
  /** How long an answer is kept. */
  answerAgeMsMax: 24 * 60 * 60 * 1000,
  /** Answers of one user; the oldest make room. */
  answersMax: 1000,
  /** Bytes of an answer's body. */
  answerBytesMax: 4 * 1024 * 1024,
} as const;

/** The part of the ledger's store that keeps V1's tokens and answers. */
export interface V1Notes {
  /** The log version that a token names, null for an unknown one. */
  readV1Token(user: string, prefix: number, token: string): Promise<number | null>;
  /**
   * There is at most one token for a version, so they are bounded by the log. Nothing is kept of a key space that
   * the head does not refer to any more; `headToken` as in `writeDevice`.
   */
  keepV1Token(
    user: string,
    prefix: number,
    token: string,
    version: number,
    headToken?: HeadToken,
  ): Promise<void>;
  /** `key` is a digest of the idempotency key: 32 hex digits. */
  openV1Answer(user: string, prefix: number, key: string, nowMs: number): Promise<V1AnswerPlace>;
}

/** Keys with their times, oldest first, after `key` was added at `nowMs`; and those that are to go. */
export function planV1Answers(
  listed: readonly (readonly [key: string, atMs: number])[],
  key: string,
  nowMs: number,
): { listed: (readonly [string, number])[]; dropped: string[] } {
  const others = listed.filter(([listedKey]) => listedKey !== key);
  // A clock that was set back must not keep what has aged by the other clock for ever.
  const fresh = others.filter(([, atMs]) => Math.abs(nowMs - atMs) <= v1NoteBounds.answerAgeMsMax);
  const kept = fresh.slice(Math.max(0, fresh.length - v1NoteBounds.answersMax + 1));
  const keptKeys = new Set(kept.map(([keptKey]) => keptKey));
  return {
    listed: [...kept, [key, nowMs]],
    dropped: others.filter(([other]) => !keptKeys.has(other)).map(([other]) => other),
  };
}

/** The answer as it is kept: without its body if that is too large. */
export function boundV1Answer(answer: V1Answer): V1Answer {
  const tooLarge = answer.body !== null && utf8(answer.body).byteLength > v1NoteBounds.answerBytesMax;
  return tooLarge ? { ...answer, body: null } : { ...answer };
}

/** Whether an answer still counts at `nowMs`. */
export function isFreshAnswer({ atMs }: V1Answer, nowMs: number): boolean {
  return Math.abs(nowMs - atMs) <= v1NoteBounds.answerAgeMsMax;
}
