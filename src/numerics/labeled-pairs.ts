/** Pairs of a query and a document as parallel arrays of one length P: indices into lists that the caller keeps. */
export interface IndexedPairs {
  /** [P], index of the query. */
  readonly query: ArrayLike<number>;
  /** [P], index of the document. */
  readonly document: ArrayLike<number>;
}

/**
 * Labeled pairs of a query and a document, as parallel arrays of one length P: what labeling gives, refinement raises,
 * training reads and the OASIS loss orders by.
 *
 * Typed arrays are the compact form, at 13 bytes per pair: `Uint32Array` for indices, `Float32Array` for similarities,
 * `Uint8Array` for marks. Plain arrays do as well. Each function says which similarities it takes: refinement those in
 * [0, 1], losses and training any finite number.
 *
 * @example
 * ```ts
 * import type { LabeledPairs } from 'oasis-embed/training';
 *
 * const pairs: LabeledPairs = {
 *   query: Uint32Array.of(0, 0, 1),
 *   document: Uint32Array.of(0, 1, 1),
 *   similarity: Float32Array.of(0.8, 0.3, 0.7),
 *   positive: Uint8Array.of(1, 0, 1),
 * };
 * if (pairs.query.length !== pairs.positive.length) throw new Error('arrays are parallel');
 * ```
 */
export interface LabeledPairs extends IndexedPairs {
  /** [P], the label: how similar the two are, positives included. */
  readonly similarity: ArrayLike<number>;
  /** [P], 1 or true where the document answers the query, else 0 or false. */
  readonly positive: ArrayLike<number | boolean>;
}

/** Whether a value marks a positive or none: `'false'` and other things that would pass for true do not. */
export const isMark = (value: unknown): boolean =>
  value === 0 || value === 1 || value === true || value === false;
