import { SubtokenBagEncoder, type SubtokenBagOptions } from '../../src/encoders/index.js';
import { createRandom } from '../../src/numerics/index.js';
import type { OasisDataset, ValidationSet } from '../../src/training/index.js';

/** Code says one word, prose another: only training can bring them together. */
const MEANINGS = [
  'sort:arrange',
  'read:load',
  'clone:duplicate',
  'last:final',
  'sum:total',
  'join:concatenate',
];
const OBJECTS = ['list', 'file', 'map', 'tree', 'point', 'colour', 'date', 'string'];

const combinations = MEANINGS.flatMap((meaning) => OBJECTS.map((object) => ({ meaning, object })));

const textsOf = (rows: typeof combinations) => ({
  queries: rows.map(({ meaning, object }) => `${meaning.split(':')[1]} the ${object}`),
  documents: rows.map(
    ({ meaning, object }) => `function ${meaning.split(':')[0]}(${object}) { return ${object}; }`,
  ),
});

/** A dataset of 36 queries with three negatives each, and the twelve held-out ones for validation. */
export const toyTask = (): { dataset: OasisDataset<readonly string[]>; validation: ValidationSet } => {
  const heldOut = (i: number) => i % 4 === 3;
  const train = textsOf(combinations.filter((_, i) => !heldOut(i)));
  const test = textsOf(combinations.filter((_, i) => heldOut(i)));
  const random = createRandom(5, 'toy');
  const query: number[] = [];
  const document: number[] = [];
  train.queries.forEach((_, q) => {
    const others = new Set<number>();
    while (others.size < 3) {
      const other = random.below(train.documents.length);
      if (other !== q) others.add(other);
    }
    for (const row of [q, ...others]) {
      query.push(q);
      document.push(row);
    }
  });
  const positive = Uint8Array.from(query, (q, p) => (q === document[p] ? 1 : 0));
  return {
    dataset: {
      ...train,
      pairs: {
        query: Uint32Array.from(query),
        document: Uint32Array.from(document),
        similarity: Float32Array.from(positive, (mark) => (mark === 1 ? 0.8 : random.uniform() * 0.5)),
        positive,
      },
    },
    validation: { ...test, relevant: test.queries.map((_, i) => i) },
  };
};

export const toyEncoder = (dataset: OasisDataset, options: SubtokenBagOptions = {}): SubtokenBagEncoder =>
  SubtokenBagEncoder.fit(dataset, { dimensions: 32, minimumFrequency: 1, seed: 2, dropout: 0.1, ...options });
