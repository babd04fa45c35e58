/**
 * `GET /api/sync/v2/export`: everything of the user as NDJSON. Streamed: the ledger is read as fast as the
 * client takes it, and an account of any size passes through in bounded memory. A failure after the first line
 * breaks the stream off, so that half an export never looks like a whole one.
 */
import { utf8 } from "../../shared/universal.ts";
import type { AppHandler } from "../app_env.ts";
import type { Logger } from "../http_ports.ts";
import type { ExportLine, Ledger } from "../ports.ts";

const chunkBytesMin = 64 * 1024;

export function exportRoute(ledger: Ledger, logger: Logger): AppHandler {
  return async (c) => {
    const lines = ledger.export(c.get("identity").user)[Symbol.asyncIterator]();
    // The first line is read before anything is answered: a store that is broken is a 500, not half a 200.
    const first = await lines.next();
    // The log has a line for this request by then, which says 200.
    const onBreak = (error: unknown) =>
      logger.log({
        level: "error",
        event: "export_broke_off",
        requestId: c.get("requestId"),
        error: error instanceof Error ? error.name : "unknown",
      });
    return new Response(ndjson(first, lines, onBreak), {
      headers: {
        "Content-Type": "application/x-ndjson",
        "Content-Disposition": 'attachment; filename="sync-export.ndjson"',
      },
    });
  };
}

function ndjson(
  first: IteratorResult<ExportLine>,
  lines: AsyncIterator<ExportLine>,
  onBreak: (error: unknown) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next: IteratorResult<ExportLine> | null = first;
  const nextLine = async () => {
    try {
      return await lines.next();
    } catch (error) {
      onBreak(error);
      throw error;
    }
  };
  return new ReadableStream({
    async pull(controller) {
      let text = "";
      while (text.length < chunkBytesMin) {
        const line: IteratorResult<ExportLine> = next ?? await nextLine();
        next = null;
        if (line.done) {
          if (text !== "") controller.enqueue(utf8(text));
          return controller.close();
        }
        text += `${JSON.stringify(line.value)}\n`;
      }
      controller.enqueue(utf8(text));
    },
    async cancel() {
      await lines.return?.();
    },
  }, { highWaterMark: 0 });
}
