/** A JSON answer of known length, so that what is too small to compress is seen to be. */
import { utf8 } from "../../shared/universal.ts";

/** 200 unless `status` says otherwise. */
export function jsonAnswer(value: unknown, status = 200): Response {
  const body = utf8(JSON.stringify(value));
  return new Response(body, {
    status,
    headers: { "Content-Type": "application/json", "Content-Length": String(body.byteLength) },
  });
}
