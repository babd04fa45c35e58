/**
 * A mutant: a plausible mistake in the product, as a patch of its source. The product knows nothing of it: patches
 * are made in scratch copies only, so there is no hook that could be switched on by accident.
 */

/** One planted bug. */
export interface Mutant {
  /** Names it in tables and for `--only`; kebab-case. */
  name: string;
  /** Invariants that it breaks; any of them may be the first that notices. */
  breaks: readonly string[];
  /** Source file, from the repository's root. */
  file: string;
  /** Text that is there exactly once. */
  find: string;
  /** What stands there instead; found nowhere in the product. */
  replace: string;
  /** What goes wrong for people who use the product. */
  why: string;
}

/** Folders whose files a mutant may patch: the shipping code. */
export const productFolders = ["api", "client", "shared"] as const;

/**
 * `source` with the mutant's bug in it. Throws if the text to replace is not there exactly once: the product has
 * moved on and the mutant must follow.
 */
export function applyMutant({ name, file, find, replace }: Mutant, source: string): string {
  const count = source.split(find).length - 1;
  if (count !== 1) {
    throw new Error(
      `Cannot plant '${name}': its text to replace must be in ${file} exactly once, but is there ${count} times. ` +
        "Bring the mutant up to date with the source.",
    );
  }
  return source.replace(find, () => replace);
}
