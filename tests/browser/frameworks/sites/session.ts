/** Who is signed in and where the sync server is; a real site has both from its own sign-in and settings. */
const page: DOMStringMap = globalThis.document?.body.dataset ?? {};
const server = globalThis as { process?: { env: Record<string, string | undefined> } };

/** URL of the exchange; a server that renders the page has it from its environment. */
export const endpoint = page.endpoint ?? server.process?.env.SYNC_ENDPOINT ?? "";

/** The JWT of whoever is signed in. */
export function token(): string | null {
  return page.token ?? null;
}
