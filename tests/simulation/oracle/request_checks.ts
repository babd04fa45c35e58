/**
 * What leaves a device, checked when it leaves: I4 and I12 (changes go in order, and only their own entity holds
 * them up), I17 (what an erase holds back waits for a person), I20 (one exchange at a time), I22 (bounded requests).
 */
import type { TransportRequest } from "../../../client/ports.ts";
import type { SyncRequest } from "../../../shared/mod.ts";
import type { InFlight, Page } from "../page.ts";
import { saying } from "./change_register.ts";
import type { DatabaseMirror } from "./database_mirror.ts";
import { keyOf } from "./history_line.ts";
import type { VerdictOnRun } from "./verdict_on_run.ts";

/** A page's own time bound for a request: after this its exchange counts as given up. */
export const exchangeMsMax = 30_000;
/** Requests of one page in any minute: no schedule and no work of these worlds needs more. */
const requestsPerMinuteMax = 300;

/** Checks a request of the exchange and notes it as being under way. */
export function checkRequest(
  run: VerdictOnRun,
  page: Page,
  mirror: DatabaseMirror | undefined,
  request: TransportRequest,
  nowMs: number,
): InFlight {
  const sent: SyncRequest = JSON.parse(request.body as string);
  if (mirror && page.session?.seen === mirror.database.revision) {
    // Word for word with a fresh token: another page may have heard meanwhile that one of them is rejected.
    const isRepeated = page.lastBody === request.body;
    checkBatch(run, page, mirror, sent, isRepeated);
  }
  page.lastBody = request.body as string;
  // Of a page in memory mode there is no database to tell.
  const user = mirror ? mirror.user : page.client.status.userId;
  const flight: InFlight = { startedAtMs: nowMs, user, orphaned: page.outsideLock > 0 };
  checkAlone(run, page, flight);
  page.inFlight.add(flight);
  const { requestsAtMs } = page;
  page.requestsSent++;
  requestsAtMs.push(nowMs);
  while (requestsAtMs[0]! < nowMs - 60_000) requestsAtMs.shift();
  run.hold(
    "I22",
    requestsAtMs.length <= requestsPerMinuteMax,
    () => `${page.name} has sent ${requestsAtMs.length} requests within a minute`,
  );
  return flight;
}

function checkBatch(
  run: VerdictOnRun,
  page: Page,
  mirror: DatabaseMirror,
  { changes, epoch }: SyncRequest,
  isRepeated: boolean,
): void {
  if (changes.length === 0) return;
  // A request of a history that has ended settles nothing: it was on its way when the page heard of the erase.
  run.hold(
    "I17",
    !mirror.sync.erasedHold || epoch !== mirror.sync.epoch,
    () => `${page.name} sends what an erase holds back`,
  );
  const byId = new Map(mirror.queued.map((row) => [row.change.changeId, row]));
  let last = 0;
  for (const change of changes) {
    const row = byId.get(change.changeId);
    // Settled meanwhile by another page's exchange: harmless, the verdict will be the same.
    if (!row) continue;
    run.hold("I2", row.sent, () => `${change.changeId} leaves ${page.name} without being marked as sent`);
    run.hold("I4", row.seq > last || isRepeated, () => `${page.name} sends its changes out of order`);
    run.hold(
      "I1",
      saying(row.change) === saying({ ...row.change, ...change }),
      () => `${page.name} sends ${change.changeId} other than it is queued`,
    );
    last = row.seq;
  }
  if (isRepeated) return;
  const lone = changes.length === 1 ? byId.get(changes[0]!.changeId) : undefined;
  if ((lone?.serverErrors ?? 0) >= 5) return;
  // Sent a second time, with another token, after another page has heard that its history has ended: all of it is
  // told to come again.
  if ((epoch ?? null) !== mirror.sync.epoch) return;
  const held = mirror.held();
  const went = new Set(changes.map(({ changeId }) => changeId));
  const skipped = mirror.queued.filter(({ seq, change }) => seq < last && !went.has(change.changeId));
  for (const { change } of skipped) {
    run.hold(
      "I12",
      held.has(keyOf(change)),
      () =>
        `${page.name} holds ${change.changeId} on ${
          keyOf(change)
        } back, although nothing of that entity failed`,
    );
  }
}

/** Where pages have locks, nobody else's exchange of the same user is under way, unless it has run out of time. */
function checkAlone(run: VerdictOnRun, page: Page, flight: InFlight): void {
  const { profile } = page;
  if (!profile.hasLocks || page.outsideLock > 0) return;
  const clash = profile.pages.find((other) =>
    !other.frozen &&
    [...other.inFlight].some(({ startedAtMs, user, orphaned }) =>
      !orphaned && user === flight.user && flight.startedAtMs - startedAtMs < exchangeMsMax
    )
  );
  run.hold(
    "I20",
    clash === undefined,
    () => `${page.name} begins an exchange while that of ${clash!.name} is under way`,
  );
}
