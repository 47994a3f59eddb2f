import { createRandom, type Random } from '../../src/numerics/index.js';
import {
  angle,
  type CosentCase,
  cosent,
  cosine,
  type InfoNceCase,
  infoNce,
  klDivergence,
  listNet,
  type Matrix,
  marginMse,
} from '../reference/losses.js';

/** One loss at one point with one mix of options, and what float64 says of it. */
export interface Mix {
  readonly kind:
    | 'cosent'
    | 'pairs'
    | 'infoNce'
    | 'listNet'
    | 'klDivergence'
    | 'marginMse'
    | 'matryoshka'
    | 'oasis'
    | 'cached';
  /** What the loss is differentiated in: matrices, or one row of scores. */
  readonly inputs: readonly Matrix[];
  /** [inputs], directions along which the derivative is taken. */
  readonly direction: readonly Matrix[];
  readonly labels: readonly number[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly expected: { readonly value: number; readonly slope: number };
}

const DIRECTIONS = [
  'queryToDocument',
  'documentToQuery',
  'queryToQuery',
  'documentToDocument',
  'positiveToPositive',
];

/** Rows of the two sides: odd and even, 1 to 67. Few shapes, as WebGL compiles its programs for each. */
const SHAPES: readonly (readonly [queries: number, documents: number, columns: number])[] = [
  [1, 1, 2],
  [1, 2, 3],
  [2, 3, 4],
  [3, 3, 2],
  [3, 5, 3],
  [5, 5, 5],
  [4, 4, 4],
  [7, 9, 3],
  [8, 11, 4],
  [13, 13, 5],
  [16, 17, 8],
  [33, 34, 3],
  [67, 67, 4],
];
const LENGTHS = [1, 2, 3, 5, 8, 13, 21, 34, 67];

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** The derivative along a direction by central differences. */
const slopeOf = (
  f: (inputs: readonly Matrix[]) => number,
  inputs: readonly Matrix[],
  direction: readonly Matrix[],
): number => {
  const step = 1e-5;
  const moved = (by: number) =>
    inputs.map((x, s) => x.map((row, i) => row.map((v, j) => v + by * direction[s]![i]![j]!)));
  return (f(moved(step)) - f(moved(-step))) / (2 * step);
};

class Draws {
  readonly #random: Random;
  constructor(seed: number) {
    this.#random = createRandom(seed, 'mixes');
  }
  number = (): number => this.#random.uniform();
  below = (bound: number): number => Math.floor(this.number() * bound);
  pick = <T>(from: readonly T[]): T => from[this.below(from.length)]!;
  chance = (share: number): boolean => this.number() < share;
  /** A float32 in [-1, 1]. */
  entry = (): number => Math.fround(2 * this.number() - 1);
  matrix = (rows: number, columns: number): Matrix => range(rows).map(() => range(columns).map(this.entry));
  labels = (length: number): number[] => range(length).map(() => this.below(9) / 8);
  weights = (length: number): number[] => range(length).map(() => this.pick([0, 0.5, 1, 1, 3]));
}

const maybe = (wanted: boolean, options: () => object): object => (wanted ? options() : {});

const cosentOptions = (draw: Draws, length: number): CosentCase => ({
  temperature: draw.pick([0.05, 0.05, 0.2, 1]),
  ...maybe(draw.chance(0.4), () => ({ margin: draw.pick([0.125, 0.3]) })),
  ...maybe(draw.chance(0.4), () => ({ weights: draw.weights(length) })),
  ...maybe(draw.chance(0.4), () => ({ groups: range(length).map(() => draw.below(3)) })),
  ...maybe(draw.chance(0.5), () => ({ normalize: draw.pick(['pairs', 'mean'] as const) })),
});

/** A case of the reference, and the same as options of the loss. */
const infoNceCase = (
  draw: Draws,
  queries: number,
  documents: number,
): { reference: InfoNceCase; options: Record<string, unknown> } => {
  const someRow = () => [draw.below(queries), draw.below(documents)] as const;
  const unique = (pairs: (readonly [number, number])[]) => [
    ...new Map(pairs.map((pair) => [pair.join(), pair])).values(),
  ];
  const positives = draw.chance(0.3)
    ? unique(range(1 + draw.below(queries)).map(someRow))
    : range(Math.min(queries, documents))
        .filter(() => draw.chance(0.8))
        .map((i) => [i, i] as const);
  const kind = draw.below(5);
  const several = draw.pick(['separate', 'separate', 'outside', 'inside'] as const);
  const joint = several === 'separate' && draw.chance(0.4);
  const partition = joint ? draw.pick(['joint', 'jointRepeated'] as const) : ('anchor' as const);
  const chosen = DIRECTIONS.filter(() => draw.chance(0.5));
  const hard = draw.chance(0.3) ? unique(range(1 + draw.below(4)).map(someRow)) : null;
  const reference: InfoNceCase = {
    positives,
    temperature: draw.pick([0.05, 0.1, 0.5]),
    directions: chosen.length === 0 ? ['queryToDocument'] : draw.chance(0.3) ? DIRECTIONS : chosen,
    reduction: draw.pick(['mean', 'sum', 'weighted'] as const),
    multiplePositives: several,
    partition,
    ...maybe(kind === 1, () => ({ beta: 1 })),
    ...maybe(kind === 2, () => ({ beta: 0.5 })),
    ...maybe(kind === 3, () => ({
      alpha: 3,
      mode: draw.pick(['everyNegative', 'allNegatives', 'inBatchNegatives', 'hardNegatives'] as const),
    })),
    ...maybe(hard !== null, () => ({ negatives: { pairs: hard, own: draw.chance(0.5) } })),
    ...maybe(hard !== null && draw.chance(0.3), () => ({ inBatch: false })),
    ...maybe(draw.chance(0.2), () => ({ queryIds: range(queries).map(() => draw.below(queries)) })),
    ...maybe(draw.chance(0.2), () => ({ documentIds: range(documents).map(() => draw.below(documents)) })),
    ...maybe(draw.chance(0.2), () => ({ logProbabilities: range(documents).map(() => -draw.below(4)) })),
    ...maybe(draw.chance(0.3), () => ({ weights: draw.weights(queries) })),
    ...maybe(draw.chance(0.2), () => ({
      guide: {
        queries: draw.matrix(queries, 3),
        documents: draw.matrix(documents, 3),
        margin: draw.pick([0, 0.1]),
        relative: draw.chance(0.5),
      },
    })),
  };
  const { alpha, mode, beta, directions, inBatch, negatives, guide, positives: pairs, ...same } = reference;
  return {
    reference,
    options: {
      ...same,
      directions,
      positives: { query: pairs.map(([q]) => q), document: pairs.map(([, d]) => d) },
      ...maybe(alpha !== undefined, () => ({ hardnessPenalty: alpha, hardnessMode: mode })),
      ...maybe(beta !== undefined, () => ({ hardnessWeighting: beta })),
      ...maybe(inBatch === false, () => ({ inBatchNegatives: false })),
      ...maybe(negatives !== undefined, () => ({
        negatives: {
          query: negatives!.pairs.map(([q]) => q),
          document: negatives!.pairs.map(([, d]) => d),
          scope: negatives!.own ? 'own' : 'shared',
        },
      })),
      ...maybe(guide !== undefined, () => ({
        guide: {
          queries: guide!.queries,
          documents: guide!.documents,
          margin: guide!.margin,
          marginType: guide!.relative ? 'relative' : 'absolute',
        },
      })),
      ...maybe(draw.chance(0.3), () => ({ chunkSize: draw.pick([1, 2, 3, 5]) })),
    },
  };
};

type Draft = Omit<Mix, 'expected' | 'direction'> & {
  readonly reference: (inputs: readonly Matrix[]) => number;
};

const drafts: Readonly<Record<Mix['kind'], (draw: Draws) => Draft>> = {
  cosent: (draw) => {
    const length = draw.pick(LENGTHS);
    const labels = draw.labels(length);
    const options = cosentOptions(draw, length);
    return {
      kind: 'cosent',
      inputs: [draw.matrix(1, length)],
      labels,
      options: { ...options },
      reference: ([scores]) => cosent(scores![0]!, labels, options).value,
    };
  },
  pairs: (draw) => {
    const [length, , columns] = draw.pick(SHAPES);
    const labels = draw.labels(length);
    const options = cosentOptions(draw, length);
    const score = columns % 2 === 0 && draw.chance(0.5) ? 'angle' : 'cosine';
    return {
      kind: 'pairs',
      inputs: [draw.matrix(length, columns), draw.matrix(length, columns)],
      labels,
      options: { ...options, score },
      reference: ([left, right]) => {
        const scores = left!.map((row, i) => (score === 'angle' ? angle : cosine)(row, right![i]!));
        return cosent(scores, labels, options).value;
      },
    };
  },
  infoNce: (draw) => {
    const [queries, documents, columns] = draw.pick(SHAPES);
    const { reference, options } = infoNceCase(draw, queries, documents);
    const inputs = [draw.matrix(queries, columns), draw.matrix(documents, columns)];
    return {
      kind: 'infoNce',
      inputs,
      labels: [],
      options,
      // The weight of a hardness penalty is a constant of the loss.
      reference: ([q, d]) =>
        infoNce(q!, d!, { ...reference, frozen: { queries: inputs[0]!, documents: inputs[1]! } }),
    };
  },
  cached: (draw) => ({ ...drafts.infoNce(draw), kind: 'cached' }),
  listNet: (draw) => {
    const length = draw.pick(LENGTHS);
    const labels = draw.labels(length);
    const groups = range(length).map(() => draw.below(4));
    const [temperature, labelTemperature] = [draw.pick([0.05, 0.5]), draw.pick([0.05, 0.5])];
    return {
      kind: 'listNet',
      inputs: [draw.matrix(1, length)],
      labels,
      options: { groups, temperature, labelTemperature },
      reference: ([scores]) => listNet(scores![0]!, labels, groups, temperature, labelTemperature),
    };
  },
  klDivergence: (draw) => {
    const length = draw.pick(LENGTHS);
    const labels = draw.labels(length);
    const groups = range(length).map(() => draw.below(4));
    const [temperature, labelTemperature] = [draw.pick([0.2, 1]), draw.pick([0.2, 1])];
    return {
      kind: 'klDivergence',
      inputs: [draw.matrix(1, length)],
      labels,
      options: { groups, temperature, labelTemperature },
      reference: ([scores]) => klDivergence(scores![0]!, labels, groups, temperature, labelTemperature),
    };
  },
  marginMse: (draw) => {
    const length = draw.pick(LENGTHS);
    const labels = draw.labels(length);
    const options = {
      groups: range(length).map(() => draw.below(4)),
      ...maybe(draw.chance(0.5), () => ({ positive: range(length).map(() => draw.chance(0.4)) })),
      ...maybe(draw.chance(0.4), () => ({ weights: draw.weights(length) })),
    };
    return {
      kind: 'marginMse',
      inputs: [draw.matrix(1, length)],
      labels,
      options,
      reference: ([scores]) => marginMse(scores![0]!, labels, options),
    };
  },
  matryoshka: (draw) => {
    const [queries, documents] = draw.pick(SHAPES);
    const dimensions = draw.pick([[3], [2, 3], [3, 5], [1, 4]]);
    const reference = { ...infoNceCase(draw, queries, documents) };
    const { chunkSize: _, ...options } = reference.options;
    const inputs = [draw.matrix(queries, 5), draw.matrix(documents, 5)];
    const cut = (x: Matrix, width: number) => x.map((row) => row.slice(0, width));
    return {
      kind: 'matryoshka',
      inputs,
      labels: dimensions,
      options,
      reference: ([q, d]) =>
        dimensions.reduce(
          (sum, width) =>
            sum +
            infoNce(cut(q!, width), cut(d!, width), {
              ...reference.reference,
              frozen: { queries: cut(inputs[0]!, width), documents: cut(inputs[1]!, width) },
            }),
          0,
        ),
    };
  },
  oasis: (draw) => {
    const [queries, documents, columns] = draw.pick(SHAPES);
    const length = 1 + draw.below(2 * queries);
    const pairs = range(length).map(() => [draw.below(queries), draw.below(documents)] as const);
    const similarity = draw.labels(length);
    const positive = range(length).map(() => draw.chance(0.5));
    const released = draw.chance(0.5);
    return {
      kind: 'oasis',
      inputs: [draw.matrix(queries, columns), draw.matrix(documents, columns)],
      labels: similarity,
      options: {
        pairs: { query: pairs.map(([q]) => q), document: pairs.map(([, d]) => d), similarity, positive },
        infoNce: released ? { directions: 'all', hardnessWeighting: 1 } : {},
      },
      reference: ([q, d]) => {
        const chosen = new Map(pairs.filter((_, p) => positive[p]).map((pair) => [pair.join(), pair]));
        const contrast = infoNce(q!, d!, {
          positives: [...chosen.values()],
          temperature: 0.05,
          reduction: 'mean',
          directions: released ? DIRECTIONS : ['queryToDocument'],
          ...(released ? { beta: 1 } : {}),
        });
        const scores = pairs.map(([a, b]) => cosine(q![a]!, d![b]!));
        return 0.98 * contrast + 0.02 * cosent(scores, similarity).value;
      },
    };
  },
};

const KINDS: readonly Mix['kind'][] = [
  'infoNce',
  'infoNce',
  'infoNce',
  'cosent',
  'pairs',
  'oasis',
  'matryoshka',
  'listNet',
  'klDivergence',
  'marginMse',
  'cached',
];

/** Random mixes of losses, options and shapes, each with its value and one derivative in float64. */
export const drawMixes = (count: number, seed: number): Mix[] => {
  const draw = new Draws(seed);
  return range(count).map((i) => {
    const { reference, ...draft } = drafts[KINDS[i % KINDS.length]!](draw);
    const direction = draft.inputs.map((x) => draw.matrix(x.length, x[0]!.length));
    const expected = {
      value: reference(draft.inputs),
      slope: slopeOf(reference, draft.inputs, direction),
    };
    return { ...draft, direction, expected };
  });
};
