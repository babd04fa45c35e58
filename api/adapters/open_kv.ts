/** Opens the database that the settings name. */
import type { KvLocation } from "../config.ts";
import { folderOf } from "../folder_of.ts";

/** Makes the folder of a file where there is none. The caller closes. */
export async function openKv(location: KvLocation): Promise<Deno.Kv> {
  switch (location.kind) {
    case "platform":
      return await Deno.openKv();
    case "memory":
      return await Deno.openKv(":memory:");
    case "remote":
      return await Deno.openKv(location.url);
    case "file":
      await Deno.mkdir(folderOf(location.path), { recursive: true });
      return await Deno.openKv(location.path);
  }
}
