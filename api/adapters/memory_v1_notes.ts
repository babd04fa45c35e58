/** V1's tokens and answers in memory; the twin of the one on Deno KV. */
import {
  boundV1Answer,
  isFreshAnswer,
  planV1Answers,
  type V1Answer,
  type V1AnswerPlace,
  type V1Notes,
} from "../ledger/v1_notes.ts";

interface SpaceNotes {
  tokens: Map<string, number>;
  answers: Map<string, V1Answer>;
  listed: (readonly [string, number])[];
}

/** The notes, and how a key space of them is forgotten. */
export interface MemoryV1Notes {
  notes: V1Notes;
  forget(user: string, prefix: number): void;
  forgetAll(): void;
}

/** Notes that live as long as their object; `prefixOf` tells the key space that a user's head refers to. */
export function memoryV1Notes(prefixOf: (user: string) => number): MemoryV1Notes {
  const spaces = new Map<string, SpaceNotes>();
  const nameOf = (user: string, prefix: number) => `${prefix}/${user}`;
  const spaceOf = (user: string, prefix: number): SpaceNotes => {
    const name = nameOf(user, prefix);
    const space = spaces.get(name) ?? { tokens: new Map(), answers: new Map(), listed: [] };
    spaces.set(name, space);
    return space;
  };
  return {
    notes: {
      readV1Token: (user, prefix, token) => Promise.resolve(spaceOf(user, prefix).tokens.get(token) ?? null),
      keepV1Token(user, prefix, token, version) {
        if (prefixOf(user) === prefix) spaceOf(user, prefix).tokens.set(token, version);
        return Promise.resolve();
      },
      openV1Answer(user, prefix, key, nowMs) {
        const space = spaceOf(user, prefix);
        const keptAt = (atMs: number): V1Answer | null => {
          const answer = space.answers.get(key);
          return answer && isFreshAnswer(answer, atMs) ? { ...answer } : null;
        };
        const place: V1AnswerPlace = {
          kept: keptAt(nowMs),
          keep(answer) {
            const standing = keptAt(answer.atMs);
            if (standing) return Promise.resolve(standing);
            const { listed, dropped } = planV1Answers(space.listed, key, answer.atMs);
            const kept = boundV1Answer(answer);
            space.listed = listed;
            for (const other of dropped) space.answers.delete(other);
            space.answers.set(key, kept);
            return Promise.resolve({ ...kept });
          },
        };
        return Promise.resolve(place);
      },
    },
    forget: (user, prefix) => void spaces.delete(nameOf(user, prefix)),
    forgetAll: () => spaces.clear(),
  };
}
