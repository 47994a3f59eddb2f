import { bench, describe } from 'vitest';
import { Bm25Index } from '../../src/benchmarks/index.js';
import { subtokens } from '../../src/syntax/index.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';

const options = { time: 500, iterations: 3, warmupIterations: 1 };

/** What an index saves: every document scored from its own counts, for each query anew. */
const withoutIndex = (documents: readonly (readonly string[])[], query: readonly string[]): Float64Array => {
  const average = documents.reduce((sum, tokens) => sum + tokens.length, 0) / documents.length;
  const scores = new Float64Array(documents.length);
  for (const term of query) {
    const counts = documents.map((tokens) => tokens.filter((token) => token === term).length);
    const found = counts.filter((count) => count > 0).length;
    const idf = Math.log(1 + (documents.length - found + 0.5) / (found + 0.5));
    counts.forEach((count, i) => {
      const length = 1 - 0.75 + (0.75 * documents[i]!.length) / average;
      scores[i]! += (idf * count) / (count + 1.2 * length);
    });
  }
  return scores;
};

for (const size of [500, 4000]) {
  const data = syntheticPairs({ pairs: size, negatives: 1, seed: 1 });
  const documents = data.documents.map(subtokens);
  const query = subtokens(data.queries[0]!);
  const index = new Bm25Index(documents);
  describe(`BM25, ${size} functions`, () => {
    bench('build the index', () => void new Bm25Index(documents), options);
    bench('score one query', () => void index.scores(query), options);
    bench('score one query without an index', () => void withoutIndex(documents, query), options);
  });
}
