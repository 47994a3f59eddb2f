import type { FlatTree } from '../tree/flat-tree.js';
import type { TreeMapping } from './tree-mapping.js';

/** Collects the pairs of a mapping. */
export class PairRecorder {
  readonly #targets: Int32Array;
  readonly #sources: Int32Array;

  constructor(a: FlatTree, b: FlatTree) {
    this.#targets = new Int32Array(a.size).fill(-1);
    this.#sources = new Int32Array(b.size).fill(-1);
  }

  add(i: number, j: number): void {
    this.#targets[i] = j;
    this.#sources[j] = i;
  }

  addRun(firstA: number, firstB: number, count: number): void {
    for (let k = 0; k < count; k++) this.add(firstA + k, firstB + k);
  }

  finish(distance: number): TreeMapping {
    return { distance, targets: this.#targets, sources: this.#sources };
  }
}
