import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gridSearch } from 'oasis-embed/refinement';
import { terminalTable } from 'oasis-embed/report';
import { selectBackend, trainOasis } from 'oasis-embed/training';
import { labelPairs, needsTrees, pairFunctions } from '../annotation/annotate.js';
import { pairTexts } from '../annotation/annotated-functions.js';
import type { LabelledPairs } from '../annotation/pairs.js';
import { parseTrees } from '../annotation/parse-trees.js';
import { retrievalSet } from '../evaluation/retrieval-set.js';
import { openModelsOf } from '../models/model-access.js';
import { startingEncoder } from '../models/starting-encoder.js';
import { createSuspectJudge } from '../models/suspect-judge.js';
import type { RunOptions } from '../options/run-options.js';
import { refineLabels } from '../refinement/refine-labels.js';
import { settleThreshold } from '../refinement/threshold.js';
import { readJson } from '../store/json-files.js';
import { createRunFolder } from '../store/run-folder.js';
import { createProgress } from '../terminal/progress.js';
import { codeVersion } from './code-version.js';
import { trainingFunctions } from './stages/annotation.js';
import { trainerOptions } from './stages/training.js';

/** The unknowns that the paper leaves open. */
export interface TunePoint extends Readonly<Record<string, number>> {
  /** K. */
  readonly negatives: number;
  readonly treeRatio: number;
  readonly deltaS: number;
}

export interface TuneOptions {
  readonly run: string;
  /** Values to try; an empty list keeps the run's. */
  readonly negatives: readonly number[];
  readonly treeRatio: readonly number[];
  readonly deltaS: readonly number[];
  /** Null for the run's. */
  readonly epochs: number | null;
}

/** All combinations, so ordered that what is dear to make changes least often. */
export const tuneGrid = (tune: Omit<TuneOptions, 'run' | 'epochs'>, options: RunOptions): TunePoint[] => {
  const values = (name: keyof typeof tune) => [
    ...new Set(tune[name].length > 0 ? tune[name] : [options[name]]),
  ];
  return values('negatives').flatMap((negatives) =>
    values('treeRatio').flatMap((treeRatio) =>
      values('deltaS').map((deltaS) => ({ negatives, treeRatio, deltaS })),
    ),
  );
};

/**
 * Grid search over K, the AST threshold and Δs by validation MRR: each point labels, refines and trains as the run
 * would. Finished points are kept in the run's folder, so that a search that was cut off goes on.
 */
export const tuneRun = async ({ run, epochs, ...tune }: TuneOptions): Promise<void> => {
  const folder = createRunFolder(run);
  for (const file of ['run', 'functions', 'docstrings'] as const) {
    if (!existsSync(folder.path(file))) {
      throw new Error(
        `--run: expected the folder of a finished run, received ${run}, which lacks ${folder.path(file)}`,
      );
    }
  }
  const recorded = readJson<{ options: RunOptions }>(folder.path('run')).options;
  const options: RunOptions = { ...recorded, out: run, epochs: epochs ?? recorded.epochs };
  const { models, seed } = options;
  await selectBackend(options.backend);
  const functions = await trainingFunctions({ folder });
  const progress = createProgress(['tune']);
  progress.startStage('tune');
  const validation = await retrievalSet({ folder, options, progress }, 'validation');
  if (validation.queries.length === 0) throw new Error(`${run} has no validation functions to choose by`);
  const trees = await parseTrees(functions, (done) =>
    progress.update(done, functions.length, 'functions parsed'),
  );
  const access = openModelsOf(models, run);
  const judge = createSuspectJudge(models, access);
  const texts = pairTexts(functions);

  let current: { key: string; pairs: LabelledPairs; threshold: number } | null = null;
  const labelled = async ({ negatives, treeRatio }: TunePoint) => {
    const key = `${negatives} ${treeRatio}`;
    if (current?.key === key) return current;
    const pairOptions = { ...options, negatives, treeRatio };
    const made = pairFunctions(functions, pairOptions, needsTrees(pairOptions) ? trees : undefined);
    const { pairs } = await labelPairs(functions, made.pairs, {
      ...options,
      access,
      vectors: folder.path('vectors'),
      onProgress: progress.update,
    });
    const similarities = pairs.similarity.filter((_, i) => pairs.positive[i] === 0);
    current = { key, pairs, threshold: settleThreshold(similarities, options).threshold };
    return current;
  };

  const evaluate = async (point: TunePoint): Promise<number> => {
    const { pairs, threshold } = await labelled(point);
    const { similarity } = await refineLabels(functions, pairs, {
      ...point,
      threshold,
      trees,
      judge,
      seed,
      concurrency: models.concurrency,
      onProgress: progress.update,
    });
    const dataset = { ...texts, pairs: { ...pairs, similarity } };
    const encoder = await startingEncoder(dataset, options, seed);
    try {
      const variant = { weights: { infoNce: options.weightInfoNce, cosent: options.weightCosent }, seed };
      const { best } = await trainOasis(encoder, dataset, trainerOptions(options, variant, validation));
      return best!.mrr;
    } finally {
      encoder.dispose();
    }
  };

  const points = tuneGrid(tune, options);
  const { fresh: _, out: __, negatives, treeRatio, deltaS, ...rest } = options;
  const made = readJson<{ key: string }>(folder.marker('corpus')).key;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([made, rest, codeVersion()]))
    .digest('hex');
  try {
    const { best, bestScore, scores } = await gridSearch(points, evaluate, {
      file: join(run, 'tune.json'),
      fingerprint,
      onProgress: (done, total) => progress.line(`${done} of ${total} points`),
    });
    console.log(
      terminalTable({
        columns: ['K', 'tree ratio', 'Δs', 'validation MRR@1000'].map((label) => ({ label, numeric: true })),
        rows: scores.map(({ point, score }) => [
          String(point.negatives),
          String(point.treeRatio),
          String(point.deltaS),
          { text: (100 * score).toFixed(2), value: score },
        ]),
      }),
    );
    console.log(
      `\nBest, ${(100 * bestScore).toFixed(2)}: --negatives ${best.negatives} --tree-ratio ${best.treeRatio} ` +
        `--delta-s ${best.deltaS}`,
    );
  } finally {
    access?.close();
  }
};
