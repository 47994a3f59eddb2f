const BLOCK = 1 << 14;

/** A list of 32-bit integers that grows block by block, without the copies that growing an array takes. */
export class IntegerList {
  readonly #blocks: Int32Array[] = [];
  length = 0;

  push(value: number): void {
    const at = this.length++;
    if (at % BLOCK === 0) this.#blocks.push(new Int32Array(BLOCK));
    this.#blocks[at >>> 14]![at & (BLOCK - 1)] = value;
  }

  at(index: number): number {
    return this.#blocks[index >>> 14]![index & (BLOCK - 1)]!;
  }
}
