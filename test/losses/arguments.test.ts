import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type CosentOptions,
  CrossBatchMemory,
  cachedGradients,
  cosentEmbeddingLoss,
  cosentLoss,
  countOrderViolations,
  type InfoNceOptions,
  infoNceLoss,
  learnableTemperature,
  listNetLoss,
  matryoshkaLoss,
  oasisLoss,
  pairwiseAngle,
  pairwiseCosine,
} from '../../src/losses/index.js';
import { useBackend } from '../support/backends.js';

/** Types are stripped by JavaScript callers, so wrong types are passed as they would be. */
const wrong = <T>(value: unknown): T => value as T;

describe('bad input is refused by name, before any kernel runs', () => {
  beforeAll(() => useBackend('cpu'));
  const s = () => tf.tensor1d([0.1, 0.2, 0.3]);
  const m = (rows: number, columns: number) => tf.zeros([rows, columns]) as tf.Tensor2D;

  const cosentCases: [string, unknown, unknown, unknown, string][] = [
    ['labels too short', s, [1, 2], {}, 'labels must have shape [P] = [3], received Array [2]'],
    ['labels NaN', s, [1, Number.NaN, 2], {}, 'labels[1] must be a finite number, received NaN'],
    ['labels infinite', s, [1, 2, Infinity], {}, 'labels[2] must be a finite number, received Infinity'],
    ['labels missing', s, undefined, {}, 'labels must be an array of length P = 3, received undefined'],
    [
      'scores of rank 2',
      () => m(3, 2),
      [1, 2, 3],
      {},
      'scores must be a float32 tensor of shape [P], received a float32 tensor of shape [3, 2]',
    ],
    [
      'scores on the host',
      () => [1, 2, 3],
      [1, 2, 3],
      {},
      'scores must be a float32 tensor of shape [P], received Array [3]',
    ],
    ['temperature 0', s, [1, 2, 3], { temperature: 0 }, 'temperature must lie in [1e-12, 1e12], received 0'],
    [
      'temperature NaN',
      s,
      [1, 2, 3],
      { temperature: Number.NaN },
      'temperature must lie in [1e-12, 1e12], received NaN',
    ],
    ['margin negative', s, [1, 2, 3], { margin: -1 }, 'margin must lie in [0, 1e30], received -1'],
    [
      'temperature below what float32 can divide by',
      s,
      [1, 2, 3],
      { temperature: 1e-39 },
      'temperature must lie in [1e-12, 1e12], received 1e-39',
    ],
    [
      'weights beyond float32',
      s,
      [1, 2, 3],
      { weights: [1, 1e39, 1] },
      'weights[1] must lie in [0, 1e30], received 1e+39',
    ],
    [
      'weights null',
      s,
      [1, 2, 3],
      { weights: null },
      'weights must be an array of length P = 3, received null',
    ],
    ['groups null', s, [1, 2, 3], { groups: null }, 'groups must be an array of length P = 3, received null'],
    [
      'groups that are no ids',
      s,
      [1, 2, 3],
      { groups: ['a', undefined, 'b'] },
      'groups[1] must be a number or a string, received undefined',
    ],
    ['labels as text', s, ['1', '2', '3'], {}, `labels[0] must be a finite number, received '1'`],
    ['labels null', s, null, {}, 'labels must be an array of length P = 3, received null'],
    ['options null', s, [1, 2, 3], null, 'cosentLoss takes an object of options, received null'],
    [
      'weights negative',
      s,
      [1, 2, 3],
      { weights: [1, -1, 1] },
      'weights[1] must lie in [0, 1e30], received -1',
    ],
    [
      'weights too long',
      s,
      [1, 2, 3],
      { weights: [1, 1, 1, 1] },
      'weights must have shape [P] = [3], received Array [4]',
    ],
    [
      'groups too short',
      s,
      [1, 2, 3],
      { groups: ['a'] },
      'groups must have shape [P] = [3], received Array [1]',
    ],
    [
      'normalize unknown',
      s,
      [1, 2, 3],
      { normalize: 'count' },
      `normalize must be one of none, pairs, mean, received 'count'`,
    ],
  ];

  it.each(cosentCases)('cosentLoss: %s', (_, scores, labels, options, message) => {
    const input = (scores as () => tf.Tensor1D)();
    const before = tf.memory().numTensors;
    const call = () => cosentLoss(input, wrong<number[]>(labels), wrong<CosentOptions>(options));
    expect(call).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(input);
  });

  const ranking: [string, [number, number], [number, number], unknown, string][] = [
    [
      'widths differ',
      [2, 3],
      [2, 4],
      {},
      'documents must have shape [N, D] with D = 3 as queries, received [2, 4]',
    ],
    [
      'too few documents',
      [3, 2],
      [2, 2],
      {},
      'documents must have at least Q = 3 rows when positives are not given, received 2',
    ],
    [
      'positive out of range',
      [2, 2],
      [2, 2],
      { positives: [0, 2] },
      'positives[1] must name a row of documents in [0, 2) or be -1, received 2',
    ],
    [
      'positives null',
      [2, 2],
      [2, 2],
      { positives: null },
      'positives must be an array of length Q = 2, received null',
    ],
    [
      'positives without documents',
      [2, 2],
      [2, 2],
      { positives: { query: [0] } },
      'positives.document must be an array of length P = 1, received undefined',
    ],
    [
      'positives without queries',
      [2, 2],
      [2, 2],
      { positives: { query: undefined, document: [0] } },
      'positives.query must be an array of rows, received undefined',
    ],
    ['negatives null', [2, 2], [2, 2], { negatives: null }, 'negatives must be an object, received null'],
    ['guide null', [2, 2], [2, 2], { guide: null }, 'guide must be an object, received null'],
    [
      'directions null',
      [2, 2],
      [2, 2],
      { directions: null },
      'directions must be a direction or an array of them, received null',
    ],
    [
      'a short name within a list of directions',
      [2, 2],
      [2, 2],
      { directions: ['all'] },
      `directions must be one of queryToDocument, documentToQuery, queryToQuery, documentToDocument, positiveToPositive, received 'all'`,
    ],
    [
      'inBatchNegatives as text',
      [2, 2],
      [2, 2],
      { inBatchNegatives: 'false' },
      `inBatchNegatives must be true or false, received 'false'`,
    ],
    [
      'documentIds that are no ids',
      [2, 2],
      [2, 2],
      { documentIds: [undefined, undefined] },
      'documentIds[0] must be a number or a string, received undefined',
    ],
    [
      'queryIds NaN',
      [2, 2],
      [2, 2],
      { queryIds: [1, Number.NaN] },
      'queryIds[1] must be a number or a string, received NaN',
    ],
    [
      'hardness mode unknown',
      [2, 2],
      [2, 2],
      { hardnessMode: 'hard' },
      `hardnessMode must be one of everyNegative, allNegatives, inBatchNegatives, hardNegatives, received 'hard'`,
    ],
    [
      'positives too short',
      [2, 2],
      [2, 2],
      { positives: [0] },
      'positives must have shape [Q] = [2], received Array [1]',
    ],
    [
      'positive pairs out of range',
      [2, 2],
      [2, 2],
      { positives: { query: [2], document: [0] } },
      'positives.query[0] must name a row of queries in [0, 2), received 2',
    ],
    [
      'positive pairs of two lengths',
      [2, 2],
      [2, 2],
      { positives: { query: [0, 1], document: [0] } },
      'positives.document must have shape [P] = [2], received Array [1]',
    ],
    [
      'negatives fractional',
      [2, 2],
      [2, 2],
      { negatives: { query: [0], document: [0.5] } },
      'negatives.document[0] must name a row of documents in [0, 2), received 0.5',
    ],
    [
      'no negatives at all',
      [2, 2],
      [2, 2],
      { inBatchNegatives: false },
      'negatives must be given when inBatchNegatives is false, received undefined',
    ],
    [
      'weights NaN',
      [2, 2],
      [2, 2],
      { weights: [1, Number.NaN] },
      'weights[1] must lie in [0, 1e30], received NaN',
    ],
    [
      'queryIds too short',
      [2, 2],
      [2, 2],
      { queryIds: ['a'] },
      'queryIds must have shape [Q] = [2], received Array [1]',
    ],
    [
      'documentIds too short',
      [2, 2],
      [2, 2],
      { documentIds: ['a'] },
      'documentIds must have shape [N] = [2], received Array [1]',
    ],
    [
      'logProbabilities infinite',
      [2, 2],
      [2, 2],
      { logProbabilities: [0, -Infinity] },
      'logProbabilities[1] must be a finite number, received -Infinity',
    ],
    [
      'temperature negative',
      [2, 2],
      [2, 2],
      { temperature: -0.1 },
      'temperature must lie in [1e-12, 1e12], received -0.1',
    ],
    [
      'chunkSize 0',
      [2, 2],
      [2, 2],
      { chunkSize: 0 },
      'chunkSize must be a whole number of at least 1, received 0',
    ],
    ['directions unknown', [2, 2], [2, 2], { directions: 'both' }, 'directions must be one of'],
    [
      'directions empty',
      [2, 2],
      [2, 2],
      { directions: [] },
      'directions must name at least one direction, received none',
    ],
    [
      'hardness negative',
      [2, 2],
      [2, 2],
      { hardnessWeighting: -1 },
      'hardnessWeighting must lie in [0, 1e30], received -1',
    ],
    [
      'hardness penalty negative',
      [2, 2],
      [2, 2],
      { hardnessPenalty: -1 },
      'hardnessPenalty must lie in [0, 1e30], received -1',
    ],
    [
      'two ways of hardness at once',
      [2, 2],
      [2, 2],
      { hardnessWeighting: 1, hardnessPenalty: 2 },
      'hardnessWeighting and hardnessPenalty must not both be above 0, received 1 and 2',
    ],
    [
      'reduction unknown',
      [2, 2],
      [2, 2],
      { reduction: 'max' },
      `reduction must be one of none, mean, sum, weighted, received 'max'`,
    ],
    [
      'joint with several positives',
      [2, 2],
      [2, 2],
      { partition: 'joint', multiplePositives: 'inside' },
      `multiplePositives must be separate when partition is joint, received 'inside'`,
    ],
  ];

  it.each(ranking)('infoNceLoss: %s', (_, queries, documents, options, message) => {
    const [q, d] = [m(...queries), m(...documents)];
    const before = tf.memory().numTensors;
    expect(() => infoNceLoss(q, d, wrong<InfoNceOptions>(options))).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([q, d]);
  });

  it('weights as strings, and tensors that are gone', () => {
    const [x, gone] = [m(2, 3), m(2, 3)];
    const column = tf.tensor1d([1, 2]);
    tf.dispose([gone, column]);
    const weighed = () => infoNceLoss(x, x, { weights: wrong<number[]>(['1', '2']) });
    expect(weighed).toThrow("weights[0] must lie in [0, 1e30], received '1'");
    const came = 'received a disposed float32 tensor of shape [2';
    expect(() => infoNceLoss(gone, x)).toThrow(
      `queries must be a float32 tensor of shape [Q, D], ${came}, 3]`,
    );
    expect(() => cosentLoss(column, [1, 2])).toThrow(
      `scores must be a float32 tensor of shape [P], ${came}]`,
    );
    x.dispose();
  });

  it('infoNceLoss: a guide of the wrong shape', () => {
    const [q, d, g] = [m(2, 2), m(3, 2), m(2, 5)];
    expect(() => infoNceLoss(q, d, { guide: { queries: g, documents: g } })).toThrow(
      'guide.documents must have shape [3, 5], received [2, 5]',
    );
    tf.dispose([q, d, g]);
  });

  it('oasisLoss: indices, lengths, weights', () => {
    const [q, d] = [m(2, 2), m(2, 2)];
    const before = tf.memory().numTensors;
    const pairs = { query: [0, 1], document: [0, 1], similarity: [0.5, 0.6], positive: [1, 0] };
    expect(() => oasisLoss(q, d, { ...pairs, document: [0, 2] })).toThrow(
      'pairs.document[1] must name a row of documents in [0, 2), received 2',
    );
    expect(() => oasisLoss(q, d, { ...pairs, similarity: [0.5] })).toThrow(
      'pairs.similarity must have shape [P] = [2], received Array [1]',
    );
    expect(() => oasisLoss(q, d, { ...pairs, positive: [true] })).toThrow(
      'pairs.positive must have shape [P] = [2], received Array [1]',
    );
    expect(() => oasisLoss(q, d, { ...pairs, similarity: [0.5, Number.NaN] })).toThrow(
      'pairs.similarity[1] must be a finite number, received NaN',
    );
    expect(() => oasisLoss(q, d, { ...pairs, positive: wrong(['false', 'true']) })).toThrow(
      `pairs.positive[0] must be true, false, 0 or 1, received 'false'`,
    );
    expect(() => oasisLoss(q, d, { ...pairs, positive: [1, 2] })).toThrow(
      'pairs.positive[1] must be true, false, 0 or 1, received 2',
    );
    expect(() => oasisLoss(q, d, pairs, wrong({ cosent: { scale: 20 } }))).toThrow(
      'cosentLoss has no option scale: did you mean temperature?',
    );
    expect(() => oasisLoss(q, d, pairs, wrong({ infoNce: { reduction: 'none' } }))).toThrow(
      `infoNce.reduction must be one of mean, sum, weighted, received 'none'`,
    );
    expect(() => oasisLoss(q, d, wrong(null))).toThrow('pairs must be an object, received null');
    expect(() => oasisLoss(q, d, pairs, wrong({ weights: null }))).toThrow(
      'weights must be an object, received null',
    );
    expect(() => oasisLoss(q, d, pairs, wrong({ infoNce: null }))).toThrow(
      'infoNce must be an object, received null',
    );
    expect(() => oasisLoss(q, d, pairs, wrong({ cosent: 3 }))).toThrow(
      'cosent must be an object, received 3',
    );
    expect(() => oasisLoss(q, d, pairs, { weights: { infoNce: -1, cosent: 1 } })).toThrow(
      'weights.infoNce must lie in [0, 1e30], received -1',
    );
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([q, d]);
  });

  it('pair scores never broadcast', () => {
    const [a, b] = [m(3, 2), m(1, 2)];
    const before = tf.memory().numTensors;
    for (const score of [pairwiseCosine, pairwiseAngle]) {
      expect(() => score(a, b)).toThrow('right must have shape [P, D] = [3, 2] as left, received [1, 2]');
    }
    expect(() => cosentEmbeddingLoss(a, a, [1, 2, 3], { score: wrong('angel') })).toThrow(
      `score must be one of cosine, angle, received 'angel'`,
    );
    expect(() => cosentEmbeddingLoss(a, a, [1, 2])).toThrow(
      'labels must have shape [P] = [3], received Array [2]',
    );
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([a, b]);
  });

  it('the rest of the module', () => {
    const x = m(2, 3);
    const zero = () => tf.scalar(0);
    expect(() => matryoshkaLoss(zero, [x], { dimensions: [4] })).toThrow(
      'dimensions must be whole numbers in [1, D] = [1, 3], received 4',
    );
    expect(() => matryoshkaLoss(zero, [x], { dimensions: [] })).toThrow(
      'dimensions must name at least one width',
    );
    expect(() => matryoshkaLoss(zero, [x], { dimensions: [2], weights: [1, 1] })).toThrow(
      'weights must have shape [dimensions] = [1], received Array [2]',
    );
    expect(() => learnableTemperature({ initial: 2 })).toThrow('initial must lie in [0.01, 1], received 2');
    expect(() => new CrossBatchMemory({ capacity: 0 })).toThrow(
      'capacity must be a whole number of at least 1, received 0',
    );
    expect(() => countOrderViolations([1, Number.NaN], [1, 2])).toThrow(
      'scores[1] must be a finite number, received NaN',
    );
    const weight = tf.variable(tf.scalar(1));
    const variables = [weight];
    expect(() => cachedGradients(() => x, {}, zero, { chunkSize: 1, variables })).toThrow(
      'batch must have at least one side',
    );
    const side = { queries: [1, 2] };
    const cached = (encode: unknown, loss: unknown, options: object) => () =>
      cachedGradients(wrong<() => tf.Tensor2D>(encode), side, wrong<() => tf.Scalar>(loss), {
        chunkSize: 2,
        variables,
        ...options,
      });
    const leaked = tf.memory().numTensors;
    expect(cached(async () => x, zero, {})).toThrow(
      'encode must return 2 rows for queries, received Promise',
    );
    expect(
      cached(
        () => x,
        async () => tf.scalar(0),
        {},
      ),
    ).toThrow('loss must return a scalar, received Promise');
    expect(cached(() => x, zero, { variables: [] })).toThrow(
      'variables must hold at least one variable, received none',
    );
    expect(cached(() => x, zero, { variables: [undefined] })).toThrow(
      'variables[0] must be a tf.Variable, received undefined',
    );
    const gone = tf.variable(tf.scalar(1));
    gone.dispose();
    expect(cached(() => x, zero, { variables: [gone] })).toThrow(
      'variables[0] must be a tf.Variable, received a disposed float32 tensor of shape []',
    );
    expect(cached(null, zero, {})).toThrow('encode must be a function, received null');
    expect(cached(() => x, 'infoNce', {})).toThrow("loss must be a function, received 'infoNce'");
    expect(cached(() => x, zero, { variables: null })).toThrow(
      'variables must be an array of variables, received null',
    );
    expect(cached(() => x, zero, { chunkSize: undefined })).toThrow(
      'chunkSize or tokenBudget must be given, received neither',
    );
    expect(cached(() => x, zero, { tokenBudget: 4 })).toThrow(
      'lengths must hold the tokens of every row when tokenBudget is given, received undefined',
    );
    expect(cached(() => x, zero, { tokenBudget: 4, lengths: { queries: [1] } })).toThrow(
      'lengths.queries must have shape [rows] = [2], received Array [1]',
    );
    expect(tf.memory().numTensors).toBeLessThanOrEqual(leaked + 1); // the scalar of the asynchronous loss
    weight.dispose();
    expect(() =>
      matryoshkaLoss(
        wrong(async () => tf.scalar(0)),
        [x],
        { dimensions: [2] },
      ),
    ).toThrow('loss must return a scalar, received Promise');
    expect(() => matryoshkaLoss(zero, [x], { dimensions: [2, 3], dimensionsPerStep: 3 })).toThrow(
      'dimensionsPerStep must be at most the 2 of dimensions, received 3',
    );
    expect(() => new CrossBatchMemory(wrong(undefined))).toThrow(
      'options must be an object, received undefined',
    );
    const memory = new CrossBatchMemory({ capacity: 2 });
    expect(() => memory.add(x, wrong([1, null]))).toThrow(
      'ids[1] must be a number or a string, received null',
    );
    expect(() => memory.restore({ rows: null, ids: ['a'] })).toThrow(
      'state.rows must hold 1 rows, one an id, received null',
    );
    const scores = tf.tensor1d([1, 2]);
    expect(() => listNetLoss(scores, [1, 2], { labelTemperature: 0 })).toThrow(
      'labelTemperature must lie in [1e-12, 1e12], received 0',
    );
    tf.dispose([x, scores]);
  });
});
