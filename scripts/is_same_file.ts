/** Whether two paths lead to one file, by whatever names and links; false where either is missing. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    if (await Deno.realPath(one) === await Deno.realPath(other)) return true;
    const [a, b] = await Promise.all([Deno.stat(one), Deno.stat(other)]);
    return a.ino !== null && a.ino === b.ino && a.dev === b.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
