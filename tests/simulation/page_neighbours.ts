/** What the pages of one profile share besides the disk: locks and channels. */
import type { TabChannelFactory, TabLock } from "../../client/ports.ts";
import { exchangeMsMax } from "./oracle/request_checks.ts";
import type { Page } from "./page.ts";

/** One page's wish for a lock. */
interface LockRequest {
  page: Page;
  /** It does its work although another page has the lock, or takes it: somebody lost their patience. */
  outside: boolean;
  start(): void;
}

/** A lock of a profile. */
export interface Lock {
  holder: LockRequest | undefined;
  waiting: LockRequest[];
}

/** Web Locks: a page that waits too long takes the lock from its holder. Old browsers have none. */
export function locksFor(page: Page): TabLock {
  const { profile } = page;
  const { time, faults, oracle } = profile.world;
  return {
    run(name, waitMsMax, work) {
      oracle.run.hold(
        "I20",
        waitMsMax >= exchangeMsMax,
        () => `${page.name} waits ${waitMsMax} ms for an exchange that may take ${exchangeMsMax} ms`,
      );
      if (!profile.hasLocks) return work();
      if (faults.strikes("lock-stolen", profile.name)) {
        // This one does not ask.
        page.outsideLock++;
        const done = work();
        done.finally(() => page.outsideLock--).catch(() => {});
        return done;
      }
      const lock = profile.locks.get(name) ?? { holder: undefined, waiting: [] };
      profile.locks.set(name, lock);
      return new Promise((resolve, reject) => {
        const request: LockRequest = {
          page,
          outside: false,
          start() {
            lock.holder = request;
            page.deliver(() => {
              // Taken from a frozen page before it could begin: it begins all the same.
              if (lock.holder !== request) goOutside(request);
              work().then(resolve, reject).finally(() => {
                if (request.outside) page.outsideLock--;
                if (lock.holder === request) grantNext(lock);
              });
            });
          },
        };
        if (!lock.holder) return request.start();
        lock.waiting.push(request);
        time.after(waitMsMax, () =>
          page.deliver(() => {
            const at = lock.waiting.indexOf(request);
            if (at < 0) return;
            lock.waiting.splice(at, 1);
            takeOver(lock, request);
          }));
      });
    },
  };
}

/** Takes a lock from its holder, who goes on. */
function takeOver(lock: Lock, request: LockRequest): void {
  if (lock.holder) {
    goOutside(lock.holder);
    for (const flight of lock.holder.page.inFlight) flight.orphaned = true;
  }
  goOutside(request);
  request.start();
}

function goOutside(request: LockRequest): void {
  if (!request.outside) request.page.outsideLock++;
  request.outside = true;
}

/** A page is gone: its locks are free. */
export function releaseLocks(locks: Iterable<Lock>, page: Page): void {
  for (const lock of locks) {
    lock.waiting = lock.waiting.filter((request) => request.page !== page);
    if (lock.holder?.page === page) grantNext(lock);
  }
}

function grantNext(lock: Lock): void {
  lock.holder = undefined;
  lock.waiting.shift()?.start();
}

/** One open channel. */
export interface Ear {
  page: Page;
  receive(message: unknown): void;
}

/** BroadcastChannel: everybody of that name hears, but for the one who speaks. */
export function channelsFor(page: Page): TabChannelFactory {
  const { profile } = page;
  const { time } = profile.world;
  return {
    open(name, receive) {
      const ears = profile.channels.get(name) ?? new Set<Ear>();
      const mine: Ear = { page, receive };
      profile.channels.set(name, ears.add(mine));
      return {
        post(message) {
          if (page.dead) return;
          for (const ear of ears) {
            if (ear === mine || ear.page.dead) continue;
            const text = JSON.stringify(message);
            time.after(
              profile.dice.below(3),
              () => ear.page.deliver(() => ears.has(ear) && ear.receive(JSON.parse(text))),
            );
          }
        },
        close: () => void ears.delete(mine),
      };
    },
  };
}
