/**
 * A JSON answer that is there in pieces: joined as fast as the client takes it, so that a large one is not in memory
 * a second and a third time. What is small has a length, like any other JSON answer.
 */
import { utf8 } from "../../shared/universal.ts";

const chunkUnitsMin = 64 * 1024;

/** 200 with the pieces one after the other; together they must be one JSON text. */
export function jsonPieces(pieces: Iterable<string>): Response {
  const chunks = chunksOf(pieces);
  const first = chunks.next();
  const headers = { "Content-Type": "application/json" };
  if (first.done || first.value.isLast) {
    const body = utf8(first.value?.text ?? "");
    return new Response(body, { headers: { ...headers, "Content-Length": String(body.byteLength) } });
  }
  let next: IteratorResult<Chunk, void> | null = first;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk: IteratorResult<Chunk, void> = next ?? chunks.next();
      next = null;
      if (chunk.done) return controller.close();
      controller.enqueue(utf8(chunk.value.text));
    },
  }, { highWaterMark: 0 });
  return new Response(body, { headers });
}

interface Chunk {
  text: string;
  isLast: boolean;
}

function* chunksOf(pieces: Iterable<string>): Generator<Chunk, void> {
  let text = "";
  for (const piece of pieces) {
    if (text.length >= chunkUnitsMin) {
      yield { text, isLast: false };
      text = "";
    }
    text += piece;
  }
  yield { text, isLast: true };
}
