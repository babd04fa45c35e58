import { assert, assertEquals } from "@std/assert";
import { readJsonBody, uploadPace } from "../../../api/middleware/json_body.ts";
import { ProblemError } from "../../../api/problem_error.ts";
import { limits } from "../../../shared/limits.ts";
import { manualTimers } from "./manual_timers.ts";

const json = { "Content-Type": "application/json" };

/** The parsed body, or the refusal's code. */
async function read(
  body: BodyInit | null,
  headers: Record<string, string> = json,
  timers = manualTimers(),
): Promise<unknown> {
  try {
    return await readJsonBody(new Request("http://test/", { method: "POST", headers, body }), timers);
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}

async function gzip(bytes: Uint8Array<ArrayBuffer> | string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
const gzipped = { ...json, "Content-Encoding": "gzip" };

/** JSON of exactly `length` bytes. */
const jsonOf = (length: number) => `"${"x".repeat(length - 2)}"`;

/** A body in many chunks that counts how many were asked for. */
function chunks(chunk: Uint8Array<ArrayBuffer>, count: number) {
  const seen = { pulled: 0, cancelled: false };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (seen.pulled === count) return controller.close();
      seen.pulled += 1;
      controller.enqueue(chunk);
    },
    cancel: () => void (seen.cancelled = true),
  }, { highWaterMark: 0 });
  return { seen, stream };
}

Deno.test("JSON is read, with and without a charset, plain and gzipped", async () => {
  assertEquals(await read('{"a":"é"}'), { a: "é" });
  assertEquals(await read("[1]", { "Content-Type": "Application/JSON; Charset=UTF-8" }), [1]);
  assertEquals(await read("[1]", { ...json, "Content-Encoding": "identity" }), [1]);
  assertEquals(await read(await gzip('{"a":"é"}'), { ...json, "Content-Encoding": "GZIP" }), { a: "é" });
});

Deno.test("any other content type is refused", async () => {
  for (
    const type of [
      "text/plain",
      "application/jsonp",
      "application/json; charset=latin1",
      "multipart/form-data",
      "",
    ]
  ) {
    assertEquals(
      await read("{}", type === "" ? {} : { "Content-Type": type }),
      "unsupported_media_type",
      type,
    );
  }
});

Deno.test("any other content encoding is refused", async () => {
  for (const encoding of ["br", "deflate", "gzip, gzip", "zstd"]) {
    assertEquals(
      await read("{}", { ...json, "Content-Encoding": encoding }),
      "unsupported_media_type",
      encoding,
    );
  }
});

Deno.test("what is not one JSON text is malformed", async () => {
  for (const text of ["", " ", "{", "{} {}", "undefined", "{'a':1}", "NaN", "[1,]", "\u0000"]) {
    assertEquals(await read(text), "malformed_json", text);
  }
  assertEquals(await read(null), "malformed_json");
});

Deno.test("a byte order mark is malformed JSON", async () => {
  assertEquals(await read("\ufeff{}"), "malformed_json");
});

Deno.test("bytes that are not UTF-8 are refused, never replaced", async () => {
  for (
    const bytes of [[0x22, 0xff, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xc3], [
      0xff,
      0xfe,
      0x7b,
      0x00,
    ]]
  ) {
    assertEquals(await read(new Uint8Array(bytes)), "invalid_utf8");
  }
});

Deno.test("1 MiB is read and a byte more is too large: declared, chunked and inflated", async () => {
  const fits = jsonOf(limits.requestBytesMax);
  const tooLarge = jsonOf(limits.requestBytesMax + 1);
  assertEquals(typeof await read(fits), "string");
  assertEquals((await read(fits) as string).length, fits.length - 2);
  assertEquals(await read(tooLarge), "request_too_large");
  assertEquals(await read(new Blob([tooLarge]).stream()), "request_too_large");
  assertEquals((await read(await gzip(fits), gzipped) as string).length, fits.length - 2);
  assertEquals(await read(await gzip(tooLarge), gzipped), "request_too_large");
});

Deno.test("a declared length over the bound is refused before a byte is read", async () => {
  const { seen, stream } = chunks(new Uint8Array(10), 10);
  assertEquals(await read(stream, { ...json, "Content-Length": "1048577" }), "request_too_large");
  assertEquals(seen.pulled, 0);
});

Deno.test("an endless chunked body is given up just past the bound", async () => {
  const { seen, stream } = chunks(new Uint8Array(64 * 1024).fill(0x20), Infinity);
  assertEquals(await read(stream), "request_too_large");
  assert(seen.pulled <= 18, `pulled ${seen.pulled} chunks of 64 KiB`);
  assertEquals(seen.cancelled, true);
});

Deno.test("a bomb that inflates to 1 GB ends in bounded memory", async () => {
  const bomb = await packedZeros(1_000_000_000);
  assert(bomb.byteLength < limits.requestBytesMax, "it must get past the bound on compressed input");
  const before = Deno.memoryUsage().rss;
  // As one chunk, which is the worst case: an inflater that is fed all of it answers with 1 GB at once.
  assertEquals(await read(bomb, gzipped), "request_too_large");
  const grownBytes = Deno.memoryUsage().rss - before;
  assert(grownBytes < 64 * 1024 * 1024, `the memory grew by ${grownBytes} bytes`);
});

