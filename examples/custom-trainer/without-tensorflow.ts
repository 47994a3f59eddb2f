/**
 * Trains a bag-of-words encoder without TensorFlow.js: value and gradients of the OASIS loss come from typed arrays, and
 * what lies before them is differentiated by hand. A trainer on another engine (ONNX Runtime, jax-js, your own) uses the
 * losses in the same way. The functions are those of date-fns, lodash and luxon; every fifth is kept for the search.
 *
 * Run with `npm run host-trainer`.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { analyzeRepository } from 'oasis-embed/corpus';
import { type DenseMatrix, oasisValueAndGradients } from 'oasis-embed/losses/host';
import { meanReciprocalRank, relevantRanks } from 'oasis-embed/metrics';

const DIMENSIONS = 128;
const BUCKETS = 2 ** 13;
const BATCH = 128;
const STEPS = 150;
const RATE = 0.003;

/** The parts of names and prose, hashed, with the square roots of their counts. */
const bagOf = (text: string): Map<number, number> => {
  const bag = new Map<number, number>();
  for (const word of text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .match(/[a-z]{2,}/g) ?? []) {
    let hash = 7;
    for (const letter of word) hash = (hash * 31 + letter.charCodeAt(0)) % BUCKETS;
    bag.set(hash, (bag.get(hash) ?? 0) + 1);
  }
  return new Map(Array.from(bag, ([bucket, count]) => [bucket, Math.sqrt(count)]));
};

/** Share of the words of one bag that the other has: the graded label of a pair. */
const overlap = (query: Map<number, number>, code: Map<number, number>): number =>
  [...query.keys()].filter((bucket) => code.has(bucket)).length / Math.max(1, query.size);

const readPackage = async (name: string) => {
  const root = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  const { functions } = await analyzeRepository(root, { repository: name, filters: 'CodeSearchNet' });
  const unique = new Map(functions.map(({ summary, code }) => [summary!, code]));
  return Array.from(unique, ([query, code]) => ({ query: bagOf(query), code: bagOf(code) }));
};

// The encoder: each bucket has a row of weights, a text is the sum of the rows of its words.
let state = 1;
const random = () => {
  state = (state * 16_807) % 2_147_483_647;
  return state / 2_147_483_647;
};
const weights = Float32Array.from({ length: BUCKETS * DIMENSIONS }, () => (random() - 0.5) / 4);
const squares = new Float32Array(BUCKETS * DIMENSIONS).fill(1e-8);

const encode = (bags: readonly Map<number, number>[]): DenseMatrix => {
  const data = new Float32Array(bags.length * DIMENSIONS);
  bags.forEach((bag, row) => {
    for (const [bucket, count] of bag)
      for (let d = 0; d < DIMENSIONS; d++)
        data[row * DIMENSIONS + d]! += count * weights[bucket * DIMENSIONS + d]!;
  });
  return { data, rows: bags.length, columns: DIMENSIONS };
};

/** Carries the gradient of the embeddings on to the weights, in steps of AdaGrad. */
const learn = (bags: readonly Map<number, number>[], { data }: DenseMatrix): void => {
  bags.forEach((bag, row) => {
    for (const [bucket, count] of bag) {
      for (let d = 0; d < DIMENSIONS; d++) {
        const gradient = count * data[row * DIMENSIONS + d]!;
        const at = bucket * DIMENSIONS + d;
        squares[at]! += gradient * gradient;
        weights[at]! -= (RATE * gradient) / Math.sqrt(squares[at]!);
      }
    }
  });
};

const functions = (await Promise.all(['date-fns', 'lodash', 'luxon'].map(readPackage))).flat();
const train = functions.filter((_, i) => i % 5 > 0);
const test = functions.filter((_, i) => i % 5 === 0);
const score = () =>
  meanReciprocalRank(
    relevantRanks(
      encode(test.map(({ query }) => query)),
      encode(test.map(({ code }) => code)),
      test.map((_, row) => row),
    ),
  );

console.log(`${train.length} functions to learn, ${test.length} to search`);
console.log(`before: MRR ${score().toFixed(3)}`);
for (let step = 0; step < STEPS; step++) {
  const batch = Array.from({ length: BATCH }, () => train[Math.floor(random() * train.length)]!);
  const rows = [...new Set(batch)];
  const [queries, codes] = [rows.map(({ query }) => query), rows.map(({ code }) => code)];
  // Each query with its own function, and with the next one of the batch; CoSENT orders all pairs by their labels.
  const query = [...rows.keys(), ...rows.keys()];
  const document = query.map((row, pair) => (pair < rows.length ? row : (row + 1) % rows.length));
  const { value, infoNce, cosent, gradients } = oasisValueAndGradients(encode(queries), encode(codes), {
    query,
    document,
    similarity: query.map((row, pair) => overlap(queries[row]!, codes[document[pair]!]!)),
    positive: query.map((_, pair) => pair < rows.length),
  });
  learn(queries, gradients[0]);
  learn(codes, gradients[1]);
  if (step % 50 === 0 || step === STEPS - 1) {
    const terms = `InfoNCE ${infoNce.toFixed(3)}, CoSENT ${cosent.toFixed(3)}`;
    console.log(`step ${step}: loss ${value.toFixed(3)} (${terms})`);
  }
}
console.log(`after: MRR ${score().toFixed(3)}`);
