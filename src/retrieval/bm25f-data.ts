/** One field of the documents of a `Bm25fIndex`. */
export interface Bm25fField {
  readonly name: string;
  /** What one occurrence counts beside one in a field of weight 1. */
  readonly weight: number;
  /**
   * How much a long field is held back, in [0, 1].
   * @defaultValue 0.75
   */
  readonly b?: number;
}

/** Options of `Bm25fIndex`. */
export interface Bm25fOptions {
  readonly fields: readonly Bm25fField[];
  /**
   * How fast repetitions of a term stop to matter.
   * @defaultValue 1.2
   */
  readonly k1?: number;
}

/** A `Bm25fIndex` as plain data, which can be sent to a thread and stored. */
export interface Bm25fData {
  readonly size: number;
  readonly terms: readonly string[];
  /** The postings of term t lie in [starts[t], starts[t + 1]). */
  readonly starts: Float64Array;
  readonly documents: Uint32Array;
  /** What one occurrence of the term in a query adds to the document. */
  readonly weights: Float32Array;
}
