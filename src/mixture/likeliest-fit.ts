import { expectationMaximization, type FitControl, type NormalFit } from './expectation-maximization.js';
import { groupScores, mixtureRestarts } from './mixture-restarts.js';
import { type MixtureParameters, mixtureStarts } from './mixture-start.js';
import type { WeightedValues } from './weighted-values.js';

/** Groups and rounds in which a start shows what it is worth. */
const SCREEN = { groups: 256, iterations: 40, finalIterations: 400 };

/** So many restarts race on after their first rounds; one of them runs to its end beside k-means. */
const FINALISTS = 3;

/** Above so many scores the starts run on groups of them, and only the best ends meet the scores themselves. */
const GROUPED = 8192;

/**
 * A component that holds a single score, or whose variance is at the floor, is no population: its likelihood only
 * grows with how narrow it may become. K-means may end there where the scores ask for it; restarts may not.
 */
const LEAST_SCORES = 1.5;

/** The likeliest end of several starts. */
export const likeliestFit = (
  data: WeightedValues,
  components: number,
  starts: number,
  control: FitControl,
): NormalFit => {
  const grouped = data.values.length > GROUPED ? groupScores(data, GROUPED / 2) : data;
  const ends = startsOf(grouped, components, starts, control).map(({ start, chance }) => {
    const fit = expectationMaximization(grouped, start, control);
    return { fit, eligible: chance || !isChance(fit, data.count, control) };
  });
  const ranked = ends
    .filter(({ eligible }) => eligible)
    .map(({ fit }) => fit)
    .sort((a, b) => b.meanLogLikelihood - a.meanLogLikelihood);
  if (grouped === data) return ranked[0]!;
  // Grouping blurs likelihoods a little: ends that it cannot tell apart are told apart by the scores.
  const close = distinctEnds(ranked)
    .slice(0, FINALISTS)
    .filter((fit) => fit.meanLogLikelihood > ranked[0]!.meanLogLikelihood - 1e-2);
  return close
    .map((fit) => expectationMaximization(data, fit, control, fit.curvature))
    .reduce((a, b) => (b.meanLogLikelihood > a.meanLogLikelihood ? b : a));
};

const isChance = (fit: NormalFit, count: number, { varianceFloor }: FitControl) =>
  fit.weights.some((weight, j) => weight * count < LEAST_SCORES || fit.variances[j]! <= varianceFloor);

/** Of fits by falling likelihood one for each maximum: those that are as likely are on the way to the same one. */
const distinctEnds = (fits: readonly NormalFit[]): readonly NormalFit[] => {
  const ends: NormalFit[] = [];
  for (const fit of fits) {
    const last = ends.at(-1);
    if (last === undefined || last.meanLogLikelihood - fit.meanLogLikelihood >= 1e-9) ends.push(fit);
  }
  return ends;
};

interface Start {
  readonly start: MixtureParameters;
  /** Whether it may end in a chance cluster. */
  readonly chance: boolean;
}

/** K-means always runs to its end; the restart that looks best on grouped scores joins it. */
const startsOf = (
  data: WeightedValues,
  components: number,
  starts: number,
  control: FitControl,
): readonly Start[] => {
  const common = mixtureStarts(data, components).slice(0, starts);
  const screened = groupScores(data, SCREEN.groups);
  const brief = { ...control, maxIterations: SCREEN.iterations };
  const restarts = mixtureRestarts(screened, components, Math.max(0, starts - common.length))
    .map((start) => ({ start, fit: expectationMaximization(screened, start, brief) }))
    .filter(({ fit }) => !isChance(fit, data.count, control))
    .sort((a, b) => b.fit.meanLogLikelihood - a.fit.meanLogLikelihood);
  const finalists = distinctEnds(restarts.map(({ fit }) => fit)).slice(0, FINALISTS);
  // On the groups, where a round is cheap, the last few race on; the scores themselves are for the winner.
  const longer = { ...control, maxIterations: SCREEN.finalIterations };
  const [winner] = finalists
    .map((fit) => expectationMaximization(screened, fit, longer))
    .filter((fit) => !isChance(fit, data.count, control))
    .sort((a, b) => b.meanLogLikelihood - a.meanLogLikelihood);
  return [
    ...common.map((start): Start => ({ start, chance: true })),
    ...(winner === undefined ? [] : [{ start: winner, chance: false }]),
  ];
};
