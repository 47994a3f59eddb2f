import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { gridSearch } from 'oasis-embed/refinement';
import { terminalTable } from 'oasis-embed/report';
import { selectBackend, trainOasis } from 'oasis-embed/training';
import { createShardRunner } from '../engine/run-shards.js';
import { retrievalSet } from '../evaluation/retrieval-set.js';
import { openModelsOf } from '../models/model-access.js';
import { selectTrainingEngine } from '../models/training-engine.js';
import { openTrainingModel } from '../models/training-model.js';
import { defaultWorkers } from '../options/engine-options.js';
import type { RunOptions } from '../options/run-options.js';
import { flagsOf, optionsAt, type TunedValues, type TunePoint, tuneGrid } from '../options/tuned-options.js';
import { codeVersion } from '../store/code-version.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import { readSealedJson } from '../store/sealed-json.js';
import { createProgress } from '../terminal/progress.js';
import { createEngine } from './create-engine.js';
import { labelGroups } from './recipe/label-groups.js';
import { fitThreshold, refineGroups } from './recipe/refine-groups.js';
import { withTeacher } from './recipe/teacher-vectors.js';
import { openTrainingData } from './recipe/training-data.js';
import { recordedOptions } from './recorded-options.js';
import type { ShardKinds } from './shards/shard-kinds.js';
import type { StageRecord } from './stage.js';
import type { AnnotationSummary } from './stages/annotation.js';
import { trainerOptions } from './stages/training.js';

export interface TuneOptions extends TunedValues {
  readonly run: string;
  /** Null for the run's. */
  readonly epochs: number | null;
}

/** What the run's annotation left for further pairs of the same functions. */
const annotationOf = (folder: RunFolder): AnnotationSummary => {
  const { summary } = readSealedJson<StageRecord<AnnotationSummary>>(folder.marker('annotation'));
  const files = [
    ...(summary.labelerFiles ?? []),
    ...summary.groups.flatMap(({ queries, trees }) => [queries, trees]),
  ];
  const missing = files.find((file) => file === undefined || !existsSync(folder.at(file.path)));
  if (summary.labelerFiles === undefined || summary.teachers === undefined || missing !== undefined) {
    throw new Error(
      `--run: ${folder.root} lacks files of its annotation; repeat the run with this version, then tune it`,
    );
  }
  return summary;
};

/** What a point costs, by what the same stages took in the run. */
const budgetOf = (folder: RunFolder, points: number): string => {
  const seconds = (['refinement', 'training'] as const).reduce(
    (sum, stage) => sum + readSealedJson<StageRecord>(folder.marker(stage)).seconds,
    0,
  );
  const minutes = Math.max(1, Math.round((points * seconds) / 60));
  return `${points} combinations, about ${minutes} min at ${seconds.toFixed(0)} s each, as in the run`;
};

/**
 * Grid search over what the paper leaves open (K, the AST threshold, Δs) and over the forms of its losses, by validation MRR: each point labels, refines and trains as the run
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
  const recorded = recordedOptions(folder);
  const options: RunOptions = { ...recorded, out: run, epochs: epochs ?? recorded.epochs };
  const { seed } = options;
  const { groups, functions, labelerFiles, teachers } = annotationOf(folder);
  const annotated = { groups, functions, labeler: labelerFiles };
  const backend = await selectBackend(options.backend);
  const trainingEngine = await selectTrainingEngine(options, backend.name);
  const progress = createProgress(['tune']);
  progress.startStage('tune');
  const validation = await retrievalSet({ folder, options, progress }, 'validation');
  if (validation.queries.length === 0) throw new Error(`${run} has no validation functions to choose by`);
  const code = codeVersion();
  const workers = defaultWorkers();
  const engine = await createEngine({ engine: 'in-process', connection: null, workers }, run, code);
  // A point's shards replace those of the last point; shards that no value affects are kept.
  const shards = createShardRunner<ShardKinds>(engine, run, code, progress, { scope: 'tune' });

  const access = openModelsOf(options.models, run);

  const evaluate = async (point: TunePoint): Promise<number> => {
    const tried = optionsAt(options, point);
    const labeled = await labelGroups({ folder, shards }, annotated, tried);
    const { mixture } = await fitThreshold({ folder, shards }, labeled.groups, tried);
    const refined = await refineGroups({ shards }, labeled.groups, {
      ...tried,
      threshold: mixture.threshold,
    });
    const data = await openTrainingData({
      dataset: refined.map(({ outputs }) => folder.at(outputs[1]!.path)),
      directory: folder.at('tune-texts'),
    });
    const model = await openTrainingModel(data, tried, trainingEngine, seed, validation);
    try {
      const variant = { weights: { infoNce: tried.weightInfoNce, cosent: tried.weightCosent }, seed };
      const teacher = { folder, progress, access, options: tried };
      const labeledData = await withTeacher(data, teacher, { groups, labelerFiles, teachers });
      const { best } = await trainOasis(
        model.encoder,
        labeledData,
        trainerOptions(tried, variant, validation),
      );
      return best!.mrr;
    } finally {
      await model.close();
      await data.close();
    }
  };

  const points = tuneGrid(tune);
  progress.line(budgetOf(folder, points.length));
  const { fresh: _, out: __, ...rest } = options;
  const made = readSealedJson<{ key: string }>(folder.marker('corpus')).key;
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([made, rest, code, trainingEngine?.name]))
    .digest('hex');
  try {
    const { best, bestScore, scores } = await gridSearch(points, evaluate, {
      file: join(run, 'tune.json'),
      fingerprint,
      onProgress: (done, total) => progress.line(`${done} of ${total} points`),
    });
    const flags = flagsOf(points[0]!);
    console.log(
      terminalTable({
        columns: [...flags.map((label) => ({ label })), { label: 'validation MRR@1000', numeric: true }],
        rows: scores.map(({ point, score }) => [
          ...Object.values(point).map(String),
          { text: (100 * score).toFixed(2), value: score },
        ]),
      }),
    );
    const chosen = flagsOf(best).map((flag, i) => `${flag} ${Object.values(best)[i]}`);
    console.log(`\nBest, ${(100 * bestScore).toFixed(2)}: ${chosen.join(' ') || 'the options of the run'}`);
  } finally {
    access?.close();
    await engine.close();
  }
};
