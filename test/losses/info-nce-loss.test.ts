import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Direction, type InfoNceOptions, infoNceLoss } from '../../src/losses/index.js';
import { type InfoNceCase, infoNce, type Matrix, numericGradient } from '../reference/losses.js';
import { lossBackends, useBackend } from '../support/backends.js';
import { evaluate, worstDifference } from '../support/evaluate.js';

const run = (queries: Matrix, documents: Matrix, options: InfoNceOptions = {}) =>
  evaluate(
    (q, d) =>
      infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, options as InfoNceOptions & { reduction: 'mean' }),
    [queries, documents],
  );

/** The same case for the reference and for the loss. */
const translate = (c: InfoNceCase, chunkSize?: number): InfoNceOptions => ({
  positives: { query: c.positives.map(([q]) => q), document: c.positives.map(([, d]) => d) },
  temperature: c.temperature,
  directions: c.directions as Direction[],
  ...(c.alpha ? { hardnessPenalty: c.alpha } : { hardnessWeighting: c.beta ?? 0 }),
  reduction: c.reduction,
  ...(c.mode === undefined ? {} : { hardnessMode: c.mode }),
  ...(c.partition === undefined ? {} : { partition: c.partition }),
  ...(c.negatives === undefined
    ? {}
    : {
        negatives: {
          query: c.negatives.pairs.map(([q]) => q),
          document: c.negatives.pairs.map(([, d]) => d),
          scope: c.negatives.own ? 'own' : 'shared',
        },
      }),
  ...(c.inBatch === undefined ? {} : { inBatchNegatives: c.inBatch }),
  ...(c.queryIds === undefined ? {} : { queryIds: c.queryIds }),
  ...(c.documentIds === undefined ? {} : { documentIds: c.documentIds }),
  ...(c.logProbabilities === undefined ? {} : { logProbabilities: c.logProbabilities }),
  ...(c.weights === undefined ? {} : { weights: c.weights }),
  ...(c.multiplePositives === undefined ? {} : { multiplePositives: c.multiplePositives }),
  ...(chunkSize === undefined ? {} : { chunkSize }),
});

const DIRECTIONS = [
  'queryToDocument',
  'documentToQuery',
  'queryToQuery',
  'documentToDocument',
  'positiveToPositive',
];
const entry = fc.integer({ min: -8, max: 8 }).map((n) => n / 8);
const matrix = (rows: number, columns: number) =>
  fc.array(fc.array(entry, { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows });
/** Optional, and absent rather than undefined. */
const maybe = <K extends string, T>(key: K, value: fc.Arbitrary<T>): fc.Arbitrary<{ [P in K]?: T }> =>
  fc.option(value, { nil: null }).map((v) => (v === null ? {} : ({ [key]: v } as { [P in K]?: T })));

const cases = fc
  .record({
    q: fc.integer({ min: 1, max: 4 }),
    n: fc.integer({ min: 1, max: 5 }),
    d: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ q, n, d }) => {
    const pair = fc.tuple(fc.integer({ min: 0, max: q - 1 }), fc.integer({ min: 0, max: n - 1 }));
    const pairs = (min: number) => fc.uniqueArray(pair, { minLength: min, maxLength: 5, selector: String });
    return fc.record({
      queries: matrix(q, d),
      documents: matrix(n, d),
      chunkSize: fc.constantFrom(undefined, 1, 2, 3),
      options: fc
        .tuple(
          fc.record({
            positives: pairs(0),
            temperature: fc.constantFrom(0.05, 0.5),
            directions: fc.subarray(DIRECTIONS, { minLength: 1 }),
            reduction: fc.constantFrom('mean' as const, 'sum' as const, 'weighted' as const),
          }),
          fc.constantFrom<Partial<InfoNceCase>>(
            {},
            {},
            { beta: 1 },
            { beta: 0.5 },
            { alpha: 3 },
            { alpha: 3, mode: 'allNegatives' },
            { alpha: 3, mode: 'inBatchNegatives' },
            { alpha: 3, mode: 'hardNegatives' },
          ),
          fc.constantFrom<Partial<InfoNceCase>>(
            {},
            { partition: 'joint' },
            { partition: 'jointRepeated' },
            { multiplePositives: 'outside' },
            { multiplePositives: 'inside' },
          ),
          maybe('negatives', fc.record({ pairs: pairs(1), own: fc.boolean() })).chain((hard) =>
            'negatives' in hard
              ? maybe('inBatch', fc.boolean()).map((b) => ({ ...hard, ...b }))
              : fc.constant(hard),
          ),
          maybe('queryIds', fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: q, maxLength: q })),
          maybe('documentIds', fc.array(fc.constantFrom(1, 2, 3, 4), { minLength: n, maxLength: n })),
          maybe('logProbabilities', fc.array(fc.constantFrom(-3, -1, 0), { minLength: n, maxLength: n })),
          maybe('weights', fc.array(fc.constantFrom(0, 0.5, 2), { minLength: q, maxLength: q })),
        )
        .map((parts): InfoNceCase => Object.assign({}, ...parts)),
    });
  });

