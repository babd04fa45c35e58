/** Why a source cannot be used. */

/** What happened, what was required, what to do. */
export class LegacySourceError extends Error {
  override name = "LegacySourceError";
}

/** The database is damaged, so that rows could be missing without anybody being told. */
export class DamagedError extends LegacySourceError {
  constructor(path: string, fault: string) {
    super(
      `${path} is damaged: ${
        fault.replaceAll(/\s+/g, " ").trim()
      }. A whole database is required, as rows could be ` +
        "missing from this one. Use an intact copy, or recover what can be by `sqlite3 FILE .recover` and look at " +
        "what that gives first.",
    );
  }
}
