/** The hash of everything a build is made of, so that an unchanged tree is not built twice. */

/**
 * SHA-256 over names and contents of `paths` (files, or folders with all that is in them), as 64 hex digits.
 * The order of `paths` does not matter.
 */
export async function sourceHash(paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(listFiles))).flat().sort();
  const parts: string[] = [];
  for (const file of files) parts.push(`${file} ${await sha256Hex(await Deno.readFile(file))}`);
  return await sha256Hex(new TextEncoder().encode(parts.join("\n")));
}

/** `path` itself if it is a file, else every file below it; nothing if there is no such path. */
export async function listFiles(path: string): Promise<string[]> {
  try {
    if ((await Deno.stat(path)).isFile) return [path];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  const found: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory) found.push(...await listFiles(child));
    else if (entry.isFile) found.push(child);
  }
  return found.sort();
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
