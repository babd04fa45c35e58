/**
 * Crowded worlds, every fourth one: several server processes on one database whose calls take their time, so that
 * writers of one user really race; and one or two themes far more often than all else, so that rare operations meet.
 *
 * A world is crowded by its number alone and draws from dice of its own: all other worlds stay what they were.
 */
import { Dice } from "./dice.ts";
import { sceneOf } from "./scenes.ts";

/** What is special about a world. */
export interface Crowd {
  /** Server processes; each request goes to any of them. */
  isolates: number;
  /** Longest time that a call of the store takes, ms; 0: none at all. */
  storeMsMax: number;
  /** Share of the requests that reach the server twice at about the same time. */
  doubledShare: number;
  /** Two users, who take turns on the same devices. */
  changesUsers: boolean;
  /** How much more often poison is drawn. */
  poisonFactor: number;
  /** How much more often a kind of operation is drawn, by name; 1 if it is not here. */
  emphasis: ReadonlyMap<string, number>;
}

const plain: Crowd = {
  isolates: 1,
  storeMsMax: 0,
  doubledShare: 0,
  changesUsers: false,
  poisonFactor: 1,
  emphasis: new Map(),
};
/** What a crowded world may be about: operations that mean little without each other. */
const themes: readonly (readonly string[])[] = [
  ["backup", "restore"],
  ["backup", "restore", "freeze"],
  ["erase", "pause-site"],
  ["erase", "pause-site", "go-offline"],
  ["sign-in", "session-ends", "logout", "rotate-keys"],
  ["sign-in", "session-ends", "kill", "power-cut"],
  ["kill", "reload", "open", "power-cut", "tail-lost"],
  ["clone", "scheduled-sync"],
  ["care-for-failed", "resolve", "undo"],
  ["trim", "server-restarts", "scheduled-sync"],
];
const themeFactor = 10;

/** What is special about the world of `seed`. */
export function crowdOf(seed: number): Crowd {
  if (seed % 4 !== 2) return { ...plain, ...sceneOf(seed)?.crowd };
  const dice = Dice.of(seed, "crowd");
  const about = [...dice.pick(themes), ...(dice.chance(0.3) ? dice.pick(themes) : [])];
  return {
    isolates: dice.between(1, 3),
    storeMsMax: dice.pick([50, 500]),
    doubledShare: dice.pick([0, 0.5]),
    changesUsers: about.includes("sign-in"),
    poisonFactor: dice.pick([1, 8]),
    emphasis: new Map(about.map((kind) => [kind, themeFactor])),
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
