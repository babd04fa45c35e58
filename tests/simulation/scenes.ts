/**
 * Directed worlds, every eighth one: each is about one meeting of things that the other worlds rarely get to, with
 * few kinds of operations and of faults, and those often. What a bug needs is there; when it happens is the dice's.
 *
 * A world is directed by its number alone and draws from dice of its own: all other worlds stay what they were.
 */
import type { Crowd } from "./crowd.ts";
import { Dice } from "./dice.ts";
import type { FaultKind } from "./faults.ts";
import type { OperationKind } from "./plan.ts";

/** What a directed world is made of. */
export interface Scene {
  about: string;
  /** The only kinds of operations, and how often each is drawn. */
  weights: Partial<Record<OperationKind, number>>;
  /** The only faults that strike by themselves: share of their chances, 0 to 1. */
  rates: Partial<Record<FaultKind, number>>;
  /** Two users, who take turns on the same devices. */
  changesUsers?: boolean;
  /** Least and most of them. */
  operations: readonly [number, number];
  devices: readonly [number, number];
  pages: readonly [number, number];
  /** Share of the devices whose browser has Web Locks. */
  locks: number;
  /** Records that are edited. */
  entities: readonly number[];
  /** Share of the edits that delete. */
  deletes: number;
  /** Mean virtual ms between two operations. */
  gapMs: readonly number[];
  /** How long takes what takes time, and how old a log must be to be trimmed, virtual ms. */
  durationMs?: readonly [number, number];
  /** Most changes of a page of the server's answers. */
  pageLimits: readonly number[];
  /** Steps of one commit of the server's store. */
  stepsPerCommitMax?: number;
  crowd?: Partial<Crowd>;
  /** When all has been done, the server fails for an hour before anything heals. */
  outage?: boolean;
}

const usual = {
  operations: [20, 60],
  devices: [2, 3],
  pages: [1, 2],
  locks: 0.75,
  entities: [1, 2, 4],
  deletes: 0.2,
  gapMs: [800, 2_500],
  pageLimits: [1000, 1, 5],
} as const;

const scenes: readonly Scene[] = [
  {
    ...usual,
    about: "a server goes back while answers of its old history are under way",
    weights: { edit: 20, burst: 5, sync: 12, backup: 5, restore: 5, partition: 2, visibility: 2 },
    rates: { "net-reorder": 0.4, "net-lost-after": 0.2, "net-delay": 0.05 },
    operations: [30, 90],
    pages: [1, 3],
    locks: 0.3,
    entities: [2, 4],
    deletes: 0.3,
    pageLimits: [1000, 1, 2],
  },
  {
    ...usual,
    about: "everything is erased while devices hear that the server went back",
    weights: { edit: 12, sync: 15, backup: 6, restore: 8, erase: 3 },
    rates: { "net-reorder": 0.5 },
    operations: [40, 100],
    gapMs: [800],
  },
  {
    ...usual,
    about: "the log is trimmed while a page of it is read",
    weights: { burst: 10, sync: 20, trim: 20 },
    rates: { "ledger-list-slow": 0.3 },
    operations: [100, 200],
    devices: [3, 4],
    pages: [1, 1],
    deletes: 0.05,
    gapMs: [150, 400],
    durationMs: [500, 6_000],
    entities: [8],
    pageLimits: [1, 2, 4],
    stepsPerCommitMax: 1,
    crowd: { isolates: 3, storeMsMax: 200 },
  },
  {
    ...usual,
    about: "what nobody had written is adopted, and somebody else signs in",
    weights: { edit: 20, logout: 8, "sign-in": 10, sync: 4, kill: 2 },
    rates: { "disk-abort": 0.2, "disk-slow": 0.2, "tab-killed": 0.02, "token-callback": 0.1 },
    operations: [30, 90],
    changesUsers: true,
    devices: [1, 2],
  },
  {
    ...usual,
    about: "edits of a record while an answer with others' edits of it is under way",
    weights: { edit: 30, sync: 10, visibility: 1 },
    rates: { "net-reorder": 0.4 },
    pages: [1, 1],
    entities: [1],
    deletes: 0.05,
    gapMs: [800],
  },
  {
    ...usual,
    about: "profiles that are copied with their disk and their deviceId",
    weights: { edit: 20, clone: 3, sync: 8, kill: 2, visibility: 2 },
    rates: { "net-lost-after": 0.1, "net-reorder": 0.1 },
    devices: [1, 2],
  },
  {
    ...usual,
    about: "a server that fails on what it is sent, for long",
    weights: { edit: 20, burst: 2, sync: 15, reload: 1, visibility: 2 },
    rates: { "net-500": 0.95, "net-lost-after": 0.05 },
    operations: [10, 40],
    gapMs: [8_000],
    outage: true,
  },
  {
    ...usual,
    about: "a server that takes changes but cannot read its pages",
    weights: { edit: 20, burst: 4, sync: 8, kill: 1, reload: 1 },
    rates: { "ledger-page": 1 },
    operations: [10, 30],
    gapMs: [8_000],
  },
];

/** The directed world of `seed`; undefined if it is none. */
export function sceneOf(seed: number): Scene | undefined {
  return seed % 8 === 3 ? Dice.of(seed, "scene").pick(scenes) : undefined;
}
