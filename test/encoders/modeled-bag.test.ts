import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodeTexts,
  readSafetensors,
  SubtokenBagEncoder,
  type VectorSource,
  writeSafetensors,
} from '../../src/encoders/index.js';
import { useBackend } from '../support/backends.js';

/** Says that words of one group mean the same. */
const groups = [
  ['remove', 'delete', 'erase'],
  ['list', 'array'],
  ['color', 'paint'],
];
const source: VectorSource = {
  name: 'groups',
  async embed(texts) {
    const columns = groups.length + 1;
    const data = new Float32Array(texts.length * columns);
    texts.forEach((text, row) => {
      const group = groups.findIndex((words) => words.includes(text));
      data[row * columns + (group < 0 ? groups.length : group)] = 1;
    });
    return { data, rows: texts.length, columns };
  },
};
const documents = ['delete array', 'paint array', 'erase color', 'other words here'];
const texts = { queries: [], documents };
const options = { dimensions: 256, minimumFrequency: 1 };
const dots = async (encoder: SubtokenBagEncoder, query: string) => {
  const q = (await encodeTexts(encoder, [query], 'query')).data;
  const { data, columns } = await encodeTexts(encoder, documents, 'document');
  return documents.map((_, row) => q.reduce((sum, value, i) => sum + value * data[row * columns + i]!, 0));
};

describe('SubtokenBagEncoder.fromModel', () => {
  beforeAll(() => useBackend('cpu'));

  it('draws words together that the model takes for alike', async () => {
    const plain = SubtokenBagEncoder.fit(texts, { ...options, words: ['remove', 'list'] });
    const started = await SubtokenBagEncoder.fromModel(source, texts, {
      ...options,
      words: ['remove', 'list'],
      modelShare: 1,
    });
    const [before, after] = [await dots(plain, 'remove list'), await dots(started, 'remove list')];
    expect(after[0]!).toBeGreaterThan(Math.max(...before) + 0.2);
    expect(after.indexOf(Math.max(...after))).toBe(0);
    plain.dispose();
    started.dispose();
  });

  it('gives the model the share asked for, beside random vectors of length 1', async () => {
    const encoder = await SubtokenBagEncoder.fromModel(source, texts, { ...options, modelShare: 0.25 });
    const [deltas] = encoder.variables;
    const data = await deltas!.data();
    for (let row = 0; row < encoder.vocabulary.terms.length; row++)
      expect(Math.hypot(...data.slice(row * 256, row * 256 + 256))).toBeCloseTo(0.25, 5);
    encoder.dispose();
  });

  it('hands the terms over once each, in batches, and says how far it is', async () => {
    const many = Array.from({ length: 2500 }, (_, i) => `w${String.fromCharCode(97 + (i % 26))}${i}`);
    const words = [...new Set(many.map((word) => word.replace(/\d/g, (d) => 'abcdefghij'[Number(d)]!)))];
    const asked: string[] = [];
    const progress: number[] = [];
    const encoder = await SubtokenBagEncoder.fromModel(
      {
        name: source.name,
        embed(some) {
          asked.push(...some);
          return source.embed(some);
        },
      },
      texts,
      { ...options, dimensions: 4, words, onProgress: (done) => progress.push(done) },
    );
    expect(asked).toEqual(encoder.vocabulary.terms);
    expect(progress).toEqual([1024, 2048, asked.length]);
    encoder.dispose();
  });

  it('embeds nearly alike from an int8 file, a quarter of the size', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bag-'));
    try {
      const encoder = await SubtokenBagEncoder.fromModel(source, texts, { ...options, projection: false });
      await encoder.save(join(directory, 'whole'));
      await encoder.save(join(directory, 'bytes'), { precision: 'int8' });
      const size = async (name: string) => (await stat(join(directory, name, 'model.safetensors'))).size;
      expect(await size('bytes')).toBeLessThan(0.35 * (await size('whole')));
      const loaded = await SubtokenBagEncoder.load(join(directory, 'bytes'));
      const expected = await encodeTexts(encoder, documents, 'document');
      const { data } = await encodeTexts(loaded, documents, 'document');
      const errors = Array.from(data, (value, i) => Math.abs(value - expected.data[i]!));
      expect(Math.max(...errors)).toBeLessThan(0.002);

      const path = join(directory, 'bytes', 'model.safetensors');
      const { tensors } = await readSafetensors(path);
      const short = { shape: [1], data: Float32Array.of(1) };
      await writeSafetensors(path, new Map([...tensors, ['term_delta_scales', short]]));
      await expect(SubtokenBagEncoder.load(join(directory, 'bytes'))).rejects.toThrow(
        'term_delta_scales must have shape [8], found [1]',
      );
      encoder.dispose();
      loaded.dispose();
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('refuses a share that is not positive, and a model that returns too few rows', async () => {
    await expect(SubtokenBagEncoder.fromModel(source, texts, { modelShare: 0 })).rejects.toThrow(
      'modelShare must be a positive number, received 0',
    );
    const broken = {
      name: 'broken',
      embed: async () => ({ data: new Float32Array(2), rows: 1, columns: 2 }),
    };
    await expect(SubtokenBagEncoder.fromModel(broken, texts, options)).rejects.toThrow(
      'broken must return 8 rows of one length, received [1, 2]',
    );
  });
});
