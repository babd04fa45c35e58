/** Opens the database that the settings name. */
import type { KvLocation } from "../kv_location.ts";
import { folderOf } from "../folder_of.ts";
import { kvFileContent } from "./kv_file_content.ts";

/** The file at `KV_PATH` cannot be used; the message says which and why, for the people who set it. */
export class KvOpenError extends Error {
  override name = "KvOpenError";
}

/**
 * Makes the folder of a file where there is none. The caller closes.
 *
 * @throws {KvOpenError} for a file that is none of Deno KV's (it is left as it was), or a folder that cannot be written
 */
export async function openKv(location: KvLocation): Promise<Deno.Kv> {
  switch (location.kind) {
    case "platform":
      return await Deno.openKv();
    case "memory":
      return await Deno.openKv(":memory:");
    case "remote":
      return await Deno.openKv(location.url);
    case "file":
      return await openFile(location.path);
  }
}

async function openFile(path: string): Promise<Deno.Kv> {
  try {
    await Deno.mkdir(folderOf(path), { recursive: true });
    // Deno KV would put its tables into whatever SQLite database it is given.
    const content = await kvFileContent(path);
    if (content.kind === "foreign") throw new Error(describeForeign(content.tables));
    return await Deno.openKv(path);
  } catch (error) {
    throw new KvOpenError(
      `Cannot open the store at ${path}: ${(error as Error).message}. KV_PATH must name a database of this ` +
        "server, or a new file in a folder that this user can write.",
      { cause: error },
    );
  }
}

/** Tables of somebody else's database that a message names. */
const namedMax = 5;

function describeForeign(tables: readonly string[]): string {
  const more = tables.length > namedMax ? ` and ${tables.length - namedMax} more` : "";
  return `it is a SQLite database of something else, with the tables ${
    tables.slice(0, namedMax).join(", ")
  }${more}, and was left as it is`;
}