describe.each(lossBackends())('infoNceLoss on %s', (backend) => {
  beforeAll(() => useBackend(backend));
  const numRuns = backend.startsWith('web') ? 25 : 150;

  it('agrees with the definition, row by row, under any mix of options', async () => {
    let moving = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ queries, documents, options, chunkSize }) => {
        const frozen = { queries, documents };
        const expected = infoNce(queries, documents, options);
        const { value, gradients } = await run(queries, documents, translate(options, chunkSize));
        expect(worstDifference([value], [expected])).toBeLessThan(2e-5);
        // Zero rows have no derivative to compare with: the loss gives 0 there.
        const gradientOf = (x: Matrix, f: (y: Matrix) => number) =>
          numericGradient(f, x).flatMap((row, i) => (x[i]!.every((v) => v === 0) ? row.map(() => 0) : row));
        const numeric = [
          gradientOf(queries, (x) => infoNce(x, documents, { ...options, frozen })),
          gradientOf(documents, (x) => infoNce(queries, x, { ...options, frozen })),
        ];
        if (Math.max(...numeric.flat().map(Math.abs)) > 0.01) moving++;
        gradients.forEach((gradient, i) => {
          expect(worstDifference(gradient, numeric[i]!)).toBeLessThan(1e-3);
        });
      }),
      { numRuns },
    );
    // About a quarter of the cases has a gradient to speak of: without any the comparison would prove nothing.
    expect(moving).toBeGreaterThan(numRuns < 50 ? 0 : numRuns / 15);
  });

  const queries = [
    [1, 0.2, -0.4],
    [0.3, -1, 0.5],
    [-0.2, 0.4, 0.9],
    [0.6, 0.6, 0.1],
  ];
  const documents = [
    [0.8, 0.1, 0],
    [0.2, -0.7, 0.9],
    [0.1, 0.5, 0.4],
    [-0.6, 0.3, 0.2],
    [0.9, 0.3, -0.2],
  ];
  const diagonal = queries.map((_, i) => [i, i] as const);

  it('masks what a guide scores above the positive, absolutely or relatively', async () => {
    const guide = { queries: documents.slice(0, 4), documents: [...queries, [0.4, 0.1, 0.1]] };
    for (const [margin, relative] of [
      [0, false],
      [0.2, false],
      [0.3, true],
      [-0.5, true],
    ] as const) {
      for (const directions of [['queryToDocument'], DIRECTIONS]) {
        const reference: InfoNceCase = {
          positives: [...diagonal, [0, 4]],
          temperature: 0.1,
          directions,
          reduction: 'mean',
          guide: { ...guide, margin, relative },
        };
        const before = tf.memory().numTensors;
        const [g, h] = [tf.tensor2d(guide.queries), tf.tensor2d(guide.documents)];
        const { value, gradients } = await run(queries, documents, {
          ...translate(reference, 3),
          guide: { queries: g, documents: h, margin, marginType: relative ? 'relative' : 'absolute' },
        });
        tf.dispose([g, h]);
        expect(tf.memory().numTensors).toBe(before);
        expect(value).toBeCloseTo(infoNce(queries, documents, reference), 4);
        const numeric = numericGradient((x) => infoNce(x, documents, reference), queries).flat();
        expect(worstDifference(gradients[0]!, numeric)).toBeLessThan(1e-3);
      }
    }
  });

  it('gives the same loss and gradient whatever the chunk size', async () => {
    const options: InfoNceOptions = { directions: 'all', hardnessWeighting: 1, positives: [0, 1, 2, 3] };
    const whole = await run(queries, documents, options);
    for (const chunkSize of [1, 2, 3, 4, 100]) {
      const chunked = await run(queries, documents, { ...options, chunkSize });
      expect(worstDifference([chunked.value], [whole.value])).toBeLessThan(1e-6);
      chunked.gradients.forEach((gradient, i) => {
        expect(worstDifference(gradient, whole.gradients[i]!)).toBeLessThan(1e-5);
      });
    }
  });

  it('differentiates a tensor temperature, with hardness and without', async () => {
    for (const beta of [0, 1]) {
      const reference = (temperature: number): number =>
        infoNce(queries, documents, {
          positives: diagonal,
          temperature,
          directions: DIRECTIONS,
          reduction: 'mean',
          beta,
        });
      const numeric = numericGradient((t) => reference(t[0]![0]!), [[0.3]])[0]![0]!;
      const { gradients } = await evaluate(
        (q, d, t) =>
          infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, {
            temperature: t as tf.Scalar,
            directions: 'all',
            hardnessWeighting: beta,
            chunkSize: 3,
          }),
        [queries, documents, 0.3],
      );
      expect(Math.abs(numeric)).toBeGreaterThan(0.1);
      expect(gradients[2]![0]! / numeric).toBeCloseTo(1, 3);
    }
  });

  it('gives one loss a row with reduction none, 0 for rows that are no anchors', async () => {
    const before = tf.memory().numTensors;
    const [q, d] = [tf.tensor2d(queries), tf.tensor2d(documents)];
    const losses = infoNceLoss(q, d, {
      positives: [0, -1, 2, 3],
      reduction: 'none',
      directions: 'symmetric',
    });
    const rows = Array.from(await losses.data());
    tf.dispose([q, d, losses]);
    expect(tf.memory().numTensors).toBe(before);
    expect(rows).toHaveLength(9);
    expect([rows[1], rows[5], rows[8]]).toEqual([0, 0, 0]);
    const mean = await run(queries, documents, { positives: [0, -1, 2, 3], directions: 'symmetric' });
    expect(rows.reduce((sum, loss) => sum + loss, 0) / 6).toBeCloseTo(mean.value, 5);
  });

  it('gives 0 with zero gradients when nothing is compared', async () => {
    const nothing: [Matrix, Matrix, InfoNceOptions][] = [
      [queries, documents, { positives: [-1, -1, -1, -1] }],
      [queries, documents, { weights: [0, 0, 0, 0], reduction: 'weighted' }],
      [[[1, 0]], [[0, 1]], {}],
      [queries, documents, { documentIds: ['x', 'x', 'x', 'x', 'x'] }],
      [[[1, 0]], [[0, 1]], { hardnessWeighting: 1 }],
    ];
    for (const [q, d, options] of nothing) {
      for (const reduction of ['mean', 'sum', 'weighted'] as const) {
        const { value, gradients } = await run(q, d, { reduction, ...options });
        expect(value).toBe(0);
        expect(gradients.flat().every((g) => g === 0)).toBe(true);
      }
    }
  });

  it('gives zero rows a zero gradient', async () => {
    const { value, gradients } = await run([[0, 0, 0], ...queries.slice(1)], documents);
    expect(Number.isFinite(value)).toBe(true);
    expect(gradients[0]!.slice(0, 3).every((g) => g === 0)).toBe(true);
    expect(gradients[0]!.slice(3).some((g) => g !== 0)).toBe(true);
  });

  it('stays exact at a scale of 1000', async () => {
    const options: InfoNceCase = {
      positives: diagonal,
      temperature: 0.001,
      directions: ['queryToDocument'],
      reduction: 'sum',
    };
    const { value } = await run(queries, documents, translate(options));
    expect(value / infoNce(queries, documents, options)).toBeCloseTo(1, 5);
  });
});

