/**
 * Real asynchronous work that virtual time must wait for: cryptography, compression, the server itself. It
 * runs on other threads, so no count of event loop turns tells when it is done.
 */

/** Counts the real work of one world. */
export class Busy {
  #running = 0;

  /** Whether real work is under way. */
  get now(): boolean {
    return this.#running + compressing > 0;
  }

  /** Counts `work` as real work until it settles. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await work;
    } finally {
      this.#running--;
    }
  }

  /** Tracked work waits for virtual time: meanwhile it is not busy. */
  async resting<T>(wait: Promise<T>): Promise<T> {
    this.#running--;
    try {
      return await wait;
    } finally {
      this.#running++;
    }
  }
}

let compressing = 0;

/** The host's compression, counted from its making to the end of its output. */
export class TrackedCompressionStream extends CompressionStream {
  constructor(format: CompressionFormat) {
    super(format);
    compressing++;
  }

  override get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      flush: () => void compressing--,
    });
    return super.readable.pipeThrough(count);
  }
}
