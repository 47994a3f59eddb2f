import { availableParallelism } from 'node:os';
import {
  bootstrapInterval,
  meanReciprocalRank,
  pairedRandomizationTest,
  type RelevantRanks,
  relevantRanks,
  relevantRanksInThreads,
} from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import { PLAIN } from '../runner/peer-packages.js';
import { type Prepared, type Suite, work } from '../runner/suite.js';

interface Vectors {
  readonly queries: DenseMatrix;
  readonly corpus: DenseMatrix;
  readonly relevant: Uint32Array;
}

/** Rows of length 1 in shared memory, which threads need; query q leans towards document q. */
const rowsOf = (rows: number, columns: number, name: string, towards?: DenseMatrix): DenseMatrix => {
  const random = createRandom(1, name);
  const data = new Float32Array(new SharedArrayBuffer(4 * rows * columns));
  for (let row = 0; row < rows; row++) {
    const part = data.subarray(row * columns, (row + 1) * columns);
    for (let t = 0; t < columns; t++)
      part[t] = random.uniform() - 0.5 + 0.6 * (towards?.data[row * columns + t] ?? 0);
    const length = Math.hypot(...part);
    for (let t = 0; t < columns; t++) part[t]! /= length;
  }
  return { rows, columns, data };
};

const vectors = ({ rows, documents, columns }: Size): Vectors => {
  const corpus = rowsOf(documents, columns, 'corpus');
  const queries = rowsOf(rows, columns, 'queries', corpus);
  return { queries, corpus, relevant: Uint32Array.from({ length: rows }, (_, q) => q) };
};

interface Size {
  readonly rows: number;
  readonly documents: number;
  readonly columns: number;
}
const size = (rows: number, documents: number, columns: number) => ({
  label: `${rows.toLocaleString('en')} × ${documents.toLocaleString('en')} × ${columns}`,
  value: { rows, documents, columns },
});
const share = ({ queries, corpus }: Vectors) => ({
  queries: queries.data as Float32Array,
  corpus: corpus.data as Float32Array,
  columns: corpus.columns,
});

const ranked = (run: () => RelevantRanks | Promise<RelevantRanks>): Prepared => ({
  run,
  outcome: (ranks: RelevantRanks) => [meanReciprocalRank(ranks, { cutoff: 1000 })],
});

/** The obvious way: score every document, sort, look for the relevant one. */
const sorted = ({ queries, corpus, relevant }: Vectors): number[] =>
  Array.from(relevant, (wanted, q) => {
    const scores = new Float64Array(corpus.rows);
    for (let d = 0; d < corpus.rows; d++) {
      let sum = 0;
      for (let t = 0; t < corpus.columns; t++)
        sum += queries.data[q * corpus.columns + t]! * corpus.data[d * corpus.columns + t]!;
      scores[d] = sum;
    }
    const order = Uint32Array.from(scores, (_, d) => d).sort((a, b) => scores[b]! - scores[a]! || b - a);
    return 1 + order.indexOf(wanted);
  });

/** The reciprocal ranks of two systems over so many queries, of which one is better by little. */
const twoSystems = (queries: number) => {
  const random = createRandom(1, 'two systems');
  const a = Float64Array.from({ length: queries }, () => 1 / (1 + random.below(20)));
  const b = a.map((value) => (random.uniform() < 0.5 ? value : 1 / (1 + random.below(20))));
  return { a, b };
};
const queryCount = (value: number) => ({ label: `${value.toLocaleString('en')} queries`, value });

export const metrics: Suite = {
  room: 'metrics',
  works: [
    work({
      name: 'ranks',
      title: 'The rank of one relevant document, queries × documents × dimensions, one thread of ours',
      sizes: [
        size(300, 2000, 256),
        { ...size(1000, 10_000, 384), slow: true },
        { ...size(2000, 20_000, 384), slow: true },
      ],
      input: vectors,
      share,
      // Scores in float32 may order two documents otherwise.
      tolerance: 1e-4,
      note: 'Outcomes are the MRR@1000. faiss does not rank documents beyond the first 1,000.',
      contenders: [
        {
          name: 'relevantRanks',
          prepare: ({ queries, corpus, relevant }) => ranked(() => relevantRanks(queries, corpus, relevant)),
        },
        {
          name: 'sort every list',
          package: PLAIN,
          leftOut: [size(1000, 10_000, 384).label, size(2000, 20_000, 384).label],
          prepare: (input) => ({
            run: () => sorted(input),
            outcome: (ranks: number[]) => [
              ranks.reduce((sum, rank) => sum + (rank <= 1000 ? 1 / rank : 0), 0) / ranks.length,
            ],
          }),
        },
        { name: 'counting', module: 'numpy_ranks', package: 'numpy' },
        { name: 'IndexFlatIP, top 1,000', module: 'faiss_ranks', package: 'faiss-cpu' },
      ],
    }),
    work({
      name: 'ranks-in-threads',
      title: 'The same on all cores',
      sizes: [size(1000, 10_000, 384), { ...size(4000, 20_000, 768), slow: true }],
      input: vectors,
      share,
      tolerance: 1e-4,
      contenders: [
        {
          name: 'relevantRanksInThreads',
          prepare: ({ queries, corpus, relevant }) =>
            ranked(() =>
              relevantRanksInThreads(queries, corpus, relevant, { threads: availableParallelism() }),
            ),
        },
        { name: 'counting', module: 'numpy_ranks', package: 'numpy' },
        { name: 'IndexFlatIP, top 1,000', module: 'faiss_ranks', package: 'faiss-cpu' },
      ],
    }),
    work({
      name: 'randomization-test',
      title: 'Paired randomization test of two systems, 1,000 permutations',
      sizes: [queryCount(2000), { ...queryCount(15_000), slow: true }],
      input: twoSystems,
      share: (systems) => systems,
      tolerance: 1e-9,
      note: 'Outcomes are the observed differences; each draws its own permutations.',
      contenders: [
        {
          name: 'pairedRandomizationTest',
          prepare: ({ a, b }) => ({
            run: () => pairedRandomizationTest(a, b, { permutations: 1000 }),
            outcome: ({ difference }: ReturnType<typeof pairedRandomizationTest>) => [difference],
          }),
        },
        { name: 'permutation_test', module: 'permutation_test', package: 'scipy' },
      ],
    }),
    work({
      name: 'bootstrap',
      title: 'Percentile bootstrap interval of a mean, 1,000 resamples',
      sizes: [queryCount(2000), { ...queryCount(15_000), slow: true }],
      input: twoSystems,
      share: ({ a }) => ({ a }),
      tolerance: 0.05,
      note: 'Outcomes are the ends of the intervals; each draws its own resamples.',
      contenders: [
        {
          name: 'bootstrapInterval',
          prepare: ({ a }) => ({
            run: () => bootstrapInterval(a, { resamples: 1000 }),
            outcome: ({ low, high }: ReturnType<typeof bootstrapInterval>) => [low, high],
          }),
        },
        { name: 'bootstrap', module: 'bootstrap', package: 'scipy' },
      ],
    }),
  ],
};
