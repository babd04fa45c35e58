/**
 * Generates a practice log: entries and goals as old systems hold them, with their sizes and their nulls (a
 * rich entry is about 767 bytes of JSON, a minimal one 316, a goal 497). Pure: the same arguments give the
 * same records.
 */
import type { JsonObject } from "../../shared/mod.ts";
import { goalDescriptions, goalTitles, remarks, repertoire, techniqueNames } from "./repertoire.ts";
import { type SeededRandom, seededRandom } from "./seeded_random.ts";

/** A record to create: its entity type and its data, `data.id` included. */
export interface DemoRecord {
  type: "logbook_entry" | "goal";
  data: JsonObject & { id: string };
}

const dayMs = 86_400_000;
/** One record in this many is a goal. */
const goalEvery = 25;
/** Share of entries that were written with care; the others are a duration and little more. */
const richShare = 0.4;

/**
 * `count` records, oldest first; the last practice is on the day before `endMs` (default: 1 August 2025 UTC),
 * about two entries a day going back from there.
 */
export function makeDemoRecords(seed: number, count: number, endMs = Date.UTC(2025, 7, 1)): DemoRecord[] {
  const random = seededRandom(seed);
  const goals: DemoRecord[] = [];
  for (let n = 0; n < Math.floor(count / goalEvery); n++) goals.push(goal(random, endMs));
  const goalIds = goals.map(({ data }) => data.id);
  const entries: DemoRecord[] = [];
  for (let left = count - goals.length; left > 0; left--) {
    entries.push(entry(random, practiceTime(random, endMs, left), goalIds));
  }
  return [...goals, ...entries];
}

/** Mornings before work and evenings after it; most of all evenings. */
function practiceTime(random: SeededRandom, endMs: number, left: number): number {
  const day = Math.floor(endMs / dayMs) - Math.ceil(left / 2);
  const minutes = random.chance(0.25) ? random.integer(7 * 60, 9 * 60) : random.integer(16 * 60, 21 * 60);
  return day * dayMs + minutes * 60_000 + random.integer(0, 59_999);
}

function entry(random: SeededRandom, atMs: number, goalIds: readonly string[]): DemoRecord {
  return {
    type: "logbook_entry",
    data: random.chance(richShare) ? rich(random, atMs, goalIds) : minimal(random, atMs),
  };
}

function rich(random: SeededRandom, atMs: number, goalIds: readonly string[]): JsonObject & { id: string } {
  const main = random.pick(repertoire);
  const pieces = [main];
  if (random.chance(0.3)) {
    const others = repertoire.filter((piece) => piece.instrument === main.instrument && piece !== main);
    pieces.push(random.pick(others));
  }
  const score = pieceId(main);
  return {
    id: random.id(21),
    timestamp: iso(atMs),
    duration: random.chance(0.08) ? random.integer(5, 30) + 0.5 : random.integer(3, 18) * 5,
    type: random.pick([
      "practice",
      "practice",
      "practice",
      "technique",
      "lesson",
      "rehearsal",
      "performance",
    ]),
    instrument: main.instrument,
    pieces: pieces.map((piece) => {
      const first = random.integer(1, 60);
      return {
        id: pieceId(piece),
        title: piece.title,
        composer: piece.composer,
        measures: random.chance(0.6) ? `${first}-${first + random.integer(8, 40)}` : null,
        tempo: random.chance(0.6) ? random.integer(40, 132) : null,
      };
    }),
    techniques: some(random, techniqueNames, 4),
    goalIds: goalIds.length && random.chance(0.4) ? [random.pick(goalIds)] : [],
    notes: `${random.pick(remarks)} ${random.pick(remarks)}`,
    mood: random.pick(["satisfied", "neutral", "excited", "frustrated", null]),
    tags: some(random, ["evening", "morning", "slow work", "recital", "with teacher"], 2),
    metadata: { source: random.chance(0.7) ? "manual" : "timer" },
    scoreId: score,
    scoreTitle: main.title,
    ...(main.composer === null ? {} : { scoreComposer: main.composer }),
    autoTracked: random.chance(0.2),
    createdAt: iso(atMs + random.integer(1, 90) * 60_000),
    updatedAt: iso(atMs + random.integer(91, 600) * 60_000),
  };
}

function minimal(random: SeededRandom, atMs: number): JsonObject & { id: string } {
  const at = iso(atMs);
  return {
    id: `entry_${atMs}_${random.id(9).toLowerCase()}`,
    timestamp: at,
    duration: random.integer(2, 9) * 5,
    type: "practice",
    instrument: random.pick(["piano", "guitar", "violin", "cello"]),
    pieces: [],
    techniques: [],
    goalIds: [],
    notes: null,
    mood: null,
    tags: [],
    metadata: { source: "manual" },
    createdAt: at,
    updatedAt: at,
  };
}

function goal(random: SeededRandom, endMs: number): DemoRecord {
  const piece = random.pick(repertoire);
  const startMs = endMs - random.integer(20, 300) * dayMs;
  const status = random.pick(["active", "active", "active", "paused", "completed"]);
  const isDone = status === "completed";
  const description = random.pick(goalDescriptions);
  const half = random.integer(20, 40);
  const data = {
    id: random.id(21),
    title: random.pick(goalTitles).replace("{piece}", piece.title),
    ...(description === null ? {} : { description }),
    targetDate: iso(endMs + random.integer(10, 200) * dayMs).slice(0, 10),
    progress: isDone ? 100 : random.integer(0, 18) * 5,
    milestones: [
      { id: "ms_1", title: `Bars 1-${half}`, completed: true, completedAt: iso(startMs + 9 * dayMs) },
      { id: "ms_2", title: `Memorise ${half + 1}-${half * 2}`, completed: isDone },
      { id: "ms_3", title: "Play it for someone", completed: isDone },
    ],
    status,
    linkedEntries: [random.id(21)],
    createdAt: iso(startMs),
    updatedAt: iso(startMs + 12 * dayMs),
    ...(isDone ? { completedAt: iso(startMs + 12 * dayMs) } : {}),
  };
  return { type: "goal", data };
}

function some(random: SeededRandom, choices: readonly string[], max: number): string[] {
  const count = random.integer(0, max);
  return [...new Set(Array.from({ length: count }, () => random.pick(choices)))];
}

function pieceId({ title, composer }: { title: string; composer: string | null }): string {
  return `${title}-${composer?.split(" ").at(-1) ?? "traditional"}`.toLowerCase();
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
