/** What V1's routes read of a request: the device, the idempotency key, a body of up to 8 MiB. */
import { isId, limits } from "../../shared/mod.ts";
import { legacyDeviceId } from "../../shared/legacy_device_id.ts";
import { sha256Hex } from "../../shared/universal.ts";
import type { AppContext } from "../app_env.ts";
import { parseJson, readJsonText } from "../middleware/json_body.ts";
import { ProblemError } from "../problem_error.ts";

/** Most bytes of a V1 body, after inflating; there is no bound on its records. */
export const v1RequestBytesMax = 8 * 1024 * 1024;

/** A record has an id, so the smallest is `{"id":"x"}` and a comma: what is longer holds other things. */
const v1RecordsMax = Math.floor(v1RequestBytesMax / 11);

/** An array of what may be records. Throws 400 for anything else. */
export function readV1List(list: unknown, name: string): unknown[] {
  if (!Array.isArray(list)) throw invalidV1(`'${name}' must be an array of records.`);
  if (list.length > v1RecordsMax) {
    throw invalidV1(`'${name}' must hold records: it has more elements than a body has room for records.`);
  }
  return list;
}

/** The device's UUID, if it names itself. */
export function readV1Device(c: AppContext): string | undefined {
  const name = c.req.header("X-Device-ID");
  if (name === undefined || name === "") return undefined;
  if (!isId(name)) throw badHeader("X-Device-ID");
  return legacyDeviceId(name);
}

/** The body, and the idempotency key with a digest of route and body if there is a key. */
export async function readV1Body(
  c: AppContext,
  route: string,
): Promise<{ body: unknown; idempotency?: { key: string; digest: string } }> {
  const key = c.req.header("X-Idempotency-Key");
  if (key !== undefined && key !== "" && !isId(key)) throw badHeader("X-Idempotency-Key");
  const text = await readJsonText(c.req.raw, c.get("timers"), { bytesMax: v1RequestBytesMax, tooLarge });
  const body = parseJson(text);
  if (key === undefined || key === "") return { body };
  return { body, idempotency: { key, digest: await sha256Hex(`${route}\n${text}`) } };
}

/** The body is JSON, but not what the route takes. */
export function invalidV1(detail: string): ProblemError {
  return new ProblemError("invalid_request", detail);
}

function badHeader(name: string): ProblemError {
  return invalidV1(`'${name}' must have 1 to ${limits.idUnitsMax} characters without control characters.`);
}

function tooLarge(): ProblemError {
  return new ProblemError(
    "request_too_large",
    `A request may have at most ${v1RequestBytesMax} bytes after inflating. ` +
      "Send fewer records at a time; nothing of this request was used.",
  );
}
