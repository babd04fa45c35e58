/** Makes a file that a command is to fill. */
import { folderOf } from "../api/folder_of.ts";

/** Why the file was not made; the message says what to do. */
export class NewFileError extends Error {
  override name = "NewFileError";
}

/**
 * Opens a new file for writing, never one that is there: it may be somebody's only copy.
 *
 * @throws {NewFileError} when there is one already, or none can be made there
 */
export async function createNewFile(path: string, mode = 0o666): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, createNew: true, mode });
  } catch (error) {
    throw new NewFileError(`Cannot write ${path}: ${reasonOf(error, path)}`, { cause: error });
  }
}

function reasonOf(error: unknown, path: string): string {
  if (error instanceof Deno.errors.AlreadyExists) {
    return "it is there already. Name a new file, or move that one.";
  }
  if (error instanceof Deno.errors.NotFound) {
    return `there is no folder ${folderOf(path)}. Make it, or name a file in another one.`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `${message}. It must be a new file in a folder that this user can write.`;
}
