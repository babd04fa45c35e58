/** Backup files on disk, streamed both ways: memory does not grow with them. */
import { type BackupLine, formatLine, parseLine } from "./backup_line.ts";
import { createNewFile, NewFileError } from "../create_new_file.ts";
import { pathExists } from "../path_exists.ts";

/** A file that cannot be used, with what to do about it. */
export class BackupFileError extends Error {
  override name = "BackupFileError";
}

/** Longest line: an entity of 256 KiB with all its stamps, a conflict that carries several such. */
const lineUnitsMax = 16 * 1024 * 1024;
const chunkUnitsMin = 256 * 1024;

/**
 * Writes `lines` to `path`, which must not exist. The file has its name only when it is whole. Whoever makes the
 * unfinished file is its only writer, and the only one to give it its name. Resolves to its bytes.
 */
export async function writeBackupFile(path: string, lines: AsyncIterable<BackupLine>): Promise<number> {
  await refuseExisting(path);
  const aside = `${path}.unfinished`;
  const file = await openNew(aside);
  try {
    await ReadableStream.from(textOf(lines))
      .pipeThrough(new TextEncoderStream())
      .pipeThrough(new CompressionStream("gzip"))
      .pipeTo(file.writable);
    await syncToDisk(aside);
    // Another backup may have been finished just before this one was begun.
    await refuseExisting(path);
    await Deno.rename(aside, path);
  } catch (error) {
    await Deno.remove(aside).catch(() => {});
    throw error;
  }
  return (await Deno.stat(path)).size;
}

async function refuseExisting(path: string): Promise<void> {
  const found = await pathExists(path).catch((error: Error) => {
    throw new BackupFileError(`Cannot write ${path}: ${error.message}. Name a new file in another folder.`);
  });
  if (!found) return;
  throw new BackupFileError(`Cannot write ${path}: it is there already. Name a new file, or move that one.`);
}

async function openNew(aside: string): Promise<Deno.FsFile> {
  try {
    return await createNewFile(aside, 0o600);
  } catch (error) {
    if (!(error instanceof NewFileError && error.cause instanceof Deno.errors.AlreadyExists)) throw error;
    throw new BackupFileError(
      `Cannot write ${aside}: it is there already. Another backup is writing it, or was broken off. Name a new ` +
        "file, or remove that one if no backup is running.",
    );
  }
}

/** The lines of a file. Throws {@linkcode BackupFileError} at the first fault. */
export async function* readBackupFile(path: string): AsyncGenerator<BackupLine> {
  const texts = linesOf(path)[Symbol.asyncIterator]();
  let at = 0;
  try {
    while (true) {
      const next = await texts.next().catch((error) => {
        if (error instanceof Deno.errors.NotFound) throw new BackupFileError(`There is no file ${path}.`);
        if (error instanceof BackupFileError) throw error;
        if (error?.code !== undefined) {
          throw new BackupFileError(
            `Cannot read ${path}: ${error.message}. It must be a backup that this user can read.`,
          );
        }
        if (at === 0) throw new BackupFileError(`${path} is no backup: it is not gzip.`);
        throw new BackupFileError(`${path} is cut short or damaged after line ${at}. Use another backup.`);
      });
      if (next.done) return;
      at++;
      const line = parseLine(next.value);
      if (line === null) throw new BackupFileError(`${path} is no backup: line ${at} is none of a backup's.`);
      yield line;
    }
  } finally {
    await texts.return?.(undefined);
  }
}

async function* textOf(lines: AsyncIterable<BackupLine>): AsyncGenerator<string> {
  let text = "";
  for await (const line of lines) {
    text += `${formatLine(line)}\n`;
    if (text.length < chunkUnitsMin) continue;
    yield text;
    text = "";
  }
  if (text !== "") yield text;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = await Deno.open(path);
  const texts = file.readable
    .pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream("utf-8", { fatal: true }));
  let rest = "";
  for await (const text of texts) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineUnitsMax) {
      throw new BackupFileError(`${path} is no backup: it has a line without end.`);
    }
    yield* lines;
  }
  if (rest !== "") throw new BackupFileError(`${path} is cut short. Use another backup.`);
}

async function syncToDisk(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.sync();
}
