import type { FlatTree } from 'oasis-embed/ast';
import { findSuspects, judgeSuspects, type LabeledPairs, raiseSimilarities } from 'oasis-embed/refinement';
import type { LanguageId } from 'oasis-embed/syntax';
import { type AnnotatedFunction, pairTexts } from '../annotation/annotated-functions.js';
import type { SuspectJudge } from '../models/suspect-judge.js';

/** Which rules name suspects: both in a full run, one or none in the ablation. */
export interface RefinementRules {
  readonly threshold: boolean;
  readonly tree: boolean;
}

export interface RefineLabelsOptions {
  /** The mixture's s*. */
  readonly threshold: number;
  /** By function. */
  readonly trees: readonly (FlatTree | null)[];
  readonly treeRatio: number;
  readonly deltaS: number;
  readonly judge: SuspectJudge;
  /** Decides the order in which a judge is shown two codes. */
  readonly seed: number;
  /** @defaultValue both */
  readonly rules?: RefinementRules;
  /** Cases before the judge at once. */
  readonly concurrency?: number;
  readonly onProgress?: (done: number, total: number, note: string) => void;
}

/** Suspects among labeled pairs, by the rules asked for. */
export const suspectsOf = (
  pairs: LabeledPairs,
  {
    threshold,
    trees,
    treeRatio,
    rules = { threshold: true, tree: true },
  }: Pick<RefineLabelsOptions, 'threshold' | 'trees' | 'treeRatio' | 'rules'>,
) =>
  findSuspects(pairs, {
    threshold: rules.threshold ? threshold : null,
    aboveOwnPositive: rules.threshold,
    ...(rules.tree ? { trees, treeRatio } : {}),
  });

/** What the indices of suspects point at, as a judge needs it. */
export const judgeContextOf = (functions: readonly AnnotatedFunction[], pairs: LabeledPairs) => {
  const { queries, documents } = pairTexts(functions);
  const languages: readonly LanguageId[] = functions.map((fn) => fn.language);
  return { pairs, queries, documents, languages };
};

/**
 * Suspects, verdicts and raised labels: the core of refinement, which the ablation repeats with fewer rules. A label
 * depends only on its query's pairs, so any set of whole queries may be processed separately.
 */
export const refineLabels = async (
  functions: readonly AnnotatedFunction[],
  pairs: LabeledPairs,
  options: RefineLabelsOptions,
) => {
  const { judge, seed, deltaS, concurrency, onProgress = () => {} } = options;
  const suspects = suspectsOf(pairs, options);
  const context = judgeContextOf(functions, pairs);
  await judge.prepare(suspects, context, seed, onProgress);
  const verdicts = await judgeSuspects(suspects, judge.judge, context, {
    seed,
    ...(concurrency === undefined ? {} : { concurrency }),
    onProgress: (done, total) => onProgress(done, total, 'suspects judged'),
  });
  return { suspects, verdicts, ...raiseSimilarities(pairs, verdicts, { deltaS }) };
};
