import { bench, describe } from 'vitest';
import { encodeTexts, LsaEncoder, SubtokenBagEncoder } from '../src/encoders/index.js';
import { selectBackend } from '../src/training/index.js';
import { syntheticPairs } from './peers/synthetic-pairs.js';

await selectBackend('wasm');

const data = syntheticPairs({ pairs: 2000, negatives: 6, seed: 1 });
const options = { time: 500, iterations: 3, warmupIterations: 1 };

describe('subtoken bag, 384 dimensions, wasm', () => {
  const encoder = SubtokenBagEncoder.fit(data);
  bench('fit 2,000 pairs', () => SubtokenBagEncoder.fit(data).dispose(), options);
  for (const size of [200, 2000]) {
    const texts = data.documents.slice(0, size);
    bench(
      `encode ${size} functions`,
      async () => void (await encodeTexts(encoder, texts, 'document')),
      options,
    );
  }
});

describe('LSA', () => {
  for (const size of [500, 2000]) {
    const texts = data.documents.slice(0, size);
    bench(
      `fit ${size} functions to 64 dimensions`,
      () => void LsaEncoder.fit(texts, { dimensions: 64 }),
      options,
    );
  }
});
