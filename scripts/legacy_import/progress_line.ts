/** Shows how far a long run is: a bar where somebody looks on, a plain line now and then where nobody does. */

/** Least time between two lines in a log, and between two pictures of the bar. */
const lineEveryMs = 2000;
const barEveryMs = 100;
const barUnits = 30;

/** One run's progress. */
export interface ProgressLine {
  /** `detail` follows the share, e.g. "20,400 of 60,000 rows". */
  show(done: number, total: number, detail: string): void;
  /** Leaves the line free for what is printed next. */
  end(): void;
}

/** Writes to `write`, at the times that `nowMs` says. */
export function progressLine(
  { terminal, nowMs, write }: { terminal: boolean; nowMs: () => number; write: (text: string) => void },
): ProgressLine {
  const everyMs = terminal ? barEveryMs : lineEveryMs;
  let shownMs = terminal ? -Infinity : nowMs();
  let barShown = false;
  return {
    show(done, total, detail) {
      if (nowMs() - shownMs < everyMs && !(terminal && done >= total)) return;
      shownMs = nowMs();
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const percent = `${total === 0 ? 100 : Math.min(100, Math.floor(done * 100 / total))} %`;
      if (!terminal) return write(`${percent}: ${detail}\n`);
      const filled = Math.floor(share * barUnits);
      // Clears what a longer line left.
      write(`\r[${"#".repeat(filled).padEnd(barUnits, ".")}] ${percent.padStart(5)} ${detail}\x1b[K`);
      barShown = true;
    },
    end() {
      if (barShown) write("\n");
      barShown = false;
    },
  };
}

/** The process's own: on stderr, so that stdout is the report alone. */
export function processProgressLine(): ProgressLine {
  const encoder = new TextEncoder();
  return progressLine({
    terminal: Deno.stderr.isTerminal(),
    nowMs: () => performance.now(),
    write: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
  });
}
