/**
 * Reading a JWT's user without verifying it: the client needs to know whose database to open, and only the
 * server decides what the token is worth.
 */

/** The token's `sub`, or null if it has none that can be read, whatever the site has given for a token. */
export function tokenSubject(token: string | null): string | null {
  try {
    const bytes = Uint8Array.from(
      atob(token!.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")),
      (c) => c.charCodeAt(0),
    );
    const { sub } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof sub === "string" && sub.length > 0 ? sub : null;
  } catch {
    return null;
  }
}
