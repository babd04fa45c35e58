/**
 * The token of the signed-in user, in memory only. Asked from the site once, kept until the server refuses
 * it; a refused token is not sent again, so an expired session costs no requests until the site has another.
 * What names nobody (an empty string, an object by mistake) or somebody else is like having none.
 */
import { tokenSubject } from "./token.ts";
import type { TokenSource } from "./network/request.ts";

/** Told whose token there is; whether that is one of a user who may be signed in here. */
export type SubjectListener = (subject: string) => boolean;

export class TokenKeeper implements TokenSource {
  #token: string | null = null;
  #refused: string | null = null;
  #disabled = false;
  /** Rises when the site may have another token. */
  #era = 0;

  constructor(
    private readonly getToken: () => string | null | Promise<string | null>,
    private readonly subjectSeen: SubjectListener,
  ) {}

  /** Rejects if the site's callback does: not being able to tell is not being signed out. */
  async get(refused: string | null): Promise<string | null> {
    if (this.#disabled) return null;
    // Of two requests that were refused together, the second must not give up the token that the first has got.
    if (refused !== null && refused === this.#token) {
      this.#refused = refused;
      this.#token = null;
    }
    if (this.#token !== null) return this.#token;
    const era = this.#era;
    const token = await this.getToken();
    // Asked for before somebody else signed in, or everybody out: not theirs.
    if (era !== this.#era) return await this.get(refused);
    if (token === this.#refused || this.#disabled) return null;
    // What names nobody, or somebody else, is no token: it is asked for again.
    const subject = tokenSubject(token);
    if (subject === null || !this.subjectSeen(subject)) return null;
    return this.#token = token;
  }

  /** Forgets everything: the site may have another token now. */
  reset(): void {
    this.#era++;
    this.#token = this.#refused = null;
    this.#disabled = false;
  }

  /** After a logout no token is asked for until `reset()`. */
  disable(): void {
    this.reset();
    this.#disabled = true;
  }
}
