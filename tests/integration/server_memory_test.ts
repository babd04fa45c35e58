/**
 * How much memory a real process takes for what could take without bound: bombs, and exports larger than its
 * heap. The high-water mark is the kernel's, set back just before; elsewhere than on Linux it reads 0.
 */
import { assert, assertEquals } from "@std/assert";
import { testChange, testRequest } from "../api/http/http_world.ts";
import { type BlackBox, startBlackBox } from "./black_box_server.ts";
import { isWholeAnswer, rawConnect, statusOf } from "./raw_http.ts";

const bombBytes = 1_000_000_000;
const bombGrownMiBMax = 96;
/** Garbage that the engine has not collected yet counts too; an export held in memory takes over 400. */
const exportGrownMiBMax = 192;

/** Runs `load` and gives how far the resident memory of the server rose above where it stood, in MiB. */
async function grownMiB({ pid }: BlackBox, load: () => Promise<void>): Promise<number> {
  if (Deno.build.os !== "linux") {
    await load();
    return 0;
  }
  const read = (name: string) => {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? NaN) / 1024;
  };
  const before = read("VmRSS");
  Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  await load();
  const peak = read("VmHWM");
  console.log(`resident: ${before.toFixed(0)} MiB before, ${peak.toFixed(0)} MiB at most`);
  return peak - before;
}

async function bomb(): Promise<Uint8Array> {
  const zeros = new Uint8Array(1_000_000);
  let left = bombBytes / zeros.length;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => left-- > 0 ? controller.enqueue(zeros) : controller.close(),
  });
  return new Uint8Array(await new Response(source.pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
}

Deno.test("bombs of 1 MB that inflate to 1 GB, eight at once, are 413 and leave the process small", async () => {
  const box = await startBlackBox();
  try {
    const packed = await bomb();
    assert(packed.length < 1024 * 1024, "it must get past the bound on compressed bytes");
    await box.sync("ada", testRequest());
    const throwOne = async () => {
      const connection = await rawConnect(box.origin);
      const head = [
        "POST /api/sync/v2 HTTP/1.1",
        "Host: test",
        `Authorization: Bearer ${await box.token("ada")}`,
        "Content-Type: application/json",
        "Content-Encoding: gzip",
        `Content-Length: ${packed.length}`,
      ];
      await connection.write(`${head.join("\r\n")}\r\n\r\n`);
      // The server may answer and close before it has taken all of the bomb.
      const written = connection.write(packed).catch(() => {});
      assertEquals(statusOf(await connection.read(isWholeAnswer)), 413);
      connection.close();
      await written;
    };
    const grown = await grownMiB(box, async () => {
      await throwOne();
      await Promise.all(Array.from({ length: 8 }, throwOne));
    });
    assert(grown < bombGrownMiBMax, `the process grew by ${grown} MiB`);
    assertEquals((await box.sync("ada", testRequest())).status, 200);
  } finally {
    await box.remove();
  }
});

Deno.test("an export of 10,000 rows and 160 MB streams through a small process, whole", async () => {
  const box = await startBlackBox();
  const requests = 100;
  const changesPerRequest = 100;
  try {
    const text = "Études ".repeat(1_000);
    for (let i = 0; i < requests; i += 1) {
      const changes = Array.from({ length: changesPerRequest }, () => testChange({ data: { text } }));
      const { status, body } = await box.sync("ada", testRequest({ changes, limit: 1 }));
      assertEquals([status, body.results.at(-1).status], [200, "applied"]);
    }
    const counts: Record<string, number> = {};
    let bytes = 0;
    const grown = await grownMiB(box, async () => {
      const answer = await fetch(new URL("/api/sync/v2/export", box.origin), {
        headers: { Authorization: `Bearer ${await box.token("ada")}`, "Accept-Encoding": "identity" },
      });
      assertEquals([answer.status, answer.headers.get("Content-Type")], [200, "application/x-ndjson"]);
      let rest = "";
      let version = 0;
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        bytes += chunk.length;
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          const { kind, ...row } = JSON.parse(line);
          counts[kind] = (counts[kind] ?? 0) + 1;
          if (kind === "head") continue;
          if (counts[kind] === 1) version = 0;
          assertEquals(row.version, version += 1, kind);
        }
      }
      assertEquals(rest, "", "the last line is whole");
    });
    const rows = requests * changesPerRequest;
    assertEquals(counts, { head: 1, entity: rows, change: rows });
    assert(bytes > 130_000_000, `only ${bytes} characters`);
    assert(grown < exportGrownMiBMax, `the process grew by ${grown} MiB`);
  } finally {
    await box.remove();
  }
});
