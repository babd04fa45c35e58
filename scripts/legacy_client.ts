/**
 * A client of the older, full-state protocol (V1): all records in memory, every push sends all of them whole,
 * every pull brings all of them. It is what sites still have in the field, written to the contract; tests and
 * measurements run it beside clients of the current protocol.
 *
 * Two rules keep it from hurting others. A pulled state is taken only while nothing is unsent, because a token
 * says "this client has seen everything up to here" of all records alike. And a push keeps its idempotency key
 * and its body until it is answered.
 */

/** A record, with its `id`. */
export type LegacyRecord = Record<string, unknown> & { id: string };
/** The lists of the protocol. */
export type LegacyList = "entries" | "goals";

/** A record that a push did not take, or not whole. */
export interface LegacyConflict {
  entityId: string;
  entityType: string;
  reason: string;
}

/** The answer to a push. */
export interface LegacyPushAnswer {
  success: true;
  syncToken: string;
  conflicts: LegacyConflict[];
  stats: { entriesProcessed: number; duplicatesPrevented: number; goalsProcessed: number };
}

/** What a client is made of. */
export interface LegacyClientOptions {
  /** Address of the API up to `/api/sync`, without a slash at the end. */
  endpoint: string;
  getToken(): string | Promise<string>;
  /** `dev_…`; without it the server does not know this client's own writes. */
  deviceId?: string;
  fetch?(request: Request): Promise<Response>;
  nowMs?(): number;
  /** Makes idempotency keys. */
  newKey?(): string;
  sleep?(delayMs: number): Promise<void>;
}

/** Tries of one request. */
const triesMax = 5;
const retryDelayMs = 500;

/** Every try of a request failed, or it was refused. */
export class LegacySyncError extends Error {
  override name = "LegacySyncError";

  constructor(readonly status: number | null, message: string) {
    super(message);
  }
}

/** A V1 client; nothing happens by itself. */
export class LegacyClient {
  readonly #options: Required<Omit<LegacyClientOptions, "deviceId">> & { deviceId: string | undefined };
  #records: Record<LegacyList, Map<string, LegacyRecord>> = { entries: new Map(), goals: new Map() };
  #token: string | null = null;
  /** A push that was not answered yet. */
  #unanswered: { key: string; body: string; edits: number } | null = null;
  /** Rises with every local edit; what was pushed is known by it. */
  #edits = 0;
  #pushedEdits = 0;

  constructor(options: LegacyClientOptions) {
    this.#options = {
      fetch: (request) => fetch(request),
      nowMs: () => Date.now(),
      newKey: () => `idem_${crypto.randomUUID()}`,
      sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
      deviceId: undefined,
      ...options,
    };
  }

  /** Whether something was edited that no push has carried yet. */
  get dirty(): boolean {
    return this.#edits !== this.#pushedEdits;
  }

  /** The live records of a list, in no order. */
  list(list: LegacyList): LegacyRecord[] {
    return [...this.#records[list].values()].filter(({ deletedAt }) => !deletedAt);
  }

  get(list: LegacyList, id: string): LegacyRecord | undefined {
    const record = this.#records[list].get(id);
    return record?.deletedAt ? undefined : record;
  }

  /** Creates a record, or replaces fields of one. */
  save(list: LegacyList, fields: LegacyRecord): void {
    const at = new Date(this.#options.nowMs()).toISOString();
    const known = this.#records[list].get(fields.id);
    this.#put(list, { createdAt: at, ...known, ...fields, updatedAt: at });
  }

  /** Marks a record as deleted; the mark goes with every push until a pull. */
  remove(list: LegacyList, id: string): void {
    const known = this.#records[list].get(id);
    if (known) this.#put(list, { ...known, deletedAt: new Date(this.#options.nowMs()).toISOString() });
  }

  #put(list: LegacyList, record: LegacyRecord): void {
    this.#records[list].set(record.id, record);
    this.#edits++;
  }

  /** Pushes what was edited, then pulls. */
  async sync(): Promise<LegacyConflict[]> {
    const conflicts = this.dirty || this.#unanswered ? (await this.push()).conflicts : [];
    await this.pull();
    return conflicts;
  }

  /** Sends every record; first whatever was not answered. */
  async push(): Promise<LegacyPushAnswer> {
    this.#unanswered ??= {
      key: this.#options.newKey(),
      body: JSON.stringify({
        changes: {
          entries: [...this.#records.entries.values()],
          goals: [...this.#records.goals.values()],
        },
        ...(this.#token === null ? {} : { lastSyncToken: this.#token }),
      }),
      edits: this.#edits,
    };
    const { key, body, edits } = this.#unanswered;
    const answer = await this.#send<LegacyPushAnswer>("POST", "push", body, { "X-Idempotency-Key": key });
    this.#unanswered = null;
    this.#pushedEdits = edits;
    this.#token = answer.syncToken;
    return answer;
  }

  /** Replaces all records by the server's; resolves to false, with nothing replaced, while edits are unsent. */
  async pull(): Promise<boolean> {
    if (this.dirty || this.#unanswered) return false;
    const state = await this.#send<
      { entries: LegacyRecord[]; goals: LegacyRecord[]; syncToken: string }
    >("POST", "pull", "{}", {});
    if (this.dirty || this.#unanswered) return false;
    const byId = (records: LegacyRecord[]) => new Map(records.map((record) => [record.id, record]));
    this.#records = { entries: byId(state.entries), goals: byId(state.goals) };
    this.#token = state.syncToken;
    return true;
  }

  /** What the server says of this user. */
  status(): Promise<{ syncToken: string | null; deviceCount: number; entityCount: number }> {
    return this.#send("GET", "status", null, {});
  }

  async #send<T>(
    method: string,
    route: string,
    body: string | null,
    headers: Record<string, string>,
  ): Promise<T> {
    const { endpoint, getToken, deviceId, fetch, sleep } = this.#options;
    let last = new LegacySyncError(null, "The request was never sent");
    for (let attempt = 1; attempt <= triesMax; attempt++) {
      if (attempt > 1) await sleep(retryDelayMs * 2 ** (attempt - 2));
      const request = new Request(`${endpoint}/${route}`, {
        method,
        headers: {
          Authorization: `Bearer ${await getToken()}`,
          ...(deviceId === undefined ? {} : { "X-Device-ID": deviceId }),
          ...(body === null ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        body,
      });
      try {
        const response = await fetch(request);
        const text = await response.text();
        if (response.ok) return JSON.parse(text) as T;
        last = new LegacySyncError(response.status, `The server answered ${response.status}: ${text}`);
        // What a request did wrong does not change by sending it again.
        if (response.status < 500 && response.status !== 429) break;
      } catch (error) {
        last = new LegacySyncError(
          null,
          `The request failed: ${error instanceof Error ? error.message : "?"}`,
        );
      }
    }
    throw last;
  }
}
