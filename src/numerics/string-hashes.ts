/**
 * Whether a string was seen before, from 64 bits of a hash of each: 12 to 24 bytes per string, however long it is, and no
 * limit at the 2²⁴ entries of a `Set`.
 */
export class StringHashes {
  /** Two words per slot; both 0 if it is free. */
  #slots = new Uint32Array(2 * 1024);
  #count = 0;

  /**
   * False where the string was added before, or, next to never, another one of equal hash: whoever must be certain
   * looks back.
   */
  add(text: string): boolean {
    const [high, low] = hash64(text);
    if (4 * this.#count >= 3 * (this.#slots.length / 2)) this.#grow();
    this.#count += 1;
    return this.#put(high, low);
  }

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

/** 53 bits of a string. */
export const hash53 = (text: string): number => {
  const [high, low] = hash64(text);
  return (high >>> 11) * 2 ** 32 + low;
};
