import type { FlatTree, LabelMode, NodeSelection } from './flat-tree.js';
import { maximumTreeSize } from './flat-tree.js';
import type { LabelVocabulary } from './label-vocabulary.js';

interface TreeTraits {
  readonly vocabulary: LabelVocabulary;
  readonly labelMode: LabelMode;
  readonly nodes: NodeSelection;
  readonly hasError: boolean;
}

/** Collects nodes in postorder into growing typed arrays. */
export class PostorderBuilder {
  #labels = new Int32Array(64);
  #sizes = new Int32Array(64);
  #starts: Int32Array | null;
  #ends: Int32Array | null;
  #length = 0;

  constructor(withPositions: boolean) {
    this.#starts = withPositions ? new Int32Array(64) : null;
    this.#ends = withPositions ? new Int32Array(64) : null;
  }

  get length(): number {
    return this.#length;
  }

  /** @param firstIndex The builder's length before the node's first descendant was added. */
  add(label: number, firstIndex: number, start: number, end: number): void {
    const index = this.#length;
    if (index >= maximumTreeSize) {
      throw new RangeError(`a tree must have at most ${maximumTreeSize} nodes, received more`);
    }
    if (index === this.#labels.length) this.#grow();
    this.#labels[index] = label;
    this.#sizes[index] = index - firstIndex + 1;
    if (this.#starts !== null && this.#ends !== null) {
      this.#starts[index] = start;
      this.#ends[index] = end;
    }
    this.#length = index + 1;
  }

  finish(traits: TreeTraits): FlatTree {
    const cut = (array: Int32Array) => array.slice(0, this.#length);
    return {
      size: this.#length,
      labels: cut(this.#labels),
      sizes: cut(this.#sizes),
      ...traits,
      positions:
        this.#starts === null || this.#ends === null
          ? null
          : { starts: cut(this.#starts), ends: cut(this.#ends) },
    };
  }

  #grow(): void {
    const double = (array: Int32Array) => {
      const larger = new Int32Array(array.length * 2);
      larger.set(array);
      return larger;
    };
    this.#labels = double(this.#labels);
    this.#sizes = double(this.#sizes);
    if (this.#starts !== null) this.#starts = double(this.#starts);
    if (this.#ends !== null) this.#ends = double(this.#ends);
  }
}
