/**
 * Entries and goals as this page reads them. Records come from any client and any year, so reading is
 * tolerant (a missing or odd field reads as none) and writing touches only the fields a person changed.
 */
import type { JsonObject } from "../../shared/mod.ts";

export const sessionKinds = [
  "practice",
  "technique",
  "lesson",
  "rehearsal",
  "performance",
  "status_change",
] as const;
export const moods = ["frustrated", "neutral", "satisfied", "excited"] as const;
export const goalStatuses = ["active", "paused", "completed", "cancelled"] as const;

/** One piece of an entry. */
export interface Piece {
  id?: string;
  title: string;
  composer?: string | null;
  measures?: string | null;
  tempo?: number | null;
}

/** A practice session. */
export interface Entry {
  id: string;
  /** When it was, wall ms. */
  atMs: number;
  /** Minutes, may be 12.5. */
  minutes: number;
  kind: string;
  instrument: string;
  pieces: Piece[];
  techniques: string[];
  notes: string;
  mood: string;
  tags: string[];
}

/** A step of a goal. */
export interface Milestone {
  id: string;
  title: string;
  completed: boolean;
  completedAt?: string;
}

/** Something to work towards. */
export interface Goal {
  id: string;
  title: string;
  description: string;
  /** ISO date, or "". */
  targetDate: string;
  /** 0 to 100. */
  progress: number;
  milestones: Milestone[];
  status: string;
}

const text = (value: unknown): string => typeof value === "string" ? value : "";
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
const objects = (value: unknown): JsonObject[] =>
  Array.isArray(value)
    ? value.filter((item) => typeof item === "object" && item !== null && !Array.isArray(item))
    : [];
const number = (value: unknown): number => typeof value === "number" && Number.isFinite(value) ? value : 0;

/** Reads records, each object once: the view hands out the same frozen object until it changes. */
function remembered<T extends object>(read: (data: Readonly<JsonObject>) => T): typeof read {
  const known = new WeakMap<object, T>();
  return (data) => {
    let record = known.get(data);
    if (!record) known.set(data, record = read(data));
    return record;
  };
}

/** Reads a `logbook_entry`. */
export const readEntry = remembered((data): Entry => ({
  id: text(data.id),
  atMs: Date.parse(text(data.timestamp)) || number(data.timestamp),
  minutes: Math.max(0, number(data.duration)),
  kind: text(data.type) || "practice",
  instrument: text(data.instrument),
  pieces: objects(data.pieces).filter((piece) => text(piece.title)) as unknown as Piece[],
  techniques: texts(data.techniques),
  notes: text(data.notes),
  mood: text(data.mood),
  tags: texts(data.tags),
}));

/** Reads a `goal`. */
export const readGoal = remembered((data): Goal => ({
  id: text(data.id),
  title: text(data.title) || "Untitled goal",
  description: text(data.description),
  targetDate: text(data.targetDate).slice(0, 10),
  progress: Math.min(100, Math.max(0, number(data.progress))),
  milestones: objects(data.milestones).filter((step) => text(step.title)) as unknown as Milestone[],
  status: text(data.status) || "active",
}));

/** What an entry is called: its pieces, else its techniques, else its kind. */
export function entryTitle({ pieces, techniques, kind }: Entry): string {
  const names = pieces.length ? pieces.map(({ title }) => title) : techniques;
  const title = names.length ? names.join(", ") : kindName(kind);
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** "status_change" → "Status change". */
export function kindName(kind: string): string {
  const words = kind.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
