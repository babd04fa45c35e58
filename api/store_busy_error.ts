/**
 * The store could not be reached in time. Nothing is wrong with the request: whoever answers it says "later"
 * (`middleware/problem.ts`: 503 `busy`), never 500.
 */
export class StoreBusyError extends Error {
  override name = "StoreBusyError";
  /** When trying again makes sense. */
  readonly retryAfterMs = 1000;

  constructor() {
    super("The store stayed locked by another process. Try again later.");
  }
}
