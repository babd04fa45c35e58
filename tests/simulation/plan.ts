/**
 * What people, devices and operators do in one world: a list of operations with their times, drawn from the seed
 * and from nothing else, so that any part of the list is a world of its own.
 */
import type { ChangeIntent, JsonObject } from "../../shared/mod.ts";
import { crowdOf, emphasised } from "./crowd.ts";
import { Dice } from "./dice.ts";
import { type Scene, sceneOf } from "./scenes.ts";

/** What an operation does; `weights` says how often. */
const weights = {
  edit: 46,
  burst: 4,
  sync: 8,
  "scheduled-sync": 2,
  visibility: 4,
  "go-offline": 3,
  partition: 3,
  kill: 4,
  reload: 2,
  open: 3,
  freeze: 3,
  bfcache: 1,
  "world-sleeps": 1,
  "power-cut": 0.7,
  "tail-lost": 0.4,
  evict: 0.5,
  clone: 0.4,
  "clock-jump": 1.5,
  "sign-in": 1.6,
  "session-ends": 0.8,
  logout: 0.7,
  "rotate-keys": 0.6,
  backup: 1.2,
  restore: 1,
  "server-restarts": 1,
  trim: 1.5,
  erase: 0.5,
  "service-paused": 0.4,
  undo: 1,
  resolve: 2.5,
  "care-for-failed": 2.5,
  "pause-site": 0.6,
  "discard-all": 0.15,
} as const;
/** Kind of an operation. */
export type OperationKind = keyof typeof weights;

/** One operation; what it needs beyond its kind is drawn when the plan is made. */
export interface Operation {
  index: number;
  kind: OperationKind;
  /** Virtual ms since the operation before it. */
  gapMs: number;
  device: number;
  /** Which of the pages that are open. */
  page: number;
  intents: ChangeIntent[];
  /** For whatever takes time. */
  durationMs: number;
  /** For choices: 0 ≤ n < 1. */
  choice: number;
  user: string;
}

/** A world before anything happens. */
export interface Plan {
  devices: DevicePlan[];
  operations: Operation[];
  /** Most changes of a page of the server's answers. */
  pageLimit: number;
  stepsPerCommitMax: number;
  /** What the person does with failed changes in the end: repairs the cause, or gives them up. */
  repairsInTheEnd: boolean;
  /** The browsers say "online" when the faults end; otherwise clients must find out by themselves. */
  signalsInTheEnd: boolean;
}

export interface DevicePlan {
  user: string;
  pages: number;
  hasLocks: boolean;
  visible: boolean;
  clockOffsetMs: number;
  driftPpm: number;
  tokenValidMs: number;
  schemaVersion: number;
}

/** Rises when the same seed gives another world: what is in `seeds.json` then means nothing any more. */
export const scenarioVersion = 1;

const tenYearsMs = 10 * 365 * 86_400_000;
const usersAll = ["ada", "bob"] as const;

/** Draws the world of a seed. */
export function makePlan(seed: number): Plan {
  const dice = Dice.of(seed, "plan");
  const scene = sceneOf(seed);
  if (scene) return makeScenePlan(dice, scene);
  const crowd = crowdOf(seed);
  const users = usersAll.slice(0, dice.chance(0.25) || crowd.changesUsers ? 2 : 1);
  const size = dice.next();
  const count = size < 0.86
    ? dice.between(5, 40)
    : size < 0.98
    ? dice.between(40, 100)
    : dice.between(100, 200);
  const devices = Array.from(
    { length: dice.weighted({ 2: 60, 3: 28, 4: 8, 5: 4 }) as unknown as number },
    () => 0,
  );
  const schemas = dice.chance(0.15);
  const shape: Shape = {
    weights: emphasised(weights, crowd),
    users,
    devices: devices.length,
    entities: dice.between(1, 6),
    poison: (dice.chance(0.5) ? 0.01 + dice.next() * 0.04 : 0) * crowd.poisonFactor,
    gapMs: dice.pick([200, 800, 2_500, 8_000]),
    big: dice.chance(0.006),
    deletes: dice.pick([0.1, 0.2, 0.5]),
  };
  return {
    devices: Array.from(devices, () => drawDevice(dice, users, schemas)),
    operations: Array.from({ length: count }, (_, index) => drawOperation(dice, index, shape)),
    pageLimit: dice.pick([1000, 1000, 1, 2, 5]),
    stepsPerCommitMax: dice.pick([200, 200, 1, 2, 3]),
    repairsInTheEnd: dice.chance(0.5),
    signalsInTheEnd: dice.chance(0.7),
  };
}

