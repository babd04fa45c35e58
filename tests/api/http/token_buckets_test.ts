import { assertEquals } from "@std/assert";
import { addressKey } from "../../../api/middleware/client_address.ts";
import { createTokenBuckets } from "../../../api/middleware/token_buckets.ts";
import { virtualClock } from "./virtual_clock.ts";

Deno.test("a bucket allows its number at once and then one each time it has filled", () => {
  const clock = virtualClock();
  const buckets = createTokenBuckets({ perMinute: 6, clock });
  for (let left = 5; left >= 0; left -= 1) {
    const state = buckets.take("ada");
    assertEquals([state.allowed, state.remaining], [true, left]);
  }
  assertEquals(buckets.take("ada"), {
    allowed: false,
    remaining: 0,
    retryAfterSeconds: 10,
    fullAfterSeconds: 60,
  });
  clock.advance(9_999);
  assertEquals(buckets.take("ada").allowed, false);
  clock.advance(1);
  assertEquals(buckets.take("ada").allowed, true);
  assertEquals(buckets.take("ada").allowed, false);
});

Deno.test("keys do not share a bucket", () => {
  const buckets = createTokenBuckets({ perMinute: 1, clock: virtualClock() });
  assertEquals(buckets.take("ada").allowed, true);
  assertEquals(buckets.take("ada").allowed, false);
  assertEquals(buckets.take("bob").allowed, true);
});

Deno.test("waiting as long as Retry-After says is enough", () => {
  const clock = virtualClock();
  for (const perMinute of [1, 7, 600, 6000]) {
    const buckets = createTokenBuckets({ perMinute, clock });
    let state = buckets.take("ada");
    while (state.allowed) state = buckets.take("ada");
    clock.advance(state.retryAfterSeconds * 1000);
    assertEquals(buckets.take("ada").allowed, true, `${perMinute} a minute`);
  }
});

Deno.test("a clock that is set back takes nothing away and gives nothing", () => {
  const clock = virtualClock();
  const buckets = createTokenBuckets({ perMinute: 2, clock });
  buckets.take("ada");
  clock.advance(-86_400_000);
  assertEquals(buckets.take("ada").allowed, true);
  assertEquals(buckets.take("ada").allowed, false);
});

Deno.test("a bucket never holds more than a minute's worth", () => {
  const clock = virtualClock();
  const buckets = createTokenBuckets({ perMinute: 3, clock });
  buckets.take("ada");
  clock.advance(86_400_000);
  const allowed = [1, 2, 3, 4].map(() => buckets.take("ada").allowed);
  assertEquals(allowed, [true, true, true, false]);
});

Deno.test("invented keys do not grow the memory, and push out the key used longest ago", () => {
  const buckets = createTokenBuckets({ perMinute: 1, bucketsMax: 100, clock: virtualClock() });
  buckets.take("old");
  for (let i = 0; i < 99; i += 1) buckets.take(`key ${i}`);
  buckets.take("key 0");
  for (let i = 0; i < 50; i += 1) buckets.take(`more ${i}`);
  assertEquals(buckets.size(), 100);
  assertEquals(buckets.take("key 0").allowed, false);
  assertEquals(buckets.take("old").allowed, true);
});

Deno.test("an IPv6 address counts by its /64, a mapped one as IPv4", () => {
  assertEquals(addressKey("192.0.2.7"), "192.0.2.7");
  assertEquals(addressKey("::ffff:192.0.2.7"), "192.0.2.7");
  assertEquals(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assertEquals(addressKey("2001:DB8:0001:2::9"), "2001:db8:1:2::/64");
  assertEquals(addressKey("2001:db8::1"), "2001:db8:0:0::/64");
  assertEquals(addressKey("::1"), "0:0:0:0::/64");
  assertEquals(addressKey("x".repeat(9_999)).length, 64);
});

Deno.test("an address counts without its port and brackets, whatever a proxy writes", () => {
  assertEquals(addressKey("203.0.113.7:5001"), "203.0.113.7");
  assertEquals(addressKey("[::ffff:203.0.113.7]:5001"), "203.0.113.7");
  assertEquals(addressKey("[2001:db8:1:2::9]:5001"), "2001:db8:1:2::/64");
  assertEquals(addressKey("[2001:db8:1:2::9]"), "2001:db8:1:2::/64");
  assertEquals(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
});
