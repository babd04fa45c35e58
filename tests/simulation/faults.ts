/**
 * Which faults a world has, and how often each strikes. The rates are drawn from the seed; a kind that is left
 * out (when a failing run is shrunk) strikes never, and the dice of the others do not notice.
 */
import { Dice } from "./dice.ts";
import { sceneOf } from "./scenes.ts";

/** Faults that strike by themselves, at the point named first. */
export const faultKinds = [
  "net-lost-before",
  "net-lost-after",
  "net-delay",
  "net-duplicate",
  "net-reorder",
  "net-truncate",
  "net-portal",
  "net-401",
  "net-413",
  "net-429",
  "net-500",
  "net-503",
  "ledger-check",
  "ledger-throw-before",
  "ledger-throw-after",
  "ledger-slow",
  "ledger-page",
  "disk-quota",
  "disk-abort",
  "disk-open-hangs",
  "disk-closed",
  "disk-slow",
  "tab-killed",
  "lock-stolen",
  "token-callback",
  "ledger-list-slow",
] as const;
/** One of {@linkcode faultKinds}. */
export type FaultKind = (typeof faultKinds)[number];

/** Most a kind strikes, as a share of its chances: a store that fails more often would never do anything. */
const rateMax: Record<FaultKind, number> = {
  "net-lost-before": 0.4,
  "net-lost-after": 0.4,
  "net-delay": 0.3,
  "net-duplicate": 0.4,
  "net-reorder": 0.4,
  "net-truncate": 0.3,
  "net-portal": 0.3,
  "net-401": 0.15,
  "net-413": 0.15,
  "net-429": 0.2,
  "net-500": 0.3,
  "net-503": 0.3,
  "ledger-check": 0.4,
  "ledger-throw-before": 0.15,
  "ledger-throw-after": 0.3,
  "ledger-slow": 0.15,
  "ledger-page": 0.3,
  "disk-quota": 0.1,
  "disk-abort": 0.1,
  "disk-open-hangs": 0.05,
  "disk-closed": 0.05,
  "disk-slow": 0.4,
  "tab-killed": 0.02,
  "lock-stolen": 0.3,
  "token-callback": 0.2,
  // In directed worlds only: it costs much time.
  "ledger-list-slow": 0,
};

/** Share of the kinds that a world has: few at once find other things than all at once. */
const presentShares = [0.08, 0.2, 0.5];
/** Worlds without any fault of this sort: operations alone find things too. */
const calmShare = 0.1;

/** The faults of one world. */
export class Faults {
  /** How often each has struck, operations among them. */
  readonly struck = new Map<string, number>();
  /** False from the moment on when the world heals. */
  active = true;
  readonly #rates = new Map<FaultKind, number>();
  readonly #dice = new Map<string, Dice>();

  constructor(private readonly seed: number, without: ReadonlySet<string>) {
    const dice = Dice.of(seed, "faults");
    const present = dice.chance(calmShare) ? 0 : dice.pick(presentShares);
    const directed = sceneOf(seed)?.rates;
    for (const kind of faultKinds) {
      const drawn = dice.chance(present) ? dice.next() * rateMax[kind] : 0;
      const rate = directed ? directed[kind] ?? 0 : drawn;
      if (!without.has(kind)) this.#rates.set(kind, rate);
    }
  }

  /** Kinds that may strike in this world. */
  get kinds(): FaultKind[] {
    return faultKinds.filter((kind) => (this.#rates.get(kind) ?? 0) > 0);
  }

  /** Whether `kind` strikes now, at `place`: each place has dice of its own. */
  strikes(kind: FaultKind, place: string): boolean {
    const rate = this.#rates.get(kind) ?? 0;
    if (!this.active || rate === 0) return false;
    const hit = this.diceOf(kind, place).chance(rate);
    if (hit) this.count(kind);
    return hit;
  }

  /** The dice of a fault at a place, for its details. */
  diceOf(kind: string, place: string): Dice {
    const name = `${kind} ${place}`;
    let dice = this.#dice.get(name);
    if (!dice) this.#dice.set(name, dice = Dice.of(this.seed, name));
    return dice;
  }

  /** Notes that something struck. */
  count(kind: string): void {
    this.struck.set(kind, (this.struck.get(kind) ?? 0) + 1);
  }
}
