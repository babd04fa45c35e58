/** Lines for a new file of an import's report, a block at a time. */
import { createNewFile } from "../create_new_file.ts";

/** A report that is being written. */
export interface ReportFile {
  add(line: string): void;
  end(): void;
  /** Takes the file away again if nothing was reported: the import did not come to it. */
  discardEmpty(): Promise<void>;
}

const blockUnitsMin = 65_536;

/** Makes the file, for its owner only, or without a path reports nowhere. Throws `NewFileError`. */
export async function createReportFile(path: string | undefined): Promise<ReportFile> {
  if (path === undefined) return { add() {}, end() {}, discardEmpty: () => Promise.resolve() };
  const file = await createNewFile(path, 0o600);
  const encoder = new TextEncoder();
  let block = "";
  let isEmpty = true;
  const flush = () => {
    for (let bytes = encoder.encode(block); bytes.length > 0;) bytes = bytes.subarray(file.writeSync(bytes));
    block = "";
  };
  return {
    add(line) {
      isEmpty = false;
      block += `${line}\n`;
      if (block.length >= blockUnitsMin) flush();
    },
    end() {
      flush();
      file.close();
    },
    discardEmpty: () => isEmpty ? Deno.remove(path) : Promise.resolve(),
  };
}
