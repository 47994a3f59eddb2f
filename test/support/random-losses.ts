import type { DenseMatrix } from '../../src/losses/host/index.js';
import { createRandom, type Random } from '../../src/numerics/index.js';

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
