import { createRandom, type LabeledPairs, shuffleInPlace } from '../numerics/index.js';
import { byQuery, type OasisDataset } from './oasis-dataset.js';

/** Unique rows of a dataset's texts, and pairs that index into these rows. */
export interface OasisBatch {
  /** [Q], rows of the dataset's queries. */
  readonly queries: Uint32Array;
  /** [N], rows of the dataset's documents. */
  readonly documents: Uint32Array;
  /** Every pair of the dataset whose query and document are both in the batch, by batch row. */
  readonly pairs: LabeledPairs;
}

/** How many queries, positives and negatives a batch holds. */
export interface BatchOptions {
  /** Queries per batch. */
  readonly batchQueries: number;
  /** At most this many positives per query, drawn anew in each epoch. */
  readonly positivesPerQuery: number;
  /** At most this many negatives per query, drawn anew in each epoch. */
  readonly negativesPerQuery: number;
  readonly seed: number;
}

/** A dataset's pairs by query: query q owns `order[start[q]]` to `order[start[q + 1]]`, positives first. */
export interface PairIndex {
  readonly start: Uint32Array;
  readonly order: Uint32Array;
  /** Queries with a positive, in rising order: the others bring nothing to learn from on their own. */
  readonly trainable: Uint32Array;
}

export const indexPairs = ({ queries, pairs }: OasisDataset): PairIndex => {
  const { start, order } = byQuery(pairs, queries.length);
  const trainable = new Uint32Array(queries.length);
  let count = 0;
  for (let query = 0; query < queries.length; query++) {
    const own = order.subarray(start[query]!, start[query + 1]!);
    const negatives = own.filter((p) => !pairs.positive[p]);
    if (negatives.length === own.length) continue;
    trainable[count++] = query;
    own.set(own.filter((p) => pairs.positive[p]));
    own.set(negatives, own.length - negatives.length);
  }
  return { start, order, trainable: trainable.slice(0, count) };
};

/** The batches of an epoch: how many there are does not depend on the epoch. */
export const batchesPerEpoch = (index: PairIndex, batchQueries: number): number =>
  Math.ceil(index.trainable.length / batchQueries);

/** The order of an epoch's queries: a pure function of seed and epoch. */
export const epochOrder = (index: PairIndex, seed: number, epoch: number): Uint32Array =>
  shuffleInPlace(index.trainable.slice(), createRandom(seed, `epoch-${epoch}`));

/**
 * One batch of an epoch: a slice of the shuffled queries, each with its positives, or some of them, and some of its
 * negatives.
 *
 * Texts enter once however many pairs name them, and pairs whose two texts came in by different queries are listed
 * too, so a query's positive is never taken for a negative.
 */
export const assembleBatch = (
  dataset: OasisDataset,
  index: PairIndex,
  order: Uint32Array,
  position: { readonly epoch: number; readonly batch: number },
  { batchQueries, positivesPerQuery, negativesPerQuery, seed }: BatchOptions,
): OasisBatch => {
  const { pairs } = dataset;
  const queries = order.slice(position.batch * batchQueries, (position.batch + 1) * batchQueries);
  const random = createRandom(seed, `negatives-${position.epoch}-${position.batch}`);
  const rows = new Map<number, number>();
  for (const query of queries) {
    const own = index.order.subarray(index.start[query]!, index.start[query + 1]!);
    const split = own.findIndex((p) => !pairs.positive[p]);
    const some = (pairs: Uint32Array, count: number) =>
      pairs.length > count ? shuffleInPlace(pairs.slice(), random).subarray(0, count) : pairs;
    const positives = some(split < 0 ? own : own.subarray(0, split), positivesPerQuery);
    const negatives = some(split < 0 ? own.subarray(0, 0) : own.subarray(split), negativesPerQuery);
    for (const p of [...positives, ...negatives]) {
      const document = pairs.document[p]!;
      if (!rows.has(document)) rows.set(document, rows.size);
    }
  }
  const listed: { query: number; document: number; pair: number }[] = [];
  queries.forEach((query, q) => {
    for (let i = index.start[query]!; i < index.start[query + 1]!; i++) {
      const pair = index.order[i]!;
      const document = rows.get(pairs.document[pair]!);
      if (document !== undefined) listed.push({ query: q, document, pair });
    }
  });
  return {
    queries,
    documents: Uint32Array.from(rows.keys()),
    pairs: {
      query: Uint32Array.from(listed, ({ query }) => query),
      document: Uint32Array.from(listed, ({ document }) => document),
      similarity: Float32Array.from(listed, ({ pair }) => pairs.similarity[pair]!),
      positive: Uint8Array.from(listed, ({ pair }) => Number(pairs.positive[pair])),
    },
  };
};