/** Draws a directed world. */
function makeScenePlan(dice: Dice, scene: Scene): Plan {
  const users = usersAll.slice(0, scene.changesUsers ? 2 : 1);
  const devices = dice.between(...scene.devices);
  const shape: Shape = {
    weights: scene.weights as Record<OperationKind, number>,
    users,
    devices,
    entities: dice.pick(scene.entities),
    poison: 0,
    gapMs: dice.pick(scene.gapMs),
    big: false,
    deletes: scene.deletes,
    ...(scene.durationMs ? { durationMs: scene.durationMs } : {}),
  };
  const drawSceneDevice = (): DevicePlan => ({
    ...drawDevice(dice, users, false),
    pages: dice.between(...scene.pages),
    hasLocks: dice.chance(scene.locks),
    tokenValidMs: 3_600_000,
  });
  return {
    devices: Array.from({ length: devices }, drawSceneDevice),
    operations: Array.from(
      { length: dice.between(...scene.operations) },
      (_, index) => drawOperation(dice, index, shape),
    ),
    pageLimit: dice.pick(scene.pageLimits),
    stepsPerCommitMax: scene.stepsPerCommitMax ?? dice.pick([200, 2]),
    repairsInTheEnd: dice.chance(0.5),
    signalsInTheEnd: dice.chance(0.7),
  };
}

interface Shape {
  weights: Readonly<Record<OperationKind, number>>;
  users: readonly string[];
  devices: number;
  entities: number;
  poison: number;
  gapMs: number;
  big: boolean;
  deletes: number;
  /** How long takes what takes time, but for a world that sleeps. */
  durationMs?: readonly [number, number];
}

function drawDevice(dice: Dice, users: readonly string[], schemas: boolean): DevicePlan {
  return {
    user: dice.pick(users),
    pages: Number(dice.weighted({ 1: 62, 2: 28, 3: 7, 4: 3 })),
    hasLocks: dice.chance(0.75),
    visible: dice.chance(0.65),
    clockOffsetMs: dice.chance(0.4) ? Math.round((dice.next() * 2 - 1) * tenYearsMs) : 0,
    driftPpm: dice.chance(0.3) ? dice.between(-500, 500) : 0,
    tokenValidMs: dice.chance(0.3) ? dice.between(1_000, 120_000) : 3_600_000,
    schemaVersion: schemas ? dice.below(3) : 0,
  };
}

function drawOperation(dice: Dice, index: number, shape: Shape): Operation {
  const kind = dice.weighted(shape.weights);
  const edits = kind === "edit" ? 1 : kind === "burst" ? dice.between(2, 9) : 0;
  const sleeps = kind === "world-sleeps";
  return {
    index,
    kind,
    gapMs: Math.round(-Math.log(1 - dice.next()) * shape.gapMs),
    device: dice.below(shape.devices),
    page: dice.below(12),
    intents: Array.from({ length: edits }, () => drawIntent(dice, shape)),
    durationMs: sleeps
      ? spread(dice, 1_000, 30 * 86_400_000)
      : spread(dice, ...(shape.durationMs ?? [500, 300_000] as const)),
    choice: dice.next(),
    user: dice.pick(shape.users),
  };
}

/** From `least` to `most`, every order of magnitude alike. */
function spread(dice: Dice, least: number, most: number): number {
  return Math.round(least * (most / least) ** dice.next());
}

function drawIntent(dice: Dice, { entities, poison, big, deletes }: Shape): ChangeIntent {
  const entityType = dice.chance(0.75) ? "goal" : "note";
  const base = { entityType, entityId: `e${dice.below(entities)}` };
  if (dice.chance(poison)) return poisoned(dice, base);
  const roll = dice.next();
  if (roll < deletes) return { type: "DELETED", ...base };
  const data = drawData(dice, big);
  if (roll < deletes + 0.25) return { type: "CREATED", ...base, data };
  const unset = dice.chance(0.15)
    ? [dice.pick(["a", "b", "c"])].filter((name) => !Object.hasOwn(data, name))
    : [];
  return { type: "UPDATED", ...base, data, ...(unset.length > 0 ? { unset } : {}) };
}

function drawData(dice: Dice, big: boolean): JsonObject {
  const data: JsonObject = {};
  for (const name of ["a", "b", "c"]) {
    if (dice.chance(0.5)) {
      data[name] = dice.pick<unknown>([dice.below(3), dice.below(1000), null, "é", { n: [1] }]);
    }
  }
  if (Object.keys(data).length === 0) data.a = dice.below(1000);
  // Two of these do not fit one entity, five not one request.
  if (big && dice.chance(0.3)) {
    data[dice.pick(["a", "b", "c"])] = "x".repeat(dice.pick([100_000, 200_000, 262_100]));
  }
  return data;
}

/** What the server refuses: by the site's rules, or because it is about nothing. */
function poisoned(dice: Dice, base: { entityType: string; entityId: string }): ChangeIntent {
  const note = { ...base, entityType: "note" };
  if (dice.chance(0.4)) return { type: "CREATED", ...note, data: { poison: true, a: dice.below(9) } };
  if (dice.chance(0.5)) return { type: "UPDATED", ...note, data: { poison: true } };
  return { type: "UPDATED", ...base, entityId: `never${dice.below(3)}`, data: { a: 1 } };
}
