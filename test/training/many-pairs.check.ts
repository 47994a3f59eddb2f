/** A dataset of more pairs than a `Set` or a string has room for: it is checked, indexed, named and drawn from. */
import { expect, it } from 'vitest';
import { assembleBatch, epochOrder, indexPairs } from '../../src/training/batches.js';
import { runFingerprint } from '../../src/training/checkpoint.js';
import { checkDataset } from '../../src/training/index.js';
import { checkedSettings } from '../../src/training/training-options.js';

const DOCUMENTS = 55_000;
const QUERIES = 1_000;
const COUNT = DOCUMENTS * QUERIES;

it(`takes ${COUNT} pairs`, () => {
  const row = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name} ${i}`);
  const pairs = {
    query: new Uint32Array(COUNT),
    document: new Uint32Array(COUNT),
    similarity: new Float32Array(COUNT).fill(0.25),
    positive: new Uint8Array(COUNT),
  };
  for (let p = 0; p < COUNT; p++) {
    pairs.query[p] = p % QUERIES;
    pairs.document[p] = Math.floor(p / QUERIES);
  }
  pairs.positive.fill(1, 0, QUERIES);
  const dataset = { queries: row('query', QUERIES), documents: row('document', DOCUMENTS), pairs };
  checkDataset(dataset);

  const settings = checkedSettings({ batchQueries: 4, negativesPerQuery: 3 });
  const index = indexPairs(dataset);
  expect(index.trainable.length).toBe(QUERIES);
  const batch = assembleBatch(dataset, index, epochOrder(index, 0, 0), { epoch: 0, batch: 9 }, settings);
  expect(batch.queries.length).toBe(4);
  expect(batch.documents.length).toBeLessThanOrEqual(1 + 4 * 3);
  expect(Array.from(batch.pairs.positive, Number).reduce((sum, mark) => sum + mark, 0)).toBe(4);

  const model = { kind: 'toy', fingerprint: undefined, engine: undefined, shapes: new Map() };
  const name = runFingerprint(model, dataset, settings, undefined);
  pairs.document[COUNT - 1] = 0;
  expect(() => checkDataset(dataset)).toThrow(`pairs[${COUNT - 1}] repeats query 999 with document 0`);
  expect(runFingerprint(model, dataset, settings, undefined)).not.toBe(name);
});
