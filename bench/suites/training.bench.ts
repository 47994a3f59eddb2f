import { bench, describe } from 'vitest';
import { SubtokenBagEncoder } from '../../src/encoders/index.js';
import { selectBackend, trainOasis } from '../../src/training/index.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';

await selectBackend('wasm');

/** A batch of 64 queries is 512 texts; the encoder has about 6,000 terms. */
const STEPS = 4;
const data = syntheticPairs({ pairs: 2000, negatives: 6, seed: 1 });
describe('subtoken bag, 384 dimensions, wasm', () => {
  const encoder = SubtokenBagEncoder.fit(data);
  const options = { time: 500, iterations: 3, warmupIterations: 1 };
  for (const batchQueries of [16, 64]) {
    const own = { ...data, pairs: data.pairsOf(batchQueries * STEPS) };
    bench(
      `${STEPS} training steps of ${batchQueries} queries with 6 negatives each`,
      async () => {
        await trainOasis(encoder, own, { epochs: 1, batchQueries, negativesPerQuery: 6 });
      },
      options,
    );
  }
});
