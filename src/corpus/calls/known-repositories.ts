import { KnownCalls } from './known-calls.js';

interface Entry {
  readonly calls: KnownCalls;
  bytes: number;
}

/** Where the calls of repositories went, those looked at last as far as their sources fit in `maxBytes`. */
export class KnownRepositories {
  readonly #entries = new Map<string, Entry>();
  #held = 0;
  /** Files whose calls had to be resolved, in all. */
  resolved = 0;

  constructor(readonly maxBytes: number) {}

  /** What is known of a repository whose sources have so many bytes now. */
  callsOf(key: string, bytes: number): KnownCalls {
    const entry = this.#entries.get(key) ?? { calls: new KnownCalls(), bytes: 0 };
    this.#held += bytes - entry.bytes;
    entry.bytes = bytes;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { bytes: size }] of this.#entries) {
      if (this.#held <= this.maxBytes) break;
      this.#entries.delete(oldest);
      this.#held -= size;
    }
    return entry.calls;
  }
}
