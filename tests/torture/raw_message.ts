/** HTTP/1.1 messages by hand, so that a proxy can break them wherever it likes. Bodies have a Content-Length. */

/** A request as it came over the wire. */
export interface RawRequest {
  method: string;
  path: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

/** An answer as it goes back. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

const headBytesMax = 64 * 1024;
const bodyBytesMax = 16 * 1024 * 1024;

/** Reads one request; null if the other side closes before it is whole. Throws for what is no such request. */
export async function readRequest(connection: Deno.Conn): Promise<RawRequest | null> {
  let bytes = new Uint8Array(0);
  const readMore = async (): Promise<boolean> => {
    const chunk = new Uint8Array(64 * 1024);
    const length = await connection.read(chunk);
    if (length === null) return false;
    const longer = new Uint8Array(bytes.length + length);
    longer.set(bytes);
    longer.set(chunk.subarray(0, length), bytes.length);
    bytes = longer;
    return true;
  };
  let headEnd = -1;
  while (headEnd < 0) {
    if (bytes.length > headBytesMax) throw new Error(`A request's head is longer than ${headBytesMax} bytes`);
    if (!await readMore()) return null;
    headEnd = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  }
  const [first = "", ...lines] = new TextDecoder("latin1").decode(bytes.subarray(0, headEnd)).split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const length = Number(headers.get("content-length") ?? 0);
  if (!(length <= bodyBytesMax) || headers.has("transfer-encoding")) {
    throw new Error("A request's body must have a Content-Length of at most 16 MiB");
  }
  const start = headEnd + 4;
  while (bytes.length < start + length) if (!await readMore()) return null;
  return { method, path, headers, body: bytes.slice(start, start + length) };
}

/** Headers that belong to one connection or to one form of the body. */
const ownHeaders = ["connection", "content-length", "content-encoding", "transfer-encoding", "keep-alive"];

/** The bytes of an answer after which the connection ends; the length it promises is `promisedBytes`. */
export function answerBytes({ status, headers, body }: RawAnswer, promisedBytes: number): Uint8Array {
  let head = `HTTP/1.1 ${status} -\r\n`;
  for (const [name, value] of headers) if (!ownHeaders.includes(name)) head += `${name}: ${value}\r\n`;
  head += `content-length: ${promisedBytes}\r\nconnection: close\r\n\r\n`;
  const headBytes = new TextEncoder().encode(head);
  const bytes = new Uint8Array(headBytes.length + body.length);
  bytes.set(headBytes);
  bytes.set(body, headBytes.length);
  return bytes;
}

/** Writes all of `bytes`. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
