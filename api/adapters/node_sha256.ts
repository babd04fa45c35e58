/** SHA-256 at once: `crypto.subtle` goes through a thread for every change, ten times the work of a digest. */
import { createHash } from "node:crypto";

/** 64 lower-case hex digits over the UTF-8 bytes of `text`. */
export function nodeSha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
