import {
  checkOptions,
  checkPositiveInteger,
  type IndexedPairs,
  type OptionNames,
} from '../numerics/index.js';
import { LARGEST_SIMILARITY } from './label-similarities.js';
import { cacheKey, type ResponseCache } from './response-cache.js';

/** A model that reads query and document together and says how well the one answers the other, such as a cross-encoder. */
export interface PairScorer {
  /** Names the model and its settings in datasets and caches. */
  readonly name: string;
  /** [P], in the order of the pairs, each in [0, 1]: the larger, the better. */
  score(
    queries: readonly string[],
    documents: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<Float32Array>;
}

/** Options of {@link scoreSimilarities}. */
export interface ScoreSimilaritiesOptions {
  /** Keeps scores by the content of their pair: an interrupted call resumes, and no pair is scored twice. @defaultValue null */
  readonly cache?: ResponseCache | null;
  /** Pairs handed to the model at a time. @defaultValue 256 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  /** Called after each batch with the count of pairs scored. */
  readonly onProgress?: (done: number, total: number) => void;
}

const OPTIONS: OptionNames<ScoreSimilaritiesOptions> = {
  cache: true,
  batchSize: true,
  signal: true,
  onProgress: true,
};

/** The key under which the score of a pair is kept. */
const pairCacheKey = (model: string, query: string, document: string): string =>
  cacheKey({ kind: 'pair-score', model, query, document });

const toBytes = (score: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, score, true);
  return bytes;
};

const fromBytes = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true);

/**
 * Labels pairs by a model that reads both texts of a pair together: what {@link labelSimilarities} is for embedders.
 *
 * s = score(q, d), capped to [0, 1 − 2⁻²⁴]. Each distinct pair of texts is scored once. A pair costs a pass through the model, where
 * an embedder takes one for each text: expect K + 1 times the passes.
 *
 * @param scorer The labeling model.
 * @param queries Texts that `pairs.query` points into.
 * @param documents Texts that `pairs.document` points into.
 * @param pairs [P] each, indices.
 * @returns [P], in [0, 1).
 * @throws {RangeError} When an index is out of range or the two lists differ in length.
 * @throws {TypeError} When the model gives another number of scores than pairs, or one that is not in [0, 1].
 *
 * @example
 * ```ts
 * import { type PairScorer, scoreSimilarities } from 'oasis-embed/annotation';
 * const words: PairScorer = {
 *   name: 'share of the words',
 *   score: async (queries, documents) =>
 *     Float32Array.from(queries, (query, i) => {
 *       const wanted = query.split(' ');
 *       return wanted.filter((word) => documents[i]!.includes(word)).length / wanted.length;
 *     }),
 * };
 * const pairs = { query: [0, 0], document: [0, 1] };
 * console.log(await scoreSimilarities(words, ['sort list'], ['sort(list)', 'sort(map)'], pairs)); // about [1, 0.5]
 * ```
 */
export const scoreSimilarities = async (
  scorer: PairScorer,
  queries: readonly string[],
  documents: readonly string[],
  pairs: IndexedPairs,
  options: ScoreSimilaritiesOptions = {},
): Promise<Float32Array> => {
  checkOptions('scoreSimilarities', options, OPTIONS);
  const { cache = null, batchSize = 256, signal, onProgress } = options;
  checkPositiveInteger('batchSize', batchSize);
  const count = pairs.query.length;
  if (pairs.document.length !== count) {
    throw new RangeError(
      `pairs.document must have shape [P] = [${count}], received [${pairs.document.length}]`,
    );
  }
  /** Pairs by their texts. */
  const rows = new Map<string, number[]>();
  for (let pair = 0; pair < count; pair++) {
    const [query, document] = [queries[pairs.query[pair]!], documents[pairs.document[pair]!]];
    if (query === undefined || document === undefined) {
      const [side, list, index] =
        query === undefined
          ? ['query', queries, pairs.query[pair]]
          : ['document', documents, pairs.document[pair]];
      throw new RangeError(`pairs.${side}[${pair}] must be below ${list.length}, received ${index}`);
    }
    const key = `${query.length} ${query}${document}`;
    const known = rows.get(key);
    if (known === undefined) rows.set(key, [pair]);
    else known.push(pair);
  }
  const labels = new Float32Array(count);
  let done = 0;
  const put = (own: readonly number[], score: number) => {
    const label = Math.min(LARGEST_SIMILARITY, Math.max(0, score));
    for (const pair of own) labels[pair] = label;
    done += own.length;
  };
  const missing: (readonly number[])[] = [];
  const textsOf = ([pair]: readonly number[]) =>
    [queries[pairs.query[pair!]!]!, documents[pairs.document[pair!]!]!] as const;
  for (const own of rows.values()) {
    const stored = cache === null ? null : await cache.get(pairCacheKey(scorer.name, ...textsOf(own)));
    if (stored === null) missing.push(own);
    else put(own, fromBytes(stored));
  }
  // Pairs of similar length share a batch: little is padded.
  const lengthOf = (own: readonly number[]) => textsOf(own).reduce((sum, text) => sum + text.length, 0);
  const lengths = new Map(missing.map((own) => [own, lengthOf(own)]));
  missing.sort((a, b) => lengths.get(a)! - lengths.get(b)! || a[0]! - b[0]!);
  for (let start = 0; start < missing.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = missing.slice(start, start + batchSize);
    const texts = batch.map(textsOf);
    const scores = await scorer.score(
      texts.map(([query]) => query),
      texts.map(([, document]) => document),
      signal === undefined ? {} : { signal },
    );
    if (scores.length !== batch.length) {
      throw new TypeError(`${scorer.name} must give ${batch.length} scores, received ${scores.length}`);
    }
    for (const [i, own] of batch.entries()) {
      const score = scores[i]!;
      if (!(score >= 0 && score <= 1)) {
        throw new TypeError(`${scorer.name} must give scores in [0, 1], received ${score}`);
      }
      await cache?.set(pairCacheKey(scorer.name, ...texts[i]!), toBytes(score));
      put(own, score);
    }
    onProgress?.(done, count);
  }
  return labels;
};
