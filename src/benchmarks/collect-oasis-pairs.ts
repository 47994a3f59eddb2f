import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import type { OasisPair } from './oasis-pairs.js';

/** How many rows of a data set are read. */
export interface CollectOasisPairsOptions {
  /**
   * Rows after this many are not read.
   * @defaultValue all
   */
  readonly limit?: number;
  /**
   * Only rows of these languages, as the column `lang` names them.
   * @defaultValue all
   */
  readonly languages?: readonly string[];
}

const COLLECT_OASIS_PAIRS_OPTIONS: OptionNames<CollectOasisPairsOptions> = { limit: true, languages: true };

/** Training pairs in the form that `trainOasis` takes: texts once each, pairs by their indices. */
export interface CollectedOasisPairs {
  /** Docstrings, in the order of their first rows. */
  readonly queries: readonly string[];
  /** Codes, in the order of their first rows. */
  readonly documents: readonly string[];
  /** Parallel arrays [P]. */
  readonly pairs: {
    readonly query: Uint32Array;
    readonly document: Uint32Array;
    readonly similarity: Float32Array;
    readonly positive: Uint8Array;
  };
  /** Rows whose docstring and code had come before; the pair keeps its first similarity. */
  readonly repeated: number;
}

/** More distinct texts of one kind than this do not fit the numbers that pairs are told apart by. */
const MOST_TEXTS = 2 ** 26;

const numbering = (name: string) => {
  const numbers = new Map<string, number>();
  return {
    numbers,
    of(text: string): number {
      const known = numbers.get(text);
      if (known !== undefined) return known;
      if (numbers.size === MOST_TEXTS) {
        throw new RangeError(
          `${name} must be at most ${MOST_TEXTS} distinct texts: set limit, or train on parts`,
        );
      }
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
  };
};

/**
 * Puts training pairs together for `trainOasis`: rows with the same docstring share one query, so that its negatives and
 * its own code meet in a batch, and a text that is repeated is encoded once.
 *
 * Of a pair that is given twice the first similarity stands; it is positive when any of its rows is.
 *
 * @param rows As {@link readOasisPairs} gives them.
 * @throws RangeError when `limit` is not a positive whole number, or there are more than 2²⁶ distinct texts of a kind.
 *
 * Time O(rows); memory O(distinct texts + pairs): the whole of the released set does not fit, `limit` or `languages`
 * take a part.
 *
 * @example
 * ```ts
 * import { collectOasisPairs } from 'oasis-embed/benchmarks';
 * const row = { docstring: 'Adds.', language: 'c' };
 * const { queries, documents, pairs } = await collectOasisPairs([
 *   { ...row, code: 'a + b', similarity: 0.7, positive: true },
 *   { ...row, code: 'a - b', similarity: 0.4, positive: false },
 * ]);
 * console.log(queries.length, documents.length, Array.from(pairs.query)); // 1 2 [0, 0]
 * ```
 */
export const collectOasisPairs = async (
  rows: AsyncIterable<OasisPair> | Iterable<OasisPair>,
  options: CollectOasisPairsOptions = {},
): Promise<CollectedOasisPairs> => {
  checkOptions('collectOasisPairs', options, COLLECT_OASIS_PAIRS_OPTIONS);
  const { limit = Number.POSITIVE_INFINITY, languages } = options;
  if (limit !== Number.POSITIVE_INFINITY) checkPositiveInteger('limit', limit);
  const wanted = languages && new Set(languages);
  const docstrings = numbering('docstrings');
  const codes = numbering('codes');
  const places = new Map<number, number>();
  const query: number[] = [];
  const document: number[] = [];
  const similarity: number[] = [];
  const positive: number[] = [];
  let taken = 0;
  for await (const row of rows) {
    if (wanted !== undefined && !wanted.has(row.language)) continue;
    const q = docstrings.of(row.docstring);
    const d = codes.of(row.code);
    const key = q * MOST_TEXTS + d;
    const known = places.get(key);
    if (known === undefined) {
      places.set(key, query.length);
      query.push(q);
      document.push(d);
      similarity.push(row.similarity);
      positive.push(row.positive ? 1 : 0);
    } else if (row.positive) positive[known] = 1;
    taken += 1;
    if (taken === limit) break;
  }
  return {
    queries: [...docstrings.numbers.keys()],
    documents: [...codes.numbers.keys()],
    pairs: {
      query: Uint32Array.from(query),
      document: Uint32Array.from(document),
      similarity: Float32Array.from(similarity),
      positive: Uint8Array.from(positive),
    },
    repeated: taken - query.length,
  };
};
