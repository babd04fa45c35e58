/** HTTP by hand over a socket, for requests that `fetch` would tidy or refuse to send. */

/** A connection to a server under test. */
export interface RawConnection {
  write(text: string | Uint8Array): Promise<void>;
  /** Everything the server sends until it closes, or until `enough` says so. */
  read(enough?: (text: string) => boolean): Promise<string>;
  close(): void;
}

export async function rawConnect({ hostname, port }: URL): Promise<RawConnection> {
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const decoder = new TextDecoder();
  let text = "";
  let open = true;
  return {
    async write(data) {
      const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    },
    async read(enough = () => false) {
      const buffer = new Uint8Array(64 * 1024);
      while (!enough(text)) {
        let length: number | null;
        try {
          length = await connection.read(buffer);
        } catch (error) {
          // A server that closes with bytes unread resets the connection; what it said before counts.
          if (error instanceof Deno.errors.ConnectionReset) return text;
          throw error;
        }
        if (length === null) return text;
        text += decoder.decode(buffer.subarray(0, length), { stream: true });
      }
      return text;
    },
    close() {
      if (open) connection.close();
      open = false;
    },
  };
}

/** Whether `text` has a whole answer with a `Content-Length` body. */
export function isWholeAnswer(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1];
  return length !== undefined && new TextEncoder().encode(text.slice(end + 4)).length >= Number(length);
}

/** The status of an answer; NaN when there is none. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? NaN);
}
