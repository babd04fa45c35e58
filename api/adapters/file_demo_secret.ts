/** The secret that demo mode generates: kept beside the database, so that a restart keeps people signed in. */

const secretBytes = 32;
const secretForm = /^[0-9a-f]{64}$/;

/** Reads the secret in `folder`, or makes it there (file mode 0600). Safe when several processes start at once. */
export async function fileDemoSecret(folder: string): Promise<string> {
  const path = `${folder}/demo-secret`;
  await Deno.mkdir(folder, { recursive: true });
  try {
    return await readSecret(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // Written aside and linked, so that nobody can read half a secret; whoever links first wins.
  const aside = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(aside, randomSecret(), { createNew: true, mode: 0o600 });
  try {
    await Deno.link(aside, path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    await Deno.remove(aside);
  }
  return await readSecret(path);
}

/** A new secret, for a database that is gone with the process. */
export function randomSecret(): string {
  return [...crypto.getRandomValues(new Uint8Array(secretBytes))].map((byte) =>
    byte.toString(16).padStart(2, "0")
  )
    .join("");
}

async function readSecret(path: string): Promise<string> {
  const text = (await Deno.readTextFile(path)).trim();
  if (secretForm.test(text)) return text;
  throw new Error(
    `Cannot use the demo secret in ${path}: it must be 64 hex digits. Delete the file to get a new one; ` +
      "demo pages then sign in again by themselves.",
  );
}
