/**
 * Crowded worlds, every fourth one: several server processes on one database whose calls take their time, so that
 * writers of one user really race; and some kinds of operations far more often than others, so that rare ones meet.
 *
 * A world is crowded by its number alone and draws from dice of its own: all other worlds stay what they were.
 */
import { Dice } from "./dice.ts";

/** What is special about a world. */
export interface Crowd {
  /** Server processes; each request goes to any of them. */
  isolates: number;
  /** Longest time that a call of the store takes, ms; 0: none at all. */
  storeMsMax: number;
  /** How much more often poison is drawn. */
  poisonFactor: number;
  /** How much more often a kind of operation is drawn, by name; 1 if it is not here. */
  emphasis: ReadonlyMap<string, number>;
}

const plain: Crowd = { isolates: 1, storeMsMax: 0, poisonFactor: 1, emphasis: new Map() };
/** Edits and their syncs stay what they are: without them nothing is at stake. */
const kept: readonly string[] = ["edit", "burst", "sync"];
const factors = [0, 0, 1, 8] as const;

/** What is special about the world of `seed`, whose operations are of these `kinds`. */
export function crowdOf(seed: number, kinds: readonly string[] = []): Crowd {
  if (seed % 4 !== 2) return plain;
  const dice = Dice.of(seed, "crowd");
  return {
    isolates: dice.between(1, 3),
    storeMsMax: dice.pick([0, 5, 50, 500]),
    poisonFactor: dice.pick([1, 1, 1, 8]),
    emphasis: new Map(kinds.filter((kind) => !kept.includes(kind)).map((kind) => [kind, dice.pick(factors)])),
  };
}

/** Weights of operations as they are in a world. */
export function emphasised<Kind extends string>(
  weights: Readonly<Record<Kind, number>>,
  { emphasis }: Crowd,
): Record<Kind, number> {
  const entries = Object.entries(weights) as [Kind, number][];
  return Object.fromEntries(
    entries.map(([kind, weight]) => [kind, weight * (emphasis.get(kind) ?? 1)]),
  ) as Record<Kind, number>;
}
