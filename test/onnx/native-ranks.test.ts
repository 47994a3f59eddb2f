import { expect, test } from 'vitest';
import { type RelevantRanks, relevantRanks } from '../../src/metrics/index.js';
import type { DenseMatrix } from '../../src/numerics/index.js';
import { nativeProducts, relevantRanksNatively } from '../../src/onnx/index.js';
import { crowded, grouped } from '../metrics/rank-data.js';

const plain = ({ ranks, documents }: RelevantRanks) => [Array.from(ranks), Array.from(documents)];

const withLong = (matrix: DenseMatrix): DenseMatrix => {
  for (let i = 0; i < 3 * matrix.columns; i++) matrix.data[i]! *= 1000;
  return matrix;
};

test.each([
  ['equal but for the last bit of a number', crowded(700, 96, 3), crowded(90, 96, 3)],
  ['nearer to each other than float32 tells', grouped(700, 96, 1, 1.5e-7, 1), grouped(90, 96, 1, 1, 2)],
  ['in narrow groups', grouped(700, 96, 4, 1e-5, 1), grouped(90, 96, 4, 1, 2)],
  ['of very different lengths', withLong(grouped(700, 96, 1, 1, 1)), grouped(90, 96, 1, 1, 2)],
  ['spread out', crowded(700, 385, 1), crowded(90, 385, 2)],
])('products of ONNX Runtime give the ranks of float64 for documents %s', async (_, corpus, asked) => {
  const sole = Uint32Array.from({ length: asked.rows }, (_, q) => (7 * q) % corpus.rows);
  const several = {
    query: Array.from({ length: 3 * asked.rows }, (_, i) => Math.floor(i / 3)),
    document: Array.from({ length: 3 * asked.rows }, (_, i) => (11 * i) % corpus.rows),
  };
  for (const relevance of [sole, several]) {
    const found = await relevantRanksNatively(asked, corpus, relevance, { chunkSize: 300, blockSize: 64 });
    expect(plain(found)).toEqual(plain(relevantRanks(asked, corpus, relevance, { scoring: 'portable' })));
  }
});

test('ONNX Runtime multiplies rows that lie in shared memory', async () => {
  const products = await nativeProducts({ threads: 1 });
  const data = new Float32Array(new SharedArrayBuffer(16));
  data.set([1, 2, 3, 4]);
  const rows = { data, rows: 2, columns: 2 };
  const scores = new Float32Array(4);
  await products.multiply(rows, rows, scores);
  expect(Array.from(scores)).toEqual([5, 11, 11, 25]);
  const codes = new Int8Array(4);
  await products.multiplyRounded(rows, rows, Float32Array.of(0.4, -200), codes);
  expect(Array.from(codes)).toEqual([5, 11, -128, -128]);
  await products.close();
});
