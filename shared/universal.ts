/**
 * The few universal Web APIs that `shared/` needs. This folder compiles against the bare language
 * (`lib: ["esnext"]`), so that no I/O, clock, DOM or `Deno` can slip in; what is allowed is listed here.
 */
interface UniversalApis {
  TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
  crypto: { subtle: { digest(algorithm: "SHA-256", data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> } };
}

const universal = globalThis as unknown as UniversalApis;
const encoder = new universal.TextEncoder();

/** The UTF-8 bytes of `text`. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** SHA-256 of the UTF-8 bytes of `text`, as 64 lower-case hex digits. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = new Uint8Array(await universal.crypto.subtle.digest("SHA-256", utf8(text)));
  let hex = "";
  for (const byte of digest) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
