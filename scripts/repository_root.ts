/** Where the repository lies, for scripts that may be started from any folder. */

/** The folder of deno.json. */
export function repositoryRoot(): string {
  const folder = import.meta.dirname;
  if (folder === undefined) {
    throw new Error("Scripts run from a checkout: this one was loaded over a network");
  }
  return folder.slice(0, -"/scripts".length);
}
