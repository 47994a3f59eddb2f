import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gridSearch } from 'oasis-embed/refinement';
import { terminalTable } from 'oasis-embed/report';
import { selectBackend, trainOasis } from 'oasis-embed/training';
import { createShardRunner } from '../engine/run-shards.js';
import { retrievalSet } from '../evaluation/retrieval-set.js';
import { startingEncoder } from '../models/starting-encoder.js';
import { defaultWorkers } from '../options/engine-options.js';
import type { RunOptions } from '../options/run-options.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import { readSealedJson } from '../store/sealed-json.js';
import { createProgress } from '../terminal/progress.js';
import { codeVersion } from './code-version.js';
import { createEngine } from './create-engine.js';
import { labelGroups } from './recipe/label-groups.js';
import { fitThreshold, refineGroups } from './recipe/refine-groups.js';
import { openTrainingData } from './recipe/training-data.js';
import type { ShardKinds } from './shards/shard-kinds.js';
import type { StageRecord } from './stage.js';
import type { AnnotationSummary } from './stages/annotation.js';
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

/** What the run's annotation left for further pairs of the same functions. */
const annotationOf = (folder: RunFolder): AnnotationSummary => {
  const { summary } = readSealedJson<StageRecord<AnnotationSummary>>(folder.marker('annotation'));
  const files = [
    ...(summary.labelerFiles ?? []),
    ...summary.groups.flatMap(({ queries, trees }) => [queries, trees]),
  ];
  const missing = files.find((file) => file === undefined || !existsSync(folder.at(file.path)));
  if (summary.labelerFiles === undefined || missing !== undefined) {
    throw new Error(
      `--run: ${folder.root} lacks files of its annotation; repeat the run with this version, then tune it`,
    );
  }
  return summary;
};

/**
 * Grid search over K, the AST threshold and Δs by validation MRR: each point labels, refines and trains as the run
 * would. Finished points are kept in the run's folder, so an interrupted search resumes where it left off.
 */
export const tuneRun = async ({ run, epochs, ...tune }: TuneOptions): Promise<void> => {
  const folder = createRunFolder(run);
  for (const file of ['run', 'functions'] as const) {
    if (!existsSync(folder.path(file))) {
      throw new Error(
        `--run: expected the folder of a finished run, received ${run}, which lacks ${folder.path(file)}`,
      );
    }
  }
  const recorded = readSealedJson<{ options: RunOptions }>(folder.path('run')).options;
  const options: RunOptions = { ...recorded, out: run, epochs: epochs ?? recorded.epochs };
  const { seed } = options;
  const { groups, functions, labelerFiles } = annotationOf(folder);
  const annotated = { groups, functions, labeler: labelerFiles };
  await selectBackend(options.backend);
  const progress = createProgress(['tune']);
  progress.startStage('tune');
  const validation = await retrievalSet({ folder, options, progress }, 'validation');
  if (validation.queries.length === 0) throw new Error(`${run} has no validation functions to choose by`);
  const code = codeVersion();
  const workers = defaultWorkers();
  const engine = await createEngine({ engine: 'in-process', connection: null, workers }, run, code);
  // A point's shards replace those of the last point; shards that no value affects are kept.
  const shards = createShardRunner<ShardKinds>(engine, run, code, progress, { scope: 'tune' });

  const evaluate = async (point: TunePoint): Promise<number> => {
    const labeled = await labelGroups({ shards }, annotated, { ...options, ...point });
    const { mixture } = await fitThreshold({ folder, shards }, labeled.groups, options);
    const refined = await refineGroups({ shards }, labeled.groups, {
      ...options,
      ...point,
      threshold: mixture.threshold,
    });
    const data = await openTrainingData({
      dataset: refined.map(({ outputs }) => folder.at(outputs[1]!.path)),
      directory: folder.at('tune-texts'),
    });
    const encoder = await startingEncoder(data, options, seed);
    try {
      const variant = { weights: { infoNce: options.weightInfoNce, cosent: options.weightCosent }, seed };
      const { best } = await trainOasis(encoder, data, trainerOptions(options, variant, validation));
      return best!.mrr;
    } finally {
      encoder.dispose();
      await data.close();
    }
  };

  const points = tuneGrid(tune, options);
  const { fresh: _, out: __, negatives, treeRatio, deltaS, ...rest } = options;
  const made = readSealedJson<{ key: string }>(folder.marker('corpus')).key;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([made, rest, code]))
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
    await engine.close();
  }
};
