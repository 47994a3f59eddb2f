import { averageOnScale, type DocstringRow, plainMean, type SimilarityMap } from 'oasis-embed/annotation';
import type { FlatTree } from 'oasis-embed/ast';
import type { LsaEncoder } from 'oasis-embed/encoders';
import type { StoredFunction } from '../corpus/stored-function.js';
import { Unfinished } from '../engine/unfinished.js';
import { createDocstringWriter, docstringFailures, functionsToDocument } from '../models/docstring-writer.js';
import { openLabeler, prepareVectors, teacherSimilarities } from '../models/labeler.js';
import type { ModelAccess } from '../models/model-access.js';
import type { ModelOptions } from '../options/model-options.js';
import type { StratumCounts } from '../options/stratum-counts.js';
import { type AnnotatedFunction, pairTexts } from './annotated-functions.js';
import { type MadePairs, makePairs, type UnlabeledPairs } from './make-pairs.js';
import { negativeStrata } from './negative-strata.js';

export type OnProgress = (done: number, total: number, note: string) => void;

/** Docstrings of the training functions, one row each; what failed has its reason. */
export const documentFunctions = async (
  stored: readonly StoredFunction[],
  models: ModelOptions,
  access: ModelAccess | null,
  onProgress: OnProgress,
  onLine: (text: string) => void = () => {},
): Promise<DocstringRow[]> => {
  const functions = functionsToDocument(stored, models);
  const rows = await createDocstringWriter(models, access).write(functions, stored, { onProgress, onLine });
  const failures = docstringFailures(rows);
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0);
  if (failed > models.maxFailures * rows.length) {
    const [reason, count] = Object.entries(failures)[0]!;
    throw new Unfinished(
      `${failed} of ${rows.length} docstrings failed, more than --max-failures ${models.maxFailures} allows; ` +
        `most often (${count} times): ${reason}. Answers that came are kept: the same command asks for the rest`,
    );
  }
  return rows;
};

export interface PairOptions {
  readonly negatives: number;
  readonly negativeStrata: StratumCounts;
  readonly twinNegatives: number;
  readonly treeRatio: number;
  readonly seed: number;
}

/** Whether pairs depend on syntax trees. */
export const needsTrees = ({ twinNegatives, negativeStrata }: PairOptions): boolean =>
  twinNegatives > 0 || (negativeStrata.twins ?? 0) > 0;

/** The pairs of annotated functions, as the options ask for them. */
export const pairFunctions = (
  functions: readonly AnnotatedFunction[],
  options: PairOptions,
  trees?: readonly (FlatTree | null)[],
): MadePairs => {
  const { treeRatio } = options;
  const known = trees === undefined ? {} : { trees };
  return makePairs(functions, {
    k: options.negatives,
    seed: options.seed,
    strata: negativeStrata(functions, options.negativeStrata, { treeRatio, ...known }),
    twinsPerQuery: options.twinNegatives,
    treeRatio,
    ...known,
  });
};

export interface LabelOptions {
  readonly models: ModelOptions;
  readonly access: ModelAccess | null;
  readonly seed: number;
  readonly labelDimensions: number;
  readonly similarityMap: SimilarityMap;
  /** Where vectors that cost time or money are kept. */
  readonly vectors: string;
  /** LSA that is fitted already. */
  readonly lsa?: LsaEncoder;
  readonly onProgress: OnProgress;
}

export interface LabeledPairsOf {
  /** With the plain mean of the teachers' similarities. */
  readonly pairs: UnlabeledPairs & { readonly similarity: Float32Array };
  readonly labeler: string;
  readonly teachers: readonly { readonly name: string; readonly similarity: Float32Array }[];
}

/** The similarity of every pair, as each teacher sees it, and their mean. */
export const labelPairs = async (
  functions: readonly AnnotatedFunction[],
  pairs: UnlabeledPairs,
  options: LabelOptions,
): Promise<LabeledPairsOf> => {
  const { models, access, seed, labelDimensions, similarityMap, vectors, lsa, onProgress } = options;
  const { queries, documents } = pairTexts(functions);
  const labeler = await openLabeler([...queries, ...documents], {
    models,
    access,
    dimensions: Math.min(labelDimensions, functions.length),
    seed,
    lsa,
    onProgress,
  });
  try {
    await prepareVectors(access, queries, documents, onProgress);
    const teachers: { name: string; similarity: Float32Array }[] = [];
    for (const teacher of labeler.teachers) {
      const settings = { similarityMap, vectors, onProgress };
      const similarity = await teacherSimilarities(teacher, queries, documents, pairs, settings);
      teachers.push({ name: teacher.name, similarity });
    }
    const each = teachers.map(({ similarity }) => similarity);
    const similarity = each.length === 1 ? each[0]! : averageOnScale(each, plainMean(each.length));
    return { pairs: { ...pairs, similarity }, labeler: labeler.name, teachers };
  } finally {
    await labeler.close();
  }
};
