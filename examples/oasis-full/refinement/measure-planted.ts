import type { FlatTree } from 'oasis-embed/ast';
import {
  type DetectionRates,
  detectionRates,
  findSuspects,
  type Judge,
  type JudgeContext,
  judgeSuspects,
  type LabeledPairs,
  type PlantedKind,
  plantedKinds,
} from 'oasis-embed/refinement';

/** What is known of planted negatives: pair 2i is the positive of planted negative i, pair 2i + 1 the negative itself. */
export interface PlantedCase {
  readonly kinds: readonly PlantedKind[];
  readonly pairs: LabeledPairs;
  readonly context: Omit<JudgeContext, 'pairs'>;
  /** By document. */
  readonly trees: readonly (FlatTree | null)[];
}

/** One way to find false negatives, and how it did. */
export interface MeasuredRule extends DetectionRates {
  readonly name: string;
}

/** Marks planted negatives that are among some pairs. */
const marksOf = ({ kinds }: PlantedCase, pairs: ArrayLike<number>): Uint8Array => {
  const marks = new Uint8Array(kinds.length);
  for (let i = 0; i < pairs.length; i++) marks[(pairs[i]! - 1) / 2] = 1;
  return marks;
};

export interface PlantedLimits {
  /** s* of the run, and further thresholds by name. */
  readonly thresholds: readonly { readonly name: string; readonly value: number }[];
  readonly treeRatios: readonly number[];
}

/** What the rules that name suspects find: each threshold, each tree ratio, and similarity above the own positive. */
export const measureRules = (
  planted: PlantedCase,
  { thresholds, treeRatios }: PlantedLimits,
): MeasuredRule[] => {
  const { kinds, pairs, trees } = planted;
  const rates = (name: string, options: Parameters<typeof findSuspects>[1]): MeasuredRule => ({
    name,
    ...detectionRates(kinds, marksOf(planted, findSuspects(pairs, options).pair)),
  });
  return [
    ...thresholds.map(({ name, value }) => rates(name, { threshold: value, aboveOwnPositive: false })),
    rates('above its own positive', {}),
    ...treeRatios.map((treeRatio) =>
      rates(`tree ratio ≤ ${treeRatio}`, { aboveOwnPositive: false, trees, treeRatio }),
    ),
  ];
};

/** What a judge accepts, of all planted negatives and of those that the run's own rules suspect. */
export const measureJudge = async (
  planted: PlantedCase,
  judge: Judge,
  run: { readonly threshold: number; readonly treeRatio: number; readonly seed: number },
): Promise<MeasuredRule[]> => {
  const { kinds, pairs, trees, context } = planted;
  // Every similarity is above this: all negatives are put before the judge.
  const all = findSuspects(pairs, { threshold: -1, trees, treeRatio: run.treeRatio });
  const { outcomes } = await judgeSuspects(all, judge, { ...context, pairs }, { seed: run.seed });
  const accepted = [...all.pair].filter((_, i) => outcomes[i] === 'raise');
  const suspected = new Set(
    findSuspects(pairs, { threshold: run.threshold, trees, treeRatio: run.treeRatio }).pair,
  );
  const rates = (name: string, found: readonly number[]): MeasuredRule => ({
    name,
    ...detectionRates(kinds, marksOf(planted, found)),
  });
  return [
    rates(`${judge.name}, of all`, accepted),
    rates(
      `${judge.name}, of suspects`,
      accepted.filter((pair) => suspected.has(pair)),
    ),
  ];
};

/** A rate over several seeds; the deviation is NaN for one. */
export interface MeanRate {
  readonly mean: number;
  /** Standard deviation over seeds. */
  readonly deviation: number;
}

/** A way to find false negatives, over several seeds of what was planted. */
export interface AveragedRule {
  readonly name: string;
  readonly precision: MeanRate;
  readonly recall: MeanRate;
  /** Of each kind, the share that is found. */
  readonly byKind: Readonly<Record<PlantedKind, MeanRate>>;
  /** Of each kind, how many were planted with the first seed. */
  readonly planted: Readonly<Record<PlantedKind, number>>;
}

const meanRate = (values: readonly number[]): MeanRate => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? Number.NaN : Math.sqrt(squares / (values.length - 1)) };
};

/** The rates of the same rules over seeds; NaN where a rule finds nothing under one of them. */
export const averageRules = (perSeed: readonly (readonly MeasuredRule[])[]): AveragedRule[] =>
  perSeed[0]!.map(({ name, byKind }, rule) => {
    const over = (rate: (measured: MeasuredRule) => number) =>
      meanRate(perSeed.map((rules) => rate(rules[rule]!)));
    const ofKinds = <T>(make: (kind: PlantedKind) => T) =>
      Object.fromEntries(plantedKinds.map((kind) => [kind, make(kind)])) as Record<PlantedKind, T>;
    return {
      name,
      precision: over(({ precision }) => precision),
      recall: over(({ recall }) => recall),
      byKind: ofKinds((kind) =>
        over((measured) => measured.byKind[kind].found / measured.byKind[kind].planted),
      ),
      planted: ofKinds((kind) => byKind[kind].planted),
    };
  });
