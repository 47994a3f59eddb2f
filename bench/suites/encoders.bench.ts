import { bench, describe } from 'vitest';
import {
  AdapterEncoder,
  encodeTexts,
  LsaEncoder,
  SubtokenBagEncoder,
  TransformerEncoder,
} from '../../src/encoders/index.js';
import { type BackendName, selectBackend } from '../../src/training/index.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';

const backend = (process.env.OASIS_BENCH_BACKEND ?? 'wasm') as BackendName;
await selectBackend(backend);

const data = syntheticPairs({ pairs: 2000, negatives: 6, seed: 1 });
const options = { time: 500, iterations: 3, warmupIterations: 1 };

describe(`subtoken bag, 384 dimensions, ${backend}`, () => {
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

describe(`transformers of random weights, ${backend}`, () => {
  const long = { time: 0, iterations: 3, warmupIterations: 1 };
  const texts = data.documents.slice(0, 64);
  const sizes = {
    'two layers, 128 wide': { layers: 2, hiddenSize: 128, heads: 4 },
    'MiniLM (six layers, 384 wide)': { layers: 6, hiddenSize: 384, heads: 12 },
  };
  for (const [name, size] of Object.entries(sizes)) {
    const encoder = TransformerEncoder.random({ texts: data.documents, frozenLayers: 'all', ...size });
    bench(
      `${name}: encode 64 functions of at most 128 tokens`,
      async () => void (await encoder.embed(texts)),
      long,
    );
  }
  const tokenizer = TransformerEncoder.random({ texts: data.documents, layers: 1, hiddenSize: 32 });
  bench('tokenise 2,000 functions', () => void tokenizer.tokenize(data.documents, 'document'), long);
});

describe(`adapter over 1,536-dimensional vectors, ${backend}`, () => {
  const texts = data.documents.slice(0, 1000);
  const vectors = {
    data: Float32Array.from({ length: 1000 * 1536 }, (_, i) => Math.sin(i)),
    rows: 1000,
    columns: 1536,
  };
  const embedded = { texts, vectors };
  const encoder = AdapterEncoder.create({ queries: embedded, documents: embedded });
  bench('adapt 1,000 vectors', async () => void (await encoder.adapt(vectors, 'document')), options);
});
