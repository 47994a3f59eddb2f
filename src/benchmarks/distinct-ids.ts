import { StringHashes } from '../numerics/index.js';
import type { RetrievalText } from './retrieval-task.js';

type Named = Pick<RetrievalText, 'id' | 'place'>;

/** `corpus.jsonl:17: ` where it is known. */
const at = ({ place }: Named) => (place === undefined ? '' : `${place}: `);

/**
 * Sees to it that ids are distinct while texts stream by. Of each id only 64 bits of a hash are kept; when these were
 * seen before, the texts are read again up to there, so that the answer is certain.
 *
 * Memory: 12 to 24 bytes per id.
 */
export class DistinctIds {
  readonly #what: string;
  readonly #read: () => AsyncIterable<Named>;
  readonly #hashes = new StringHashes();
  #count = 0;

  /**
   * @param what Of which set, such as `CoSQA: document`.
   * @param read Gives the texts from the start.
   */
  constructor(what: string, read: () => AsyncIterable<Named>) {
    this.#what = what;
    this.#read = read;
  }

  /** @throws RangeError (the promise rejects) when the id was there before. */
  add(label: Named): Promise<void> | undefined {
    this.#count += 1;
    return this.#hashes.add(label.id) ? undefined : this.#lookBack(label);
  }

  async #lookBack(label: Named): Promise<void> {
    let before = this.#count - 1;
    for await (const earlier of this.#read()) {
      // Two ids of equal hash: next to never.
      if (before-- === 0) return;
      if (earlier.id !== label.id) continue;
      const first = earlier.place === undefined ? '' : `, first at ${earlier.place}`;
      throw new RangeError(
        `${at(label)}${this.#what} ids must be distinct, received ${JSON.stringify(label.id)} again${first}`,
      );
    }
  }
}
