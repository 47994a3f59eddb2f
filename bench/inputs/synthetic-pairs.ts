import { createRandom } from '../../src/numerics/index.js';
import type { LabeledPairs, OasisDataset } from '../../src/training/index.js';

export interface SyntheticPairs extends OasisDataset<readonly string[]> {
  /** The pairs of the first so many queries. */
  pairsOf(queries: number): LabeledPairs;
}

/**
 * Texts as long and as varied as documented functions of npm packages: Zipf-distributed words, 24 distinct ones a
 * function, of which a query repeats five.
 */
export const syntheticPairs = ({
  pairs,
  negatives,
  seed,
  vocabulary = 6000,
}: {
  readonly pairs: number;
  readonly negatives: number;
  readonly seed: number;
  readonly vocabulary?: number;
}): SyntheticPairs => {
  const random = createRandom(seed, 'synthetic');
  const letters = 'abcdefghijklmnopqrstuvwxyz';
  const wordRandom = createRandom(seed, 'words');
  const words = Array.from({ length: vocabulary }, () =>
    Array.from({ length: 3 + wordRandom.below(6) }, () => letters[wordRandom.below(26)]).join(''),
  );
  // The inverse of a Zipf distribution function, nearly.
  const draw = () => words[Math.min(vocabulary - 1, Math.floor(vocabulary ** random.uniform()) - 1)]!;
  const queries: string[] = [];
  const documents: string[] = [];
  for (let i = 0; i < pairs; i++) {
    const body = Array.from({ length: 40 }, draw);
    documents.push(
      `function ${body[0]}(${body[1]}, ${body[2]}) { return ${body.slice(3).join(' + ')} + ${i}; }`,
    );
    queries.push(`${[0, 1, 5, 9, 14].map((at) => body[at]).join(' ')} ${draw()} ${i}`);
  }
  const width = negatives + 1;
  const query = Uint32Array.from({ length: pairs * width }, (_, p) => Math.floor(p / width));
  const step = Math.floor(pairs / width);
  const document = query.map((q, p) => (q + (p % width) * step) % pairs);
  const positive = Uint8Array.from(query, (_, p) => (p % width === 0 ? 1 : 0));
  const similarity = Float32Array.from(positive, (mark) => (mark === 1 ? 0.6 : 0) + random.uniform() * 0.4);
  return {
    queries,
    documents,
    pairs: { query, document, similarity, positive },
    pairsOf: (count) => ({
      query: query.slice(0, count * width),
      document: document.slice(0, count * width),
      similarity: similarity.slice(0, count * width),
      positive: positive.slice(0, count * width),
    }),
  };
};
