import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { labelWholeBatch, positivesOnTop } from '../../src/training/batch-labels.js';
import { type OasisDataset, trainOasis } from '../../src/training/index.js';
import { useBackend } from '../support/backends.js';
import { toyEncoder, toyTask } from './toy-task.js';

const { dataset, validation } = toyTask();
const quick = { epochs: 2, batchQueries: 8, learningRate: 0.02, seed: 3 } as const;

/** Unit rows at angles: the cosine of two is that of their difference. */
const atAngles = (angles: readonly number[]) => ({
  data: Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
  rows: angles.length,
  columns: 2,
});

const withTeacher = (): OasisDataset => ({
  ...dataset,
  teacher: {
    // Query i is answered by document i.
    queries: atAngles(dataset.queries.map((_, i) => i / 7)),
    documents: atAngles(dataset.documents.map((_, i) => i / 7)),
  },
});

describe('labelWholeBatch', () => {
  it('labels every query with every document: as the dataset says where it does, else as the teacher', () => {
    const angle = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(angle, { minLength: 1, maxLength: 5 }),
        fc.array(angle, { minLength: 1, maxLength: 6 }),
        fc.constantFrom({ scale: 1, offset: 0 }, { scale: 0.5, offset: 0.5 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (queryAngles, documentAngles, map, given) => {
          const batch = {
            queries: Uint32Array.from(queryAngles.keys()).reverse(),
            documents: Uint32Array.from(documentAngles.keys()),
            pairs: { query: [0], document: [0], similarity: [given], positive: [1] },
          };
          const teacher = { queries: atAngles(queryAngles), documents: atAngles(documentAngles), ...map };
          const { pairs } = labelWholeBatch(batch, teacher);
          expect(pairs.query.length).toBe(queryAngles.length * documentAngles.length);
          for (let p = 0; p < pairs.query.length; p++) {
            const isGiven = pairs.query[p] === 0 && pairs.document[p] === 0;
            const q = queryAngles[batch.queries[pairs.query[p]!]!]!;
            const cosine = Math.cos(q - documentAngles[pairs.document[p]!]!);
            const expected = isGiven ? given : Math.max(0, map.offset + map.scale * cosine);
            expect(pairs.similarity[p]).toBeCloseTo(expected, 5);
            expect(pairs.similarity[p]).toBeLessThan(1);
            expect(pairs.positive[p]).toBe(isGiven ? 1 : 0);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('puts positives above the highest label by more than the margin', () => {
    const batch = {
      queries: Uint32Array.of(0),
      documents: Uint32Array.of(0, 1),
      pairs: { query: [0, 0], document: [0, 1], similarity: [0.1, 0.999], positive: [1, 0] },
    };
    const { similarity } = positivesOnTop(batch, 0.7).pairs;
    expect(similarity[0]! - similarity[1]!).toBeGreaterThan(0.7);
    expect(similarity[1]).toBeCloseTo(0.999, 6);
  });
});

describe('trainOasis with labels over the batch', () => {
  beforeAll(() => useBackend('cpu'));

  const firstCosent = async (data: OasisDataset, options: Parameters<typeof trainOasis>[2]) => {
    const encoder = toyEncoder(data);
    const { steps } = await trainOasis(encoder, data, { ...quick, epochs: 1, ...options });
    encoder.dispose();
    return steps[0]!.cosent;
  };

  it('orders more pairs than the sampled labels do, fewer within each query, none beyond the margin', async () => {
    const data = withTeacher();
    const sampled = await firstCosent(data, {});
    const batch = await firstCosent(data, { labels: 'batch' });
    const within = await firstCosent(data, { labels: 'batch', cosent: { groups: 'query' } });
    expect(batch).toBeGreaterThan(sampled);
    expect(within).toBeLessThan(batch);
    expect(within).toBeGreaterThan(0);
    expect(await firstCosent(data, { labels: 'batch', cosent: { margin: 1 } })).toBe(0);
  });

  it('puts positives on top where asked: then they are ordered whatever the margin below 2', async () => {
    const data = withTeacher();
    const alone = await firstCosent(data, { cosent: { margin: 1 } });
    expect(alone).toBe(0);
    expect(await firstCosent(data, { cosent: { margin: 1 }, positiveLabels: 'top' })).toBeGreaterThan(0);
  });

  it('gives CoSENT a temperature and a normalization of its own', async () => {
    const published = await firstCosent(dataset, { temperature: 0.1 });
    const sharper = await firstCosent(dataset, { temperature: 0.1, cosent: { temperature: 0.01 } });
    expect(sharper).toBeGreaterThan(2 * published);
    expect(await firstCosent(dataset, { temperature: 0.1, cosent: { normalize: 'mean' } })).toBeLessThan(
      published,
    );
  });

  it('learns from the order of the whole batch alone', async () => {
    const data = withTeacher();
    const encoder = toyEncoder(data);
    const run = await trainOasis(encoder, data, {
      ...quick,
      epochs: 6,
      labels: 'batch',
      positiveLabels: 'top',
      weights: { infoNce: 0, cosent: 1 },
      cosent: { groups: 'query' },
      validation,
    });
    encoder.dispose();
    expect(run.best!.mrr).toBeGreaterThan(run.evaluations[0]!.mrr);
  });

  it('refuses what does not fit, before any work', async () => {
    const encoder = toyEncoder(dataset);
    const refused = (data: OasisDataset, options: object, message: RegExp) =>
      expect(trainOasis(encoder, data, { ...quick, ...options })).rejects.toThrow(message);
    await refused(dataset, { labels: 'batch' }, /needs the teacher's vectors/);
    const data = withTeacher();
    const short = { ...data.teacher!, queries: atAngles([0]) };
    await refused({ ...data, teacher: short }, { labels: 'batch' }, /teacher\.queries must have one row/);
    await refused(dataset, { labels: 'all' }, /labels must be one of sampled, batch, received all/);
    await refused(dataset, { positiveLabels: 'up' }, /positiveLabels must be one of/);
    await refused(dataset, { cosent: { groups: 'document' } }, /cosent\.groups must be one of/);
    await refused(dataset, { cosent: { margin: -1 } }, /cosent\.margin must be at least 0, received -1/);
    await refused(dataset, { cosent: { temperature: 0 } }, /cosent\.temperature must be above 0/);
    await refused(dataset, { cosent: { normalise: 'mean' } }, /normalise/);
    encoder.dispose();
  });
});
