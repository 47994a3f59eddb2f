import * as tf from '@tensorflow/tfjs';
import {
  cosentEmbeddingValueAndGradients,
  cosentValueAndGradients,
  type DenseMatrix,
  infoNceValueAndGradients,
  klDivergenceValueAndGradients,
  listNetValueAndGradients,
  marginMseValueAndGradients,
  matryoshkaValueAndGradients,
  oasisValueAndGradients,
  type ValueAndGradients,
} from '../../src/losses/host/index.js';
import {
  cosentEmbeddingLoss,
  cosentLoss,
  infoNceLoss,
  klDivergenceLoss,
  listNetLoss,
  marginMseLoss,
  matryoshkaLoss,
  oasisLoss,
} from '../../src/losses/index.js';
import { createRandom, type Random } from '../../src/numerics/index.js';
import { distance, evaluateOn } from './both-paths.js';
import type { Evaluated } from './evaluate.js';

/** Reproducible arguments of the losses: any mix of their options, ties, repeated rows, zero rows, empty sides. */
export interface LossCases {
  readonly random: Random;
  integer(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(values: readonly T[]): T;
  matrix(rows: number, columns: number): DenseMatrix;
}

export const lossCases = (seed: number): LossCases => {
  const random = createRandom(seed, 'random losses');
  const integer = (from: number, to: number) => from + Math.floor(random.uniform() * (to - from + 1));
  const chance = (probability: number) => random.uniform() < probability;
  return {
    random,
    integer,
    chance,
    pick: (values) => values[integer(0, values.length - 1)]!,
    matrix: (rows, columns) => {
      const data = Float32Array.from({ length: rows * columns }, () => random.normal());
      for (let row = 0; row < rows; row++) {
        if (chance(0.05)) data.fill(0, row * columns, (row + 1) * columns);
        if (row > 0 && chance(0.1)) data.copyWithin(row * columns, (row - 1) * columns, row * columns);
      }
      return { data, rows, columns };
    },
  };
};

/** Options of CoSENT for P items, with their labels. */
export const randomCosent = (cases: LossCases, count: number) => {
  const { random, integer, chance, pick } = cases;
  const steps = pick([2, 5, 1000]);
  const labels = Array.from({ length: count }, () => integer(0, steps) / steps);
  const groups = chance(0.4) ? Array.from({ length: count }, () => `group ${integer(0, 3)}`) : undefined;
  const weights = chance(0.4)
    ? Array.from({ length: count }, () => (chance(0.2) ? 0 : random.uniform() * 3))
    : undefined;
  return {
    labels,
    options: {
      temperature: pick([0.02, 0.05, 0.3, 1]),
      margin: chance(0.3) ? random.uniform() * 0.3 : 0,
      normalize: pick(['none', 'pairs', 'mean'] as const),
      ...(groups === undefined ? {} : { groups }),
      ...(weights === undefined ? {} : { weights }),
    },
  };
};

const DIRECTIONS = [
  'queryToDocument',
  'documentToQuery',
  'queryToQuery',
  'documentToDocument',
  'positiveToPositive',
] as const;

/** Options of InfoNCE for Q queries and N documents; `guide` as dense matrices. */
export const randomInfoNce = (cases: LossCases, queries: number, documents: number) => {
  const { random, integer, chance, pick, matrix } = cases;
  const pairs = (most: number) => {
    const list =
      queries === 0 || documents === 0
        ? []
        : Array.from(
            { length: integer(0, most) },
            () => [integer(0, queries - 1), integer(0, documents - 1)] as const,
          );
    return { query: list.map(([q]) => q), document: list.map(([, d]) => d) };
  };
  const positives = pick([
    () => (documents >= queries ? undefined : pairs(queries)),
    () => Array.from({ length: queries }, () => (documents === 0 ? -1 : integer(-1, documents - 1))),
    () => pairs(2 * queries),
  ])();
  const joint = chance(0.25);
  const hardness = pick([
    {},
    {},
    { hardnessWeighting: 1 },
    { hardnessWeighting: 0.4 },
    { hardnessPenalty: 5 },
  ]);
  const negatives = chance(0.3)
    ? { ...pairs(2 * queries), scope: pick(['shared', 'own'] as const) }
    : undefined;
  const ids = (count: number) => Array.from({ length: count }, () => integer(0, Math.max(1, count)));
  return {
    ...(positives === undefined ? {} : { positives }),
    temperature: pick([0.05, 0.1, 0.7]),
    directions: pick([
      'symmetric' as const,
      'all' as const,
      ...DIRECTIONS,
      DIRECTIONS.filter(() => chance(0.6)).concat('queryToDocument'),
    ]),
    partition: joint ? pick(['joint', 'jointRepeated'] as const) : ('anchor' as const),
    ...(joint ? {} : { multiplePositives: pick(['separate', 'outside', 'inside'] as const) }),
    ...hardness,
    hardnessMode: pick(['everyNegative', 'allNegatives', 'inBatchNegatives', 'hardNegatives'] as const),
    ...(negatives === undefined ? {} : { negatives, inBatchNegatives: chance(0.7) }),
    ...(chance(0.3) ? { queryIds: ids(queries) } : {}),
    ...(chance(0.3) ? { documentIds: ids(documents) } : {}),
    ...(chance(0.3)
      ? { logProbabilities: Array.from({ length: documents }, () => -random.uniform() * 4) }
      : {}),
    ...(chance(0.3)
      ? { weights: Array.from({ length: queries }, () => (chance(0.2) ? 0 : random.uniform() * 2)) }
      : {}),
    ...(chance(0.25)
      ? {
          guide: {
            queries: matrix(queries, 5),
            documents: matrix(documents, 5),
            margin: pick([-0.31, 0.17, 0.53]),
            marginType: pick(['absolute', 'relative'] as const),
          },
        }
      : {}),
    reduction: pick(['mean', 'sum', 'weighted'] as const),
    similarity: pick(['cosine', 'cosine', 'dot'] as const),
    ...(chance(0.3) ? { chunkSize: integer(1, 5) } : {}),
  };
};

type Loss = (...inputs: tf.Tensor[]) => tf.Scalar;
type Input = DenseMatrix | Float32Array;

/** A loss three times: on tensors, on tensors by way of the host where it goes that way, and on typed arrays. */
interface ThreeForms {
  readonly name: string;
  readonly inputs: readonly Input[];
  /** Its τ; null where it is not trained. */
  readonly temperature: number | null;
  readonly onTensors: (temperature: tf.Scalar | undefined, inputs: tf.Tensor[]) => tf.Scalar;
  readonly onHost: () => ValueAndGradients<readonly (DenseMatrix | Float32Array)[]>;
}

const arrayOf = (gradient: DenseMatrix | Float32Array): number[] =>
  Array.from(gradient instanceof Float32Array ? gradient : gradient.data);

/** How far the forms of one loss are apart; the gradient in τ counts as one in log τ. */
const differenceOf = ({ inputs, temperature, onTensors, onHost }: ThreeForms): number => {
  const all = temperature === null ? inputs : [...inputs, temperature];
  const loss: Loss = (...tensors) =>
    onTensors(
      temperature === null ? undefined : (tensors.at(-1) as tf.Scalar),
      tensors.slice(0, inputs.length),
    );
  const scaled = ({ value, gradients }: Evaluated): Evaluated => ({
    value,
    gradients: gradients.map((gradient, i) =>
      i === inputs.length ? gradient.map((pull) => pull * temperature!) : gradient,
    ),
  });
  const tensors = scaled(evaluateOn('tensors', loss, all));
  const { value, gradients, temperatureGradient } = onHost();
  const host = scaled({
    value,
    gradients: [...gradients.map(arrayOf), ...(temperature === null ? [] : [[temperatureGradient]])],
  });
  const byWay = scaled(evaluateOn('host', loss, all));
  return Math.max(distance(host, tensors), distance(byWay, tensors));
};

/** Every loss with random arguments and options. */
export const randomForms = (seed: number): ThreeForms[] => {
  const cases = lossCases(seed);
  const { random, integer, chance, pick, matrix } = cases;
  const count = integer(0, 12);
  const { labels, options } = randomCosent(cases, count);
  const { margin: _, normalize: __, temperature, ...shared } = options;
  const scores = Float32Array.from({ length: count }, () => random.uniform() * 2 - 1);
  const lists = {
    ...shared,
    labelTemperature: pick([0.05, 0.5]),
    reduction: pick(['mean', 'sum'] as const),
  };
  const margins = {
    ...shared,
    ...(chance(0.5) ? { positive: labels.map(() => chance(0.4)) } : {}),
    reduction: lists.reduction,
  };
  const of = (t: tf.Scalar | undefined) => (t === undefined ? {} : { temperature: t });
  const width = integer(1, 7);
  const [left, right] = [matrix(count, width), matrix(count, width)];
  const score = pick(['cosine', 'angle'] as const);
  const [queries, documents] = [matrix(integer(0, 7), width), matrix(integer(0, 8), width)];
  const infoNce = randomInfoNce(cases, queries.rows, documents.rows);
  const tensorGuide = () =>
    infoNce.guide === undefined
      ? {}
      : {
          guide: {
            ...infoNce.guide,
            queries: tf.tensor2d(infoNce.guide.queries.data, [queries.rows, 5]),
            documents: tf.tensor2d(infoNce.guide.documents.data, [documents.rows, 5]),
          },
        };
  const dimensions = [...new Set([width, integer(1, width)])];
  const pairs = queries.rows === 0 || documents.rows === 0 ? 0 : integer(0, 10);
  const labeled = {
    query: Array.from({ length: pairs }, () => integer(0, queries.rows - 1)),
    document: Array.from({ length: pairs }, () => integer(0, documents.rows - 1)),
    similarity: Array.from({ length: pairs }, () => integer(0, 10) / 10),
    positive: Array.from({ length: pairs }, () => chance(0.5)),
  };
  const { positives: ___, temperature: ____, guide: _____, ...mixed } = infoNce;
  const mix = {
    weights: { infoNce: random.uniform(), cosent: random.uniform() },
    infoNce: mixed,
    cosent: { normalize: options.normalize, ...(chance(0.5) ? { groups: 'query' as const } : {}) },
  };
  type Rows = tf.Tensor2D;
  return [
    {
      name: 'cosentLoss',
      inputs: [scores],
      temperature,
      onTensors: (t, [s]) => cosentLoss(s as tf.Tensor1D, labels, { ...options, ...of(t) }),
      onHost: () => cosentValueAndGradients(scores, labels, options),
    },
    {
      name: 'cosentEmbeddingLoss',
      inputs: [left, right],
      temperature,
      onTensors: (t, [l, r]) =>
        cosentEmbeddingLoss(l as Rows, r as Rows, labels, { ...options, score, ...of(t) }),
      onHost: () => cosentEmbeddingValueAndGradients(left, right, labels, { ...options, score }),
    },
    {
      name: 'listNetLoss',
      inputs: [scores],
      temperature,
      onTensors: (t, [s]) => listNetLoss(s as tf.Tensor1D, labels, { ...lists, ...of(t) }),
      onHost: () => listNetValueAndGradients(scores, labels, { ...lists, temperature }),
    },
    {
      name: 'klDivergenceLoss',
      inputs: [scores],
      temperature: null,
      onTensors: (_t, [s]) => klDivergenceLoss(s as tf.Tensor1D, labels, { ...lists, temperature }),
      onHost: () => klDivergenceValueAndGradients(scores, labels, { ...lists, temperature }),
    },
    {
      name: 'marginMseLoss',
      inputs: [scores],
      temperature: null,
      onTensors: (_t, [s]) => marginMseLoss(s as tf.Tensor1D, labels, margins),
      onHost: () => marginMseValueAndGradients(scores, labels, margins),
    },
    {
      name: 'infoNceLoss',
      inputs: [queries, documents],
      temperature: infoNce.temperature,
      onTensors: (t, [q, d]) =>
        infoNceLoss(q as Rows, d as Rows, { ...infoNce, ...tensorGuide(), ...of(t) } as object),
      onHost: () => infoNceValueAndGradients(queries, documents, infoNce),
    },
    {
      name: 'matryoshkaLoss',
      inputs: [left, right],
      temperature: 0.1,
      onTensors: (t, rows) =>
        matryoshkaLoss((l, r) => infoNceLoss(l!, r!, { ...of(t) }), rows as Rows[], {
          dimensions,
          weights: dimensions.map((d) => d / 4),
        }),
      onHost: () =>
        matryoshkaValueAndGradients(
          (l, r) => infoNceValueAndGradients(l!, r!, { temperature: 0.1 }),
          [left, right],
          { dimensions, weights: dimensions.map((d) => d / 4) },
        ),
    },
    {
      name: 'oasisLoss',
      inputs: [queries, documents],
      temperature: 0.07,
      onTensors: (t, [q, d]) => oasisLoss(q as Rows, d as Rows, labeled, { ...mix, ...of(t) }).loss,
      onHost: () => oasisValueAndGradients(queries, documents, labeled, { ...mix, temperature: 0.07 }),
    },
  ];
};

/** The loss whose forms are farthest apart, and by how much. */
export const randomDifference = (seed: number): { readonly name: string; readonly difference: number } =>
  randomForms(seed)
    .map((form) => ({ name: form.name, difference: differenceOf(form) }))
    .reduce((worst, one) => (one.difference <= worst.difference ? worst : one));
