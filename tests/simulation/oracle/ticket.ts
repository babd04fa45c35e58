/** One exchange while the ledger works on it: what the judge knows of it. */
import type { ExchangeRequest } from "../../../api/mod.ts";
import type { PushedChange } from "../../../shared/mod.ts";
import type { HistoryLine } from "./history_line.ts";

/** One exchange that the ledger works on. */
export interface Ticket {
  user: string;
  request: ExchangeRequest;
  changes: PushedChange[];
  line: HistoryLine;
  /** Head of `line` when it began. */
  beganAt: number;
  /** Server time when it began. */
  beganAtMs: number;
  /** Head of `pushesInto` when it began, or began again there. */
  head: number;
  /** Versions made by this request's changes, replays among them. */
  own: Set<number>;
  /** First change that the model has not judged. */
  next: number;
  /** Changes that this very exchange has settled. */
  made: Set<string>;
  /** Server time that it gives all its rows; null before the first. */
  createdAt: string | null;
  /** The history that it pushes into; an erase under its feet makes it begin again in another. */
  pushesInto: HistoryLine;
}