Deno.test("a bomb's rest is not read", async () => {
  const bomb = await packedZeros(64_000_000);
  const slices = Array.from(
    { length: Math.ceil(bomb.length / 1024) },
    (_, i) => bomb.slice(i * 1024, (i + 1) * 1024),
  );
  let pulled = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(slices[pulled++] ?? new Uint8Array(1)),
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  assertEquals(await read(stream, gzipped), "request_too_large");
  assert(pulled < 16, `pulled ${pulled} of ${slices.length} chunks`);
  assertEquals(cancelled, true);
});

/** gzip of `length` zero bytes, made in bounded memory. */
async function packedZeros(length: number): Promise<Uint8Array<ArrayBuffer>> {
  const { stream } = chunks(new Uint8Array(1_000_000), length / 1_000_000);
  return new Uint8Array(await new Response(stream.pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
}

Deno.test("compressed input is bounded itself: empty blocks without end inflate to nothing", async () => {
  const header = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
  const emptyStoredBlock = [0, 0, 0, 0xff, 0xff];
  const blocks = new Uint8Array(5 * 4096);
  for (let at = 0; at < blocks.length; at += 5) blocks.set(emptyStoredBlock, at);
  const { seen, stream } = chunks(blocks, Infinity);
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller) {
      controller.enqueue(header);
      await Promise.resolve();
    },
    async pull(controller) {
      const next = await reader.read();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const reader = stream.getReader();
  assertEquals(await read(body, gzipped), "request_too_large");
  assert(seen.pulled < 60, `pulled ${seen.pulled} chunks of 20 KiB`);
});

Deno.test("what does not inflate, or ends early, is malformed", async () => {
  const packed = await gzip(`{"a":"${"é".repeat(500)}"}`);
  assertEquals(await read("{}", gzipped), "malformed_json");
  assertEquals(await read(packed.slice(0, packed.length - 9), gzipped), "malformed_json");
  const broken = packed.slice();
  broken[broken.length - 6] = (broken[broken.length - 6] ?? 0) ^ 0xff;
  assertEquals(await read(broken, gzipped), "malformed_json");
  assertEquals(await read(new Uint8Array(), gzipped), "malformed_json");
});

Deno.test("a body that breaks off is no fault of the request, plain or gzipped: busy, to be sent again", async () => {
  const breaking = (bytes: Uint8Array<ArrayBuffer>) =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => controller.enqueue(bytes),
      pull: (controller) => controller.error(new Error("the connection was cut")),
    });
  assertEquals(await read(breaking(new TextEncoder().encode('{"a":'))), "busy");
  assertEquals(await read(breaking((await gzip('{"a":1}')).slice(0, 15)), gzipped), "busy");
});

/** A body that gives `first`, then what `send` gives, and never ends. */
function stalling(first: Uint8Array<ArrayBuffer>) {
  let cancelled = false;
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (given) => (controller = given).enqueue(first),
    cancel: () => void (cancelled = true),
  });
  const send = (length: number) => controller.enqueue(new Uint8Array(length).fill(0x20));
  return { stream, send, cancelled: () => cancelled };
}

/** Lets everything happen that waits for nothing. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

for (const [name, headers] of [["plain", json], ["gzipped", gzipped]] as const) {
  Deno.test(`a body that stops arriving is given up as busy, ${name}, and its sender told to stop`, async () => {
    const timers = manualTimers();
    const { stream, cancelled } = stalling((await gzip('{"a":1}')).slice(0, 15));
    const reading = read(stream, headers, timers);
    await settle();
    assertEquals(timers.running(), 1);
    timers.tick();
    assertEquals([await reading, cancelled(), timers.running()], ["busy", true, 0]);
  });
}

Deno.test("a body that comes slowly is waited for, one that only trickles is not", async () => {
  const timers = manualTimers();
  const { stream, send } = stalling(new TextEncoder().encode("{"));
  const reading = read(stream, json, timers);
  for (let stretch = 0; stretch < 5; stretch++) {
    send(uploadPace.bytesMin);
    await settle();
    timers.tick();
    assertEquals(timers.running(), 1, `after stretch ${stretch}`);
  }
  send(uploadPace.bytesMin - 1);
  await settle();
  timers.tick();
  assertEquals(await reading, "busy");
});

Deno.test("no timer outlives the body that it is for, however its reading ends", async () => {
  const timers = manualTimers();
  const tooLarge = jsonOf(limits.requestBytesMax + 1);
  for (const body of ["{}", "{", new Blob([tooLarge]).stream()]) await read(body, json, timers);
  for (const body of [await gzip("{}"), "{}", await gzip(tooLarge)]) await read(body, gzipped, timers);
  assertEquals(timers.running(), 0);
});

Deno.test("half a million levels of nesting are JSON like any other", async () => {
  const levels = 500_000;
  assert(Array.isArray(await read("[".repeat(levels) + "]".repeat(levels))));
});
