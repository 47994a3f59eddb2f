import { bench, describe } from 'vitest';
import { Bm25Index } from '../../src/benchmarks/index.js';
import { bootstrapInterval, pairedRandomizationTest, relevantRanks } from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';

const random = createRandom(1, 'metrics bench');
const matrix = (rows: number, columns: number): DenseMatrix => ({
  rows,
  columns,
  data: Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5),
});

/** The obvious way: score every document, sort, look for the relevant one. */
const sorted = (queries: DenseMatrix, corpus: DenseMatrix, relevant: readonly number[]) =>
  relevant.map((wanted, q) => {
    const scores = new Float64Array(corpus.rows);
    for (let d = 0; d < corpus.rows; d++) {
      let sum = 0;
      for (let t = 0; t < corpus.columns; t++) {
        sum += queries.data[q * corpus.columns + t]! * corpus.data[d * corpus.columns + t]!;
      }
      scores[d] = sum;
    }
    return Array.from(scores, (_, d) => d)
      .sort((a, b) => scores[b]! - scores[a]! || b - a)
      .indexOf(wanted);
  });

for (const [rows, columns] of [
  [300, 256],
  [1000, 256],
  [3000, 256],
] as const) {
  const queries = matrix(rows, columns);
  const corpus = matrix(rows, columns);
  const relevant = Array.from({ length: rows }, (_, i) => i);
  const options = { iterations: 3, time: 0, warmupIterations: 1, warmupTime: 0 };
  describe(`ranks, ${rows} × ${rows} × ${columns}`, () => {
    bench('relevantRanks', () => void relevantRanks(queries, corpus, relevant), options);
    if (rows <= 1000) bench('sort each list', () => void sorted(queries, corpus, relevant), options);
  });
}

describe('significance over 15,000 queries, 1,000 rounds', () => {
  const a = Float64Array.from({ length: 15_000 }, () => random.uniform());
  const b = Float64Array.from({ length: 15_000 }, () => random.uniform());
  bench('pairedRandomizationTest', () => void pairedRandomizationTest(a, b, { permutations: 1000 }));
  bench('bootstrapInterval', () => void bootstrapInterval(a, { resamples: 1000 }));
});

describe('BM25 over 20,000 documents of 60 tokens', () => {
  const word = () => `w${Math.floor(20_000 * random.uniform() ** 3)}`;
  const documents = Array.from({ length: 20_000 }, () => Array.from({ length: 60 }, word));
  const index = new Bm25Index(documents);
  const out = new Float64Array(index.size);
  const query = Array.from({ length: 8 }, word);
  bench('build', () => void new Bm25Index(documents), { iterations: 3, time: 0 });
  bench('score all for a query of 8 words', () => void index.scores(query, out));
});
