/**
 * The address that the limit before authentication counts. IPv6 counts by /64: one household or server has a
 * whole /64, so single addresses would be free to change.
 */
import type { AppContext } from "../app_env.ts";

/** Address of whoever called; `in-process` when nobody did (tests, `app.request`). */
export function clientAddress(c: AppContext, trustProxy: boolean): string {
  // The last entry is the one that our own proxy wrote; those before it are whatever the client claimed.
  const forwarded = trustProxy ? c.req.header("X-Forwarded-For")?.split(",").at(-1)?.trim() : undefined;
  if (forwarded !== undefined && forwarded !== "") return addressKey(forwarded);
  const remote = c.env?.remoteAddr;
  return remote !== undefined && "hostname" in remote ? addressKey(remote.hostname) : "in-process";
}

/** The part of an address that is counted. A port is not: it is new with every connection. */
export function addressKey(given: string): string {
  // Proxies write `a.b.c.d:port`, `[v6]:port` and `[v6]`; a bare IPv6 address has more than one colon.
  const address = /^\[([^\]]*)\](?::\d+)?$/.exec(given)?.[1] ?? /^([^:]*):\d+$/.exec(given)?.[1] ?? given;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!address.includes(":")) return address.slice(0, 64);
  const [head = "", tail] = address.slice(0, 64).split("::", 2);
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return groups.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, "")).join(":") + "::/64";
}
