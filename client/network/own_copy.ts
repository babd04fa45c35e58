/**
 * A copy of what the site gave, as JSON carries it: the site may go on changing its own, and what is stored gets
 * frozen. Null for what is not JSON, which no check of a change lets pass.
 */
export function ownCopy(given: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(given));
  } catch {
    return null;
  }
}
