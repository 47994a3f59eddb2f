import * as tf from '@tensorflow/tfjs';
import { checkPositiveInteger } from '../numerics/index.js';
import { withCleanGradient } from '../numerics/tensors/index.js';
import { checkLength, checkTensor } from './checks.js';

export interface CrossBatchMemoryOptions {
  /** How many rows are remembered; the oldest leave first. */
  readonly capacity: number;
}

/** Documents of this batch followed by remembered ones. */
export interface ExtendedDocuments {
  /** [N + M, D]; gradients flow into the first N rows alone. */
  readonly documents: tf.Tensor2D;
  /** [N + M], for the `documentIds` of {@link infoNceLoss}. */
  readonly documentIds: (number | string)[];
}

/**
 * Remembers the document embeddings of past batches, as extra negatives without extra encoding (XBM).
 *
 * Remembered rows are constants: no gradient flows into them. They age as the encoder changes, so a memory pays off once
 * training has settled. Ids keep a remembered copy of a positive from acting as its negative.
 *
 * Each row takes D floats; adding a batch copies at most capacity × D numbers.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { CrossBatchMemory, infoNceLoss } from 'oasis-embed/losses';
 *
 * const memory = new CrossBatchMemory({ capacity: 4 });
 * memory.add(tf.tensor2d([[0, 1], [0.6, 0.8]]), ['old', 'older']);
 * const queries = tf.tensor2d([[1, 0]]);
 * const loss = tf.tidy(() => {
 *   const { documents, documentIds } = memory.extend(tf.tensor2d([[0.9, 0.1]]), ['new']);
 *   return infoNceLoss(queries, documents, { positives: [0], documentIds });
 * });
 * if (!((await loss.data())[0]! > 0)) throw new Error('remembered rows must count as negatives');
 * memory.dispose();
 * ```
 *
 * @see Wang et al., Cross-batch memory for embedding learning (2020), arXiv 1912.06798.
 */
export class CrossBatchMemory {
  readonly capacity: number;
  #rows: tf.Tensor2D | null = null;
  #ids: (number | string)[] = [];

  constructor({ capacity }: CrossBatchMemoryOptions) {
    checkPositiveInteger('capacity', capacity);
    this.capacity = capacity;
  }

  /** How many rows are remembered now. */
  get size(): number {
    return this.#ids.length;
  }

  /** The remembered ids, oldest first. */
  get ids(): readonly (number | string)[] {
    return this.#ids;
  }

  /** Remembers rows [N, D] with their ids [N], dropping the oldest beyond the capacity. */
  add(documents: tf.Tensor2D, documentIds: ArrayLike<number | string>): void {
    this.#check(documents, documentIds);
    const ids = [...this.#ids, ...Array.from(documentIds)];
    const surplus = Math.max(0, ids.length - this.capacity);
    const previous = this.#rows;
    this.#rows = tf.tidy(() => {
      const joined = previous === null ? documents : tf.concat2d([previous, documents], 0);
      return tf.keep(tf.slice2d(joined, [surplus, 0], [ids.length - surplus, documents.shape[1]]));
    });
    previous?.dispose();
    this.#ids = ids.slice(surplus);
  }

  /** This batch's documents and ids, followed by the remembered ones. */
  extend(documents: tf.Tensor2D, documentIds: ArrayLike<number | string>): ExtendedDocuments {
    this.#check(documents, documentIds);
    const rows = this.#rows;
    return {
      documents: rows === null ? documents.clone() : tf.concat2d([withCleanGradient(documents), rows], 0),
      documentIds: [...Array.from(documentIds), ...this.#ids],
    };
  }

  dispose(): void {
    this.#rows?.dispose();
    this.#rows = null;
    this.#ids = [];
  }

  #check(documents: tf.Tensor2D, documentIds: ArrayLike<number | string>): void {
    checkTensor('documents', documents, ['N', 'D']);
    checkLength('documentIds', 'N', documentIds, documents.shape[0]);
    const width = this.#rows?.shape[1] ?? documents.shape[1];
    if (documents.shape[1] !== width) {
      throw new RangeError(`documents must have D = ${width} columns, received ${documents.shape[1]}`);
    }
  }
}
