import type { RetrievalText } from './retrieval-task.js';

type Named = Pick<RetrievalText, 'id' | 'place'>;

/** `corpus.jsonl:17: ` where it is known. */
const at = ({ place }: Named) => (place === undefined ? '' : `${place}: `);

/**
 * Sees to it that ids are distinct while texts stream by. Of each id only 64 bits of a hash are kept; when these were
 * seen before, the texts are read again up to there, so that the answer is certain.
 *
 * Memory 12 to 24 bytes an id.
 */
export class DistinctIds {
  readonly #what: string;
  readonly #read: () => AsyncIterable<Named>;
  /** Two words a slot; both 0 where it is free. */
  #slots = new Uint32Array(2 * 1024);
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
    const [high, low] = hash64(label.id);
    if (4 * this.#count >= 3 * (this.#slots.length / 2)) this.#grow();
    this.#count += 1;
    return this.#put(high, low) ? undefined : this.#lookBack(label);
  }

  /** False when the hash is there. */
  #put(high: number, low: number): boolean {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const [h, l] = [slots[2 * slot]!, slots[2 * slot + 1]!];
      if (h === 0 && l === 0) {
        slots[2 * slot] = high;
        slots[2 * slot + 1] = low;
        return true;
      }
      if (h === high && l === low) return false;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== 0 || old[i + 1] !== 0) this.#put(old[i]!, old[i + 1]!);
    }
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

/** 64 bits of a string, never all 0. */
const hash64 = (text: string): readonly [number, number] => {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
  }
  const mixed = (x: number, y: number) =>
    Math.imul(x ^ (x >>> 16), 0x85ebca6b) ^ Math.imul(y ^ (y >>> 13), 0xc2b2ae35);
  const high = mixed(a, b) >>> 0;
  const low = mixed(b, a) >>> 0;
  return high === 0 && low === 0 ? [0, 1] : [high, low];
};
