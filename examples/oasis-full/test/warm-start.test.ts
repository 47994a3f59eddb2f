import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdapterEncoder,
  type Encoder,
  encodeTexts,
  LsaEncoder,
  StaticEncoder,
  SubtokenBagEncoder,
  TransformerEncoder,
} from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeHeadBase } from '../models/head-base.js';
import { type StudentOptions, saveStudent, startingEncoder } from '../models/starting-encoder.js';
import { studentOf, trainingDefaults } from '../options/training-options.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-warm-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
beforeAll(() => selectBackend('cpu'));

const texts = {
  queries: ['the median of a sorted list of numbers', 'the mean of numbers'],
  documents: [
    'function mean(x) { return sum(x) / x.length; }',
    'function median(x) { return sorted(x)[0]; }',
  ],
};
const others = { queries: ['the first of a list'], documents: ['function first(list) { return list[0]; }'] };

const optionsFor = (encoder: string): StudentOptions =>
  ({
    out: join(scratch, 'run'),
    dimensions: 16,
    training: { ...trainingDefaults, encoder },
    models: { engine: 'tfjs' },
  }) as unknown as StudentOptions;

/** Weights that no start would have. */
const change = (encoder: Encoder) => {
  for (const variable of encoder.variables) variable.assign(variable.mul(1.25).add(0.03125));
};
const weights = (encoder: Encoder) => encoder.variables.map((variable) => Array.from(variable.dataSync()));

/** Saves what was trained, starts from its folder, and expects the same model, which embeds further texts. */
const expectSameStart = async (trained: Encoder, folder: string, student: string) => {
  const { training } = optionsFor(folder);
  expect(studentOf(training)).toBe(student);
  const started = await startingEncoder(texts, optionsFor(folder), 5, others);
  expect(started.kind).toBe(trained.kind);
  expect(weights(started)).toEqual(weights(trained));
  const vectors = await encodeTexts(started, others.documents, 'document');
  expect(Math.hypot(...vectors.data)).toBeCloseTo(1, 4);
  await saveStudent(started, join(scratch, `${student}-again`), optionsFor(folder));
  for (const encoder of [trained, started]) encoder.dispose();
};

describe('the model of an earlier run as a start', () => {
  it('is a bag with the vocabulary and the weights that it was saved with', async () => {
    const bag = SubtokenBagEncoder.fit(texts, { dimensions: 8, minimumFrequency: 1 });
    change(bag);
    await bag.save(join(scratch, 'bag'));
    await expectSameStart(bag, join(scratch, 'bag'), 'bag');
  });

  it('is a static encoder, not the axes of another one', async () => {
    const tiny = TransformerEncoder.random({ texts: texts.documents, hiddenSize: 8, layers: 1, heads: 2 });
    await tiny.save(join(scratch, 'tiny'));
    tiny.dispose();
    const model = LsaEncoder.fit(texts.documents, { dimensions: 2, minimumFrequency: 1 });
    const encoder = await StaticEncoder.fromModel(model, join(scratch, 'tiny'), texts.documents, {
      dimensions: 2,
    });
    change(encoder);
    await encoder.save(join(scratch, 'static'));
    await expectSameStart(encoder, join(scratch, 'static'), 'static');
  });

  it('is a head over the model that it stood on', async () => {
    const bag = SubtokenBagEncoder.fit(texts, { dimensions: 8, minimumFrequency: 1 });
    await bag.save(join(scratch, 'base'));
    const embedded = async (role: 'query' | 'document', list: readonly string[]) => ({
      texts: list,
      vectors: await encodeTexts(bag, list, role),
    });
    const head = AdapterEncoder.create({
      queries: await embedded('query', texts.queries),
      documents: await embedded('document', texts.documents),
    });
    bag.dispose();
    change(head);
    await head.save(join(scratch, 'head'));
    await writeHeadBase(join(scratch, 'head'), { folder: join(scratch, 'base'), queryPrompt: null });
    await expectSameStart(head, join(scratch, 'head'), 'head');
  });
});
