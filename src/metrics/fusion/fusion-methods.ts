import type { RankedList } from './normalize-scores.js';

/** Numbers that some methods take. */
export interface FusionNumbers {
  /** Of `rrf`: how little the first ranks stand out. @defaultValue 60 */
  readonly k?: number;
  /** Of `gmnz`: the power of the number of lists. @defaultValue 1 */
  readonly gamma?: number;
  /** Of `rbc`: the probability that a reader goes on to the next document. @defaultValue 0.8 */
  readonly phi?: number;
  /** Of `logn-isr`: what is added to the number of lists, in [0, 1]. @defaultValue 0.01 */
  readonly sigma?: number;
}

/** What a document got in each list that has it. */
interface Votes {
  readonly scores: readonly number[];
  readonly weights: readonly number[];
}

/** A way to make one list of several. */
export interface FusionRule {
  /** Whether scores matter, and with them their normalization, or ranks alone. */
  readonly by: 'scores' | 'ranks';
  readonly weighted: boolean;
  /** What a document is worth at a rank, from 1. */
  readonly worth?: (rank: number, numbers: Required<FusionNumbers>) => number;
  readonly combine: (votes: Votes, numbers: Required<FusionNumbers>) => number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const weightedSum = ({ scores, weights }: Votes): number =>
  scores.reduce((total, score, i) => total + weights[i]! * score, 0);

const median = (values: readonly number[]): number => {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const inverseSquare = (rank: number): number => 1 / rank ** 2;

/** Those whose lists are told one by one; `borda` and `condorcet` look at all lists together. */
export const FUSION_RULES = {
  rrf: { by: 'ranks', weighted: true, worth: (rank, { k }) => 1 / (k + rank), combine: weightedSum },
  sum: { by: 'scores', weighted: true, combine: weightedSum },
  mnz: { by: 'scores', weighted: true, combine: ({ scores, weights }) => sum(scores) * sum(weights) },
  gmnz: {
    by: 'scores',
    weighted: false,
    combine: ({ scores }, { gamma }) => sum(scores) * scores.length ** gamma,
  },
  anz: { by: 'scores', weighted: false, combine: ({ scores }) => sum(scores) / scores.length },
  min: { by: 'scores', weighted: false, combine: ({ scores }) => Math.min(...scores) },
  max: { by: 'scores', weighted: false, combine: ({ scores }) => Math.max(...scores) },
  med: { by: 'scores', weighted: false, combine: ({ scores }) => median(scores) },
  mixed: {
    by: 'scores',
    weighted: true,
    combine: (votes) => weightedSum(votes) * Math.sqrt(votes.scores.length),
  },
  isr: {
    by: 'ranks',
    weighted: false,
    worth: inverseSquare,
    combine: ({ scores }) => sum(scores) * scores.length,
  },
  'log-isr': {
    by: 'ranks',
    weighted: false,
    worth: inverseSquare,
    combine: ({ scores }) => sum(scores) * Math.log(scores.length),
  },
  'logn-isr': {
    by: 'ranks',
    weighted: false,
    worth: inverseSquare,
    combine: ({ scores }, { sigma }) => sum(scores) * Math.log(scores.length + sigma),
  },
  rbc: {
    by: 'ranks',
    weighted: true,
    worth: (rank, { phi }) => (1 - phi) * phi ** (rank - 1),
    combine: weightedSum,
  },
} as const satisfies Readonly<Record<string, FusionRule>>;

/** Fused scores by one of the rules above. */
export const combineLists = (
  lists: readonly RankedList[],
  candidates: ReadonlySet<string>,
  weights: readonly number[],
  { worth, combine }: FusionRule,
  numbers: Required<FusionNumbers>,
): Map<string, number> => {
  const worths =
    worth === undefined
      ? lists
      : lists.map((list) => new Map([...list.keys()].map((id, i) => [id, worth(i + 1, numbers)])));
  return new Map(
    Array.from(candidates, (id) => {
      const having = worths.flatMap((list, i) => (list.has(id) ? [i] : []));
      const votes = {
        scores: having.map((i) => worths[i]!.get(id)!),
        weights: having.map((i) => weights[i]!),
      };
      return [id, combine(votes, numbers)];
    }),
  );
};

/**
 * Borda's count: of c candidates the first of a list gets c points, the second c − 1, and those that it lacks share what is
 * left.
 */
export const bordaPoints = (
  lists: readonly RankedList[],
  candidates: ReadonlySet<string>,
  weights: readonly number[],
): Map<string, number> => {
  const points = new Map(Array.from(candidates, (id) => [id, 0]));
  lists.forEach((list, i) => {
    const places = new Map([...list.keys()].map((id, place) => [id, place]));
    const unranked = (candidates.size - list.size + 1) / 2;
    for (const [id, before] of points) {
      const place = places.get(id);
      points.set(id, before + weights[i]! * (place === undefined ? unranked : candidates.size - place));
    }
  });
  return points;
};

/**
 * An order in which, as far as there is one, each document is preferred to the next by most lists; the first of c gets c
 * points. Where preferences tie or go round in a circle, Borda's count decides where the sort starts.
 */
export const condorcetPoints = (
  lists: readonly RankedList[],
  candidates: ReadonlySet<string>,
  weights: readonly number[],
  compareTied: (a: string, b: string) => number,
): Map<string, number> => {
  const places = lists.map((list) => new Map([...list.keys()].map((id, place) => [id, place])));
  const points = bordaPoints(lists, candidates, weights);
  const order = [...candidates].sort((a, b) => points.get(b)! - points.get(a)! || compareTied(a, b));
  const preference = (a: string, b: string): number =>
    places.reduce((lead, places, i) => {
      const first = places.get(a) ?? Number.POSITIVE_INFINITY;
      const second = places.get(b) ?? Number.POSITIVE_INFINITY;
      return first === second ? lead : lead + (first < second ? weights[i]! : -weights[i]!);
    }, 0);
  order.sort((a, b) => preference(b, a));
  return new Map(order.map((id, i) => [id, order.length - i]));
};
