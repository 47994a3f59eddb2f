import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cosentEmbeddingLoss,
  type InfoNceOptions,
  infoNceLoss,
  listNetLoss,
  oasisLoss,
} from '../../src/losses/index.js';
import { lossBackends, useBackend } from '../support/backends.js';
import { type Evaluated, evaluate, worstDifference } from '../support/evaluate.js';
import recorded from './golden/losses.golden.json' with { type: 'json' };

interface Case {
  readonly value: number;
  /** [inputs][rows][columns], or a single row an input. */
  readonly gradients: number[][][];
}

/** Made by golden/losses.golden.py with the versions that it records. */
const golden: {
  inputs: Record<'queries' | 'documents' | 'hard' | 'guideQueries' | 'guideDocuments', number[][]> & {
    labels: number[];
  };
  cosent: Record<'20' | '1000', Case>;
  angle: Record<'20', Case>;
  ranking: Record<'plain' | 'hardNegatives' | 'symmetric' | 'joint' | 'penalty', Case>;
  gist: Record<'absolute' | 'absoluteMargin' | 'relative', Case>;
  released: Case & { infoNce: number; cosent: number; isGt: boolean[] };
  ntxent: Case;
  listNet: { scores: number[][]; labels: number[][]; mean: Case; sum: Case };
} = recorded;
const { queries, documents, hard, guideQueries, guideDocuments, labels } = golden.inputs;

const expectCase = (actual: Evaluated, expected: Case, tolerance = 2e-5): void => {
  expect(worstDifference([actual.value], [expected.value])).toBeLessThan(tolerance);
  expect(expected.gradients.flat(2).some((g) => Math.abs(g) > 1e-3)).toBe(true);
  const flat = expected.gradients.map((gradient) => gradient.flat());
  const largest = Math.max(...flat.flat().map(Math.abs));
  actual.gradients.forEach((gradient, i) => {
    const scaled = (values: readonly number[]) => values.map((g) => g / Math.max(1, largest));
    expect(worstDifference(scaled(gradient), scaled(flat[i]!))).toBeLessThan(tolerance);
  });
};

const ranking = (columns: number[][][], options: InfoNceOptions) =>
  evaluate(
    (q, ...d) =>
      infoNceLoss(
        q as tf.Tensor2D,
        tf.concat2d(d as tf.Tensor2D[], 0),
        options as InfoNceOptions & { reduction?: 'mean' },
      ),
    columns,
  );

describe.each(lossBackends())('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(['20', '1000'] as const)(
    'CoSENT equals CoSENTLoss of sentence-transformers at scale %s',
    async (scale) => {
      const actual = await evaluate(
        (q, d) =>
          cosentEmbeddingLoss(q as tf.Tensor2D, d as tf.Tensor2D, labels, { temperature: 1 / Number(scale) }),
        [queries, documents],
      );
      // At scale 1000 one pair takes all the weight, and float32 cosines differ from float64 by up to 1e-7.
      expectCase(actual, golden.cosent[scale], scale === '20' ? 2e-5 : 2e-4);
    },
  );

  it('the angle score equals AnglELoss of sentence-transformers', async () => {
    const actual = await evaluate(
      (q, d) => cosentEmbeddingLoss(q as tf.Tensor2D, d as tf.Tensor2D, labels, { score: 'angle' }),
      [queries, documents],
    );
    expectCase(actual, golden.angle['20']);
  });

  it.each([
    ['plain', [queries, documents], {}],
    ['hardNegatives', [queries, documents, hard], {}],
    ['symmetric', [queries, documents], { directions: 'symmetric' }],
    [
      'joint',
      [queries, documents],
      { directions: ['queryToDocument', 'queryToQuery', 'documentToDocument'], partition: 'joint' },
    ],
    ['penalty', [queries, documents, hard], { hardnessPenalty: 5 }],
  ] as [keyof typeof golden.ranking, number[][][], InfoNceOptions][])(
    'InfoNCE equals MultipleNegativesRankingLoss of sentence-transformers: %s',
    async (name, columns, options) => {
      expectCase(await ranking(columns, options), golden.ranking[name]);
    },
  );

  it.each([
    ['absolute', { margin: 0, marginType: 'absolute' }, false],
    ['absoluteMargin', { margin: 0.15, marginType: 'absolute' }, true],
    ['relative', { margin: 0.3, marginType: 'relative' }, true],
  ] as const)(
    'a guide masks as GISTEmbedLoss of sentence-transformers does: %s',
    async (name, rule, joint) => {
      const guide = { queries: tf.tensor2d(guideQueries), documents: tf.tensor2d(guideDocuments), ...rule };
      const actual = await ranking([queries, documents], {
        temperature: 0.1,
        guide,
        ...(joint
          ? { partition: 'joint', directions: ['queryToDocument', 'queryToQuery', 'documentToDocument'] }
          : {}),
      });
      tf.dispose([guide.queries, guide.documents]);
      expectCase(actual, golden.gist[name]);
    },
  );

  it('the mix equals the loss that the authors of OASIS released', async () => {
    const rows = labels.map((_, i) => i);
    const pairs = { query: rows, document: rows, similarity: labels, positive: golden.released.isGt };
    const of = (term: 'loss' | 'infoNce' | 'cosent') =>
      evaluate(
        (q, d) =>
          tf.tidy(
            () =>
              oasisLoss(q as tf.Tensor2D, d as tf.Tensor2D, pairs, {
                infoNce: { directions: 'all', hardnessWeighting: 1 },
              })[term],
          ),
        [queries, documents],
      );
    expectCase(await of('loss'), golden.released);
    expect((await of('infoNce')).value).toBeCloseTo(golden.released.infoNce, 4);
    expect((await of('cosent')).value).toBeCloseTo(golden.released.cosent, 4);
  });

  it('all directions equal ntxent of optax', async () => {
    expectCase(await ranking([queries, documents], { directions: 'all', temperature: 0.1 }), golden.ntxent);
  });

  it.each(['mean', 'sum'] as const)('ListNet equals ranking_softmax_loss of optax: %s', async (reduction) => {
    const { scores, labels: targets } = golden.listNet;
    const actual = await evaluate(
      (s) =>
        listNetLoss(s as tf.Tensor1D, targets.flat(), {
          temperature: 0.2,
          labelTemperature: 0.5,
          groups: scores.flatMap((row, i) => row.map(() => i)),
          reduction,
        }),
      [scores.flat()],
    );
    expectCase(actual, golden.listNet[reduction]);
  });
});
