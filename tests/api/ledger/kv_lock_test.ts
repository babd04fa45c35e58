import { assert, assertEquals, assertRejects } from "@std/assert";
import { whileLocked } from "../../../api/adapters/kv_lock.ts";
import { StoreBusyError } from "../../../api/store_busy_error.ts";

const noSleep = () => Promise.resolve();

Deno.test("a locked database is tried again until it answers", async () => {
  let calls = 0;
  const answer = await whileLocked(() => {
    if (++calls < 4) return Promise.reject(new TypeError("database is locked"));
    return Promise.resolve("here");
  }, noSleep);
  assertEquals([answer, calls], ["here", 4]);
});

Deno.test("a database that stays locked is busy after a bounded time", async () => {
  let sleptMs = 0;
  const sleep = (delayMs: number) => {
    sleptMs += delayMs;
    return Promise.resolve();
  };
  await assertRejects(
    () => whileLocked(() => Promise.reject(new TypeError("database is locked")), sleep),
    StoreBusyError,
    "locked by another process",
  );
  assert(sleptMs < 4000);
});

Deno.test("any other error passes at once", async () => {
  let calls = 0;
  const failing = () => {
    calls++;
    return Promise.reject(new TypeError("Value too large (max 65536 bytes)"));
  };
  await assertRejects(() => whileLocked(failing, noSleep), TypeError, "Value too large");
  assertEquals(calls, 1);
});
