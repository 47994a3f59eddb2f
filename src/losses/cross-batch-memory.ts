import * as tf from '@tensorflow/tfjs';
import { checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { customGradient, withCleanGradient } from '../numerics/tensors/index.js';
import { checkTensor } from './check-tensors.js';
import { checkFinite, checkLength, checkObject, checkOptions, type Ids, readIds, refuse } from './checks.js';

/** The size of a {@link CrossBatchMemory}. */
export interface CrossBatchMemoryOptions {
  /** How many rows are remembered; the oldest leave first. */
  readonly capacity: number;
}

const CROSS_BATCH_MEMORY_OPTIONS: OptionNames<CrossBatchMemoryOptions> = { capacity: true };

/** What a memory holds, on the host: to be stored and restored exactly. */
export interface CrossBatchMemoryState {
  /** [M, D], oldest first; null when nothing is remembered. */
  readonly rows: { readonly shape: readonly number[]; readonly data: Float32Array } | null;
  readonly ids: readonly (number | string)[];
}

/** Documents of this batch followed by remembered ones. */
export interface ExtendedDocuments {
  /** [N + M, D]; gradients flow into the first N rows alone. */
  readonly documents: tf.Tensor2D;
  /** [N + M], for the `documentIds` of {@link infoNceLoss}. */
  readonly documentIds: (number | string)[];
}

/** Queries of this batch followed by remembered ones. */
export interface ExtendedQueries {
  /** [Q + M, D]; gradients flow into the first Q rows alone. */
  readonly queries: tf.Tensor2D;
  /** [Q + M], for the `queryIds` of {@link infoNceLoss}. */
  readonly queryIds: (number | string)[];
  /** [Q + M], for its `positives`: -1 at remembered queries, which are no anchors. */
  readonly positives: Int32Array;
}

/**
 * Remembers the embeddings of past batches, as extra negatives without extra encoding (XBM): documents by
 * {@link extend}, or, in a memory of their own, queries by {@link extendQueries} for losses with
 * `documentToQuery`.
 *
 * Remembered rows are constants, also when they are added while a gradient is taken: nothing flows into them. They age
 * as the encoder changes, so a memory pays off once training has settled. Ids keep a remembered copy of a positive from
 * acting as its negative. {@link CrossBatchMemory.state} and {@link CrossBatchMemory.restore} carry a memory over an interruption.
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

  constructor(options: CrossBatchMemoryOptions) {
    checkObject('options', options);
    checkOptions('CrossBatchMemory', options, CROSS_BATCH_MEMORY_OPTIONS);
    const { capacity } = options;
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
  add(rows: tf.Tensor2D, ids: Ids): void {
    const added = this.#read('rows', rows, 'ids', ids);
    const all = [...this.#ids, ...added];
    const surplus = Math.max(0, all.length - this.capacity);
    const previous = this.#rows;
    // What is computed within a custom gradient without inputs is on no tape.
    this.#rows = tf.tidy(() =>
      tf.keep(
        customGradient([], () => {
          const joined = previous === null ? rows : tf.concat2d([previous, rows], 0);
          const value = tf.slice2d(joined, [surplus, 0], [all.length - surplus, rows.shape[1]]);
          return { value, saved: [], gradient: () => [] };
        }),
      ),
    );
    previous?.dispose();
    this.#ids = all.slice(surplus);
  }

  /** This batch's documents and ids, followed by the remembered ones. */
  extend(documents: tf.Tensor2D, documentIds: Ids): ExtendedDocuments {
    const ids = this.#read('documents', documents, 'documentIds', documentIds);
    return { documents: this.#extended(documents), documentIds: [...ids, ...this.#ids] };
  }

  /**
   * This batch's queries and ids, followed by the remembered ones.
   *
   * @param positives [Q], the document of each query, or -1. @defaultValue query i answers to document i
   */
  extendQueries(queries: tf.Tensor2D, queryIds: Ids, positives?: ArrayLike<number>): ExtendedQueries {
    const ids = this.#read('queries', queries, 'queryIds', queryIds);
    if (positives !== undefined) checkLength('positives', 'Q', positives, ids.length);
    const extended = new Int32Array(ids.length + this.size).fill(-1);
    for (let i = 0; i < ids.length; i++) extended[i] = positives?.[i] ?? i;
    return { queries: this.#extended(queries), queryIds: [...ids, ...this.#ids], positives: extended };
  }

  /** A copy of what is remembered, on the host. */
  async state(): Promise<CrossBatchMemoryState> {
    const rows = this.#rows;
    const ids = [...this.#ids];
    if (rows === null) return { rows, ids };
    return { rows: { shape: [...rows.shape], data: Float32Array.from(await rows.data()) }, ids };
  }

  /** Remembers what {@link CrossBatchMemory.state} gave, in place of anything else; beyond the capacity, the newest rows of it. */
  restore(state: CrossBatchMemoryState): void {
    checkObject('state', state);
    const { rows } = state;
    const ids = Array.from(readIds('state.ids', 'M', state.ids, state.ids?.length)!);
    if (rows === null) {
      if (ids.length > 0) refuse('state.rows', `hold ${ids.length} rows, one an id`, rows);
      this.dispose();
      return;
    }
    const [count, width] = rows.shape as [number, number];
    if (rows.shape.length !== 2 || count !== ids.length || rows.data.length !== count * width)
      throw new RangeError(
        `state.rows must hold ${ids.length} rows, one an id, received shape [${rows.shape.join(', ')}]`,
      );
    checkFinite('state.rows.data', rows.data);
    this.dispose();
    tf.tidy(() => this.add(tf.tensor2d(rows.data, [count, width]), ids));
  }

  dispose(): void {
    this.#rows?.dispose();
    this.#rows = null;
    this.#ids = [];
  }

  #extended(batch: tf.Tensor2D): tf.Tensor2D {
    const rows = this.#rows;
    return rows === null ? batch.clone() : tf.tidy(() => tf.concat2d([withCleanGradient(batch), rows], 0));
  }

  #read(name: string, rows: tf.Tensor2D, idsName: string, ids: Ids): (number | string)[] {
    checkTensor(name, rows, ['N', 'D']);
    if (ids === undefined) refuse(idsName, 'be an array of ids', ids, TypeError);
    const read = Array.from(readIds(idsName, 'N', ids, rows.shape[0])!);
    const width = this.#rows?.shape[1] ?? rows.shape[1];
    if (rows.shape[1] !== width) refuse(name, `have D = ${width} columns`, rows.shape[1]);
    return read;
  }
}
