/**
 * Reading a JWT's user without verifying it: the client needs to know whose database to open, and only the
 * server decides what the token is worth.
 */

/** The token's `sub`, or null if it has none that can be read. */
export function tokenSubject(token: string): string | null {
  const payload = token.split(".")[1];
  if (payload === undefined) return null;
  try {
    const bytes = Uint8Array.from(
      atob(payload.replaceAll("-", "+").replaceAll("_", "/")),
      (c) => c.charCodeAt(0),
    );
    const { sub } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof sub === "string" && sub.length > 0 ? sub : null;
  } catch {
    return null;
  }
}
