/** Reference model of the ledger's rules, written apart: only a list of rows, asked anew each time. */
export interface ModelChange {
  changeId: string;
  type: "CREATED" | "UPDATED" | "DELETED";
  entityId: string;
  data?: Record<string, unknown>;
  unset?: string[];
  baseVersion: number;
}
interface Row {
  version: number;
  id: string;
  device: string;
  wrote?: string[] | null; // fields; null for a deletion; absent for a row without effect
  after?: Record<string, unknown> | null; // the entity after it
}
type Verdict = { status: string; version?: number; original?: string; reason?: string };

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const sorted = (o: Record<string, unknown>) => Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1));

export class LedgerModel {
  rows: Row[] = [];
  marks = new Map<string, { version: number; status: string }>();

  /** Rows that had an effect on an entity, oldest first. */
  private past(id: string): Row[] {
    return this.rows.filter((row) => row.id === id && row.wrote !== undefined);
  }
  /** The entity now: its data, null when deleted, undefined when it never was. */
  get = (id: string) => this.past(id).at(-1)?.after;
  state(): Map<string, Record<string, unknown>> {
    const all = this.rows.map(({ id }) => [id, this.get(id)] as const);
    return new Map(all.flatMap(([id, now]) => now ? [[id, now]] : []));
  }
  push(device: string, changes: ModelChange[], own = new Set<number>()): Verdict[] {
    return changes.map((change) => this.settle(device, change, own));
  }
  private settle(device: string, change: ModelChange, own: Set<number>): Verdict {
    const mark = this.marks.get(change.changeId);
    if (mark) {
      if (mark.status !== "duplicate") own.add(mark.version);
      return { status: "duplicate", version: mark.version, original: mark.status };
    }
    const { entityId: id, type, data = {}, unset = [] } = change;
    const past = this.past(id);
    const now = this.get(id);
    if (now === undefined && type !== "CREATED") return { status: "rejected" };
    const unseen = (row?: Row) =>
      row !== undefined && row.version > change.baseVersion && row.device !== device && !own.has(row.version);
    const done = (status: string, version: number, reason?: string): Verdict => {
      this.marks.set(change.changeId, { version, status });
      return { status, version, ...(reason ? { reason } : {}) };
    };
    const record = (status: string, effect: Pick<Row, "wrote" | "after">, reason?: string): Verdict => {
      const version = this.rows.length + 1;
      this.rows.push({ version, id, device, ...effect });
      own.add(version);
      return done(status, version, reason);
    };
    const deletion = past.findLast((row) => row.wrote === null);
    const life = past.filter((row) => row.version > (deletion?.version ?? 0));
    const lastWrite = (name: string) => life.findLast((row) => row.wrote!.includes(name));
    const fields = new Set(life.flatMap((row) => row.wrote ?? []));
    const anyUnseen = [...fields].some((name) => unseen(lastWrite(name)));
    if (type === "CREATED" && now && same(sorted(now), sorted(data))) {
      return done("duplicate", past.at(-1)!.version);
    }
    if (type === "DELETED" && now === null) return done("duplicate", past.at(-1)!.version);
    if (unseen(deletion) || (now === null && type === "UPDATED")) {
      return record("conflict", {}, "deleted_on_server");
    }
    if (type === "DELETED") {
      return record(
        anyUnseen ? "conflict" : "applied",
        { wrote: null, after: null },
        anyUnseen ? "updated_on_server" : undefined,
      );
    }
    if (type === "CREATED") {
      if (!now || !anyUnseen) {
        const wrote = [...new Set([...Object.keys(data), ...Object.keys(now ?? {})])];
        return record("applied", { wrote, after: data });
      }
      const added = Object.keys(data).filter((name) => !Object.hasOwn(now, name));
      const effect = added.length > 0 ? { wrote: added, after: { ...data, ...now } } : {};
      return record("conflict", effect, "already_exists");
    }
    const touched = [...Object.keys(data), ...unset];
    const differs = (name: string) =>
      !(Object.hasOwn(now!, name) === Object.hasOwn(data, name) && same(now![name], data[name]));
    const lost = touched.some((name) => unseen(lastWrite(name)) && differs(name));
    const after = Object.fromEntries(
      Object.entries({ ...now, ...data }).filter(([name]) => !unset.includes(name)),
    );
    const status = lost ? "conflict" : anyUnseen ? "merged" : "applied";
    return record(status, { wrote: touched, after }, lost ? "same_field" : undefined);
  }
}