describe('infoNceLoss', () => {
  beforeAll(() => useBackend('cpu'));
  const queries = [
    [1, 0.2],
    [0.3, -1],
    [-0.2, 0.9],
  ];
  const documents = [
    [0.8, 0.1],
    [0.2, -0.7],
    [0.1, 0.5],
    [0.7, 0.7],
  ];

  it('never hides a NaN embedding', async () => {
    expect((await run([[Number.NaN, 1], ...queries.slice(1)], documents)).value).toBeNaN();
  });

  it('does not count a repeated positive as a negative when ids tell', async () => {
    const repeated = [...documents, documents[0]!];
    const masked = await run(queries, repeated, { documentIds: ['a', 'b', 'c', 'd', 'a'] });
    expect(masked.value).toBeCloseTo((await run(queries, documents)).value, 6);
    expect((await run(queries, repeated)).value).toBeGreaterThan(masked.value + 0.1);
  });

  it('does not depend on the order of documents', async () => {
    const order = [2, 0, 3, 1];
    const plain = await run(queries, documents);
    const shuffled = await run(
      queries,
      order.map((i) => documents[i]!),
      { positives: [1, 3, 0] },
    );
    expect(shuffled.value).toBeCloseTo(plain.value, 6);
  });

  it('does not change when rows are scaled', async () => {
    const plain = await run(queries, documents);
    const scaled = await run(
      queries.map((row) => row.map((x) => x * 40)),
      documents.map((row) => row.map((x) => x * 1e-4)),
    );
    expect(scaled.value).toBeCloseTo(plain.value, 5);
  });

  it('takes rows as they are with similarity dot', async () => {
    const { value } = await run(
      [[2, 0]],
      [
        [1, 0],
        [0.5, 3],
      ],
      { similarity: 'dot', temperature: 1 },
    );
    expect(value).toBeCloseTo(Math.log(1 + Math.exp(1 - 2)), 6);
  });

  it('is the mean of both directions when symmetric', async () => {
    const [forward, backward, both] = [
      await run(queries, documents.slice(0, 3), { directions: 'queryToDocument' }),
      await run(queries, documents.slice(0, 3), { directions: 'documentToQuery' }),
      await run(queries, documents.slice(0, 3), { directions: 'symmetric' }),
    ];
    expect(both.value).toBeCloseTo((forward.value + backward.value) / 2, 6);
  });
});
