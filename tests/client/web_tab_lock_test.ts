import { assertEquals, assertRejects } from "@std/assert";
import { webTabLock } from "../../client/adapters/web_tab_lock.ts";
import { VirtualClock } from "./world/virtual_clock.ts";

type Callback = (lock: null) => Promise<unknown>;

/** A browser's lock manager that answers as `request` says; `asked` are the options it was asked with. */
async function withLocks(
  request: (options: LockOptions, hold: Callback) => Promise<unknown>,
  test: (asked: LockOptions[]) => Promise<void>,
): Promise<void> {
  const asked: LockOptions[] = [];
  const locks = {
    request(_name: string, options: LockOptions, hold: Callback) {
      asked.push(options);
      return request(options, hold);
    },
  };
  const before = Object.getOwnPropertyDescriptor(navigator, "locks");
  Object.defineProperty(navigator, "locks", { configurable: true, value: locks });
  try {
    await test(asked);
  } finally {
    if (before) Object.defineProperty(navigator, "locks", before);
    else delete (navigator as { locks?: unknown }).locks;
  }
}

/** As the platform does: rejects once the signal is aborted. */
function waits({ signal }: LockOptions): Promise<never> {
  return new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
}

const refused = () => Promise.reject(new DOMException("not in this context", "SecurityError"));

Deno.test("a browser that refuses locks keeps nobody from syncing", async () => {
  await withLocks(refused, async (asked) => {
    let runs = 0;
    const lock = webTabLock(new VirtualClock());
    const work = () => Promise.resolve(++runs);
    assertEquals([await lock.run("ada", 1_000, work), runs, asked.length], [1, 1, 1]);
    const bug = () => Promise.reject(new RangeError("a bug"));
    await assertRejects(() => lock.run("ada", 1_000, bug), RangeError);
  });
});

Deno.test("who has waited long enough takes the lock over, or goes without it where that is refused", async () => {
  for (const allowed of [true, false]) {
    const clock = new VirtualClock();
    await withLocks(
      (options, hold) => options.steal ? (allowed ? hold(null) : refused()) : waits(options),
      async (asked) => {
        let runs = 0;
        const running = webTabLock(clock).run("ada", 1_000, () => Promise.resolve(++runs));
        assertEquals(runs, 0);
        clock.fireNext(1_000);
        assertEquals([await running, runs], [1, 1]);
        assertEquals(asked.map(({ steal }) => steal ?? false), [false, true]);
      },
    );
  }
});

Deno.test("work goes on when a tab that lost its patience takes the lock from it", async () => {
  const stolen = (_options: LockOptions, hold: Callback) => {
    void hold(null);
    return Promise.reject(new DOMException("stolen", "AbortError"));
  };
  await withLocks(stolen, async (asked) => {
    let runs = 0;
    assertEquals(await webTabLock(new VirtualClock()).run("ada", 1_000, () => Promise.resolve(++runs)), 1);
    assertEquals([runs, asked.length], [1, 1]);
  });
});

Deno.test("a wait that was given up takes no lock from anybody", async () => {
  const clock = new VirtualClock();
  await withLocks(waits, async (asked) => {
    const givenUp = new AbortController();
    const running = webTabLock(clock).run("ada", 1_000, () => Promise.resolve("nothing"), givenUp.signal);
    givenUp.abort();
    clock.fireNext(1_000);
    assertEquals([await running, asked.length], ["nothing", 1]);
  });
});
