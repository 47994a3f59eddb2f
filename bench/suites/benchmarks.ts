import { Bm25Index } from '../../src/benchmarks/index.js';
import { subtokens } from '../../src/syntax/index.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';
import { PLAIN } from '../runner/peer-packages.js';
import { type Suite, work } from '../runner/suite.js';

/** Every document scored from its own counts, for each query anew. */
const withoutIndex = (documents: readonly (readonly string[])[], query: readonly string[]): Float64Array => {
  const average = documents.reduce((sum, tokens) => sum + tokens.length, 0) / documents.length;
  const scores = new Float64Array(documents.length);
  for (const term of query) {
    const counts = documents.map((tokens) => tokens.filter((token) => token === term).length);
    const found = counts.filter((count) => count > 0).length;
    const idf = Math.log(1 + (documents.length - found + 0.5) / (found + 0.5));
    counts.forEach((count, i) => {
      const length = 1 - 0.75 + (0.75 * documents[i]!.length) / average;
      scores[i]! += (idf * count * 2.2) / (count + 1.2 * length);
    });
  }
  return scores;
};

const QUERIES = 20;
const texts = (count: number) => {
  const { documents, queries } = syntheticPairs({ pairs: count, negatives: 1, seed: 1 });
  return { documents: documents.map(subtokens), queries: queries.slice(0, QUERIES).map(subtokens) };
};
/** Where scores are shares of each other, formulas that differ by a constant factor agree. */
const shares = (scores: readonly ArrayLike<number>[]) =>
  scores.map((row) => {
    const values = Array.from(row);
    return Math.max(...values) / values.reduce((sum, value) => sum + value, 0);
  });

const functions = (value: number) => ({ label: `${value.toLocaleString('en')} functions`, value });

export const benchmarks: Suite = {
  room: 'benchmarks',
  works: [
    work({
      name: 'bm25-index',
      title: 'Building a BM25 index of tokenized functions',
      sizes: [functions(1000), { ...functions(20_000), slow: true }],
      input: texts,
      share: ({ documents, queries }) => ({ documents, queries }),
      tolerance: 0,
      note: 'Outcomes are the numbers of documents.',
      contenders: [
        {
          name: 'Bm25Index',
          prepare: ({ documents }) => ({
            run: () => new Bm25Index(documents),
            outcome: ({ size }: Bm25Index) => [size],
          }),
        },
        { name: 'BM25.index', module: 'bm25s_index', package: 'bm25s' },
      ],
    }),
    work({
      name: 'bm25-scores',
      title: `BM25 scores of all functions for ${QUERIES} queries`,
      sizes: [functions(1000), { ...functions(20_000), slow: true }],
      input: texts,
      share: ({ documents, queries }) => ({ documents, queries }),
      tolerance: 1e-4,
      note: 'Outcomes are the best score of each query as a share of all its scores.',
      contenders: [
        {
          name: 'Bm25Index.scores',
          prepare({ documents, queries }) {
            const index = new Bm25Index(documents);
            return { run: () => queries.map((query) => index.scores(query)), outcome: shares };
          },
        },
        {
          name: 'without an index',
          package: PLAIN,
          leftOut: [functions(20_000).label],
          prepare: ({ documents, queries }) => ({
            run: () => queries.map((query) => withoutIndex(documents, query)),
            outcome: shares,
          }),
        },
        { name: 'BM25.get_scores', module: 'bm25s_scores', package: 'bm25s' },
      ],
    }),
  ],
};
