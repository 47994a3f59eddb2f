import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BagEmbedder, encodeTexts, SubtokenBagEncoder, type TextRole } from '../../src/encoders/index.js';
import { createRandom } from '../../src/numerics/index.js';

const documents = [
  'function deepClone(value) { return JSON.parse(JSON.stringify(value)); }',
  'function sortNumbers(list) { return list.sort((a, b) => a - b); }',
  'const lastItem = (list) => list[list.length - 1];',
];
/** Terms that no vocabulary here holds, a text of none, one longer than a batch's neighbours, other scripts. */
const texts = [...documents, 'zyzzyva(quux)', '', '…', 'größe 短い', documents.join('\n').repeat(20)];
const many = Array.from({ length: 1100 }, (_, i) => `${texts[i % texts.length]} v${i}`);

/** An encoder that has learned something: every variable is moved at random. */
const trained = (projection: boolean) => {
  const encoder = SubtokenBagEncoder.fit(
    { queries: ['sorts a list'], documents },
    { dimensions: 48, minimumFrequency: 1, projection },
  );
  const random = createRandom(5);
  for (const variable of encoder.variables) {
    const noise = Float32Array.from({ length: variable.size }, () => 0.2 * (random.uniform() - 0.5));
    tf.tidy(() => variable.assign(tf.add(variable, tf.tensor(noise, variable.shape))));
  }
  return encoder;
};

describe('BagEmbedder', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'embedder-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it.each([
    ['float32', true],
    ['float32', false],
    ['int8', true],
  ] as const)(
    'gives the vectors of the encoder on tensors, %s, projection %s',
    async (precision, projection) => {
      const folder = join(directory, `${precision}-${projection}`);
      const fresh = trained(projection);
      await fresh.save(folder, { precision });
      fresh.dispose();
      const encoder = await SubtokenBagEncoder.load(folder);
      const embedder = await BagEmbedder.load(folder);
      for (const role of ['query', 'document'] as TextRole[]) {
        const expected = await encodeTexts(encoder, many, role);
        const { data, rows, columns } = await embedder.embed(many, { role });
        expect([rows, columns]).toEqual([many.length, 48]);
        let furthest = 0;
        data.forEach((value, i) => {
          furthest = Math.max(furthest, Math.abs(value - expected.data[i]!));
        });
        expect(furthest).toBeLessThan(2e-6);
      }
      encoder.dispose();
    },
  );

  it('gives zeros for a text without a letter or digit, and no rows for no texts', async () => {
    const embedder = await BagEmbedder.load(join(directory, 'float32-true'));
    expect((await embedder.embed(['', '…'])).data.every((value) => value === 0)).toBe(true);
    expect(await embedder.embed([])).toMatchObject({ rows: 0, columns: 48 });
  });

  it('names the file whose arrays do not fit the vocabulary', async () => {
    const folder = join(directory, 'damaged');
    const encoder = trained(false);
    await encoder.save(folder);
    encoder.dispose();
    const path = join(folder, 'vocabulary.json');
    const { terms, idf, unknownIdf } = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ terms: terms.slice(1), idf: idf.slice(1), unknownIdf }));
    await expect(BagEmbedder.load(folder)).rejects.toThrow(
      /model\.safetensors: term_deltas must have shape \[\d+, 48\], found/,
    );
  });
});
