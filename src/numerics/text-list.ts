/**
 * Texts by row, in memory or on disk: an array of strings is one, a {@link TextFile} another.
 *
 * `at` is asked for single rows in any order, the iterator for all of them in order.
 */
export interface TextList extends Iterable<string> {
  readonly length: number;
  /** Undefined where there is no such row. */
  at(row: number): string | undefined;
  /** Tells apart lists of different texts without reading them. */
  readonly fingerprint?: string;
}
