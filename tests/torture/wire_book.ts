/**
 * What the server has said, ever, taken down where its answers leave it. A verdict is a promise, also if the
 * client never heard it: the first one of a changeId stands for the whole epoch (I1), and a version belongs to
 * one change (I5). Answers to one user never hold another one's canary (I16).
 */
import {
  isSettled,
  type SettledStatus,
  syncPath,
  type SyncRequest,
  type SyncResponse,
  type Verdict,
} from "../../shared/mod.ts";
import { tokenSubject } from "../../client/token.ts";
import type { Findings } from "./findings.ts";
import type { RawAnswer, RawRequest } from "./raw_message.ts";

/** A promise about one change in one epoch. */
export interface Promised {
  user: string;
  epoch: string;
  changeId: string;
  version: number;
  /** Its first status; undefined while only an unclear replay was heard. */
  first: SettledStatus;
}

/** The book of one run. */
export class WireBook {
  /** By user, epoch and changeId. */
  readonly promised = new Map<string, Promised>();
  /** `user changeId` of changes that the server has refused at some time. */
  readonly rejected = new Set<string>();
  /** `user changeId` of changes that were settled at some time, in whatever epoch. */
  readonly settled = new Set<string>();
  readonly resets = { restored: 0, erased: 0 };
  /** By user, epoch and version. */
  readonly #owners = new Map<string, string>();
  /** Bodies are read in the background; the run waits for them before it judges. */
  #reading: Promise<void> = Promise.resolve();

  /** `canaries`: by user, a text that is in all of their data and nowhere else. */
  constructor(
    private readonly findings: Findings,
    private readonly canaries: ReadonlyMap<string, string>,
  ) {}

  /** Takes an answer down. */
  hear(request: RawRequest, answer: RawAnswer): void {
    const user = tokenSubject(request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "");
    if (user === null) return;
    const text = new TextDecoder().decode(answer.body);
    this.checkCanaries(user, text, "An answer");
    if (answer.status === 500) this.findings.add("no 500", `the server failed: ${text.slice(0, 300)}`);
    if (answer.status !== 200 || request.path !== syncPath) return;
    // Synchronously, so that the book knows of a verdict before the client can.
    const response: SyncResponse = JSON.parse(text);
    this.#hearVerdicts(user, response);
    this.#reading = this.#reading.then(async () => this.#hearPairs(user, await readBody(request), response));
  }

  /** Resolves when everything heard so far is judged. */
  async idle(): Promise<void> {
    await this.#reading;
  }

  /** Whether the server has settled or refused the change at some time. */
  hasAnswered(user: string, changeId: string): boolean {
    return this.settled.has(`${user} ${changeId}`) || this.rejected.has(`${user} ${changeId}`);
  }

  /** Notes if `text`, which belongs to `user`, holds somebody else's canary. */
  checkCanaries(user: string, text: string, what: string): void {
    for (const [other, canary] of this.canaries) {
      if (other !== user && text.includes(canary)) {
        this.findings.add("I16", `${what} for ${user} holds data of ${other}`);
      }
    }
  }

  #hearVerdicts(user: string, response: SyncResponse): void {
    const { epoch, results, reset } = response;
    if (reset) this.resets[reset]++;
    for (const verdict of results) {
      const { changeId, status } = verdict;
      if (changeId === null) continue;
      if (status === "rejected") this.rejected.add(`${user} ${changeId}`);
      if (isSettled(status)) {
        this.settled.add(`${user} ${changeId}`);
        this.#hearSettled(user, epoch, { ...verdict, changeId, status });
      }
    }
  }

  #hearSettled(
    user: string,
    epoch: string,
    { changeId, status, version = -1, original }: Verdict & { changeId: string; status: SettledStatus },
  ): void {
    const key = `${user} ${epoch} ${changeId}`;
    const first = original ?? status;
    const known = this.promised.get(key);
    if (!known) this.promised.set(key, { user, epoch, changeId, version, first });
    else if (known.version !== version || known.first !== first) {
      this.findings.add(
        "I1",
        `${user}'s change ${changeId} was ${known.first} as version ${known.version}, and later ` +
          `${first} as version ${version}`,
      );
    }
    if (first !== "duplicate") this.#own(user, epoch, version, changeId);
  }

  /** What needs the request too: one verdict per change, and deltas, whose versions have one owner. */
  #hearPairs(user: string, request: SyncRequest, response: SyncResponse): void {
    const sent = request.changes.map(({ changeId }) => changeId);
    const answered = response.results.map(({ changeId }) => changeId);
    if (JSON.stringify(sent) !== JSON.stringify(answered)) {
      this.findings.add("I11", `${sent.length} changes of ${user} were pushed, ${answered.length} answered`);
    }
    const compacted = request.epoch !== response.epoch || request.snapshot === true ||
      request.lastKnownServerVersion === 0 || response.reset !== undefined;
    if (compacted) return;
    for (const { version, changeId } of response.newChanges) {
      this.#own(user, response.epoch, version, changeId);
    }
  }

  #own(user: string, epoch: string, version: number, changeId: string): void {
    const key = `${user} ${epoch} ${version}`;
    const owner = this.#owners.get(key) ?? changeId;
    this.#owners.set(key, owner);
    if (owner !== changeId) {
      this.findings.add("I5", `version ${version} of ${user} is both ${owner} and ${changeId}`);
    }
  }
}

async function readBody({ headers, body }: RawRequest): Promise<SyncRequest> {
  if (headers.get("content-encoding") !== "gzip") return JSON.parse(new TextDecoder().decode(body));
  const stream = new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
