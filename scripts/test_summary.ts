/**
 * Deno's own summary line, read and added up. Only a whole line in exactly that form counts, and only the
 * last one of a run, so that a test which prints such a line cannot change the sum.
 */

/** How many tests passed, failed, and were skipped. */
export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What one `deno test` process did; `filteredOut` are tests that a filter kept from running. */
export interface TestSummary extends TestCounts {
  filteredOut: number;
}

// deno-lint-ignore no-control-regex -- escape sequences are control characters
const escapeSequence = /\u001b\[[0-9;]*m/g;
const summaryLine =
  /^(?:ok|FAILED) \| (\d+) passed(?: \(\d+ steps?\))? \| (\d+) failed(?: \(\d+ steps?\))?(?: \| .*)? \([^)]*\)$/;

/** Reads the summary of one run from all it printed; null if it never came to one (it crashed). */
export function readTestSummary(output: string): TestSummary | null {
  const lines = output.replaceAll(escapeSequence, "").split("\n");
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]?.trim() ?? "";
    const match = summaryLine.exec(line);
    if (match) {
      return {
        passed: Number(match[1]),
        failed: Number(match[2]),
        skipped: countBefore(line, "ignored"),
        filteredOut: countBefore(line, "filtered out"),
      };
    }
  }
  return null;
}

/** The last line of the whole test command, which CI reads. */
export function closingLine(counts: TestCounts): string {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
}

function countBefore(line: string, word: string): number {
  return Number(new RegExp(`\\| (\\d+) ${word}`).exec(line)?.[1] ?? 0);
}
