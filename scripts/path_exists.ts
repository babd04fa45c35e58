/** Whether there is a file or folder at `path`. Rejects if that cannot be told, e.g. for want of permission. */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
