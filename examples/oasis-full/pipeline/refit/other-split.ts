import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Split, SplitItem } from '../../corpus/owner-split.js';
import type { StoredFunction } from '../../corpus/stored-function.js';
import { createShardRunner } from '../../engine/run-shards.js';
import type { RunOptions } from '../../options/run-options.js';
import { codeVersion } from '../../store/code-version.js';
import { readJsonLines, writeJsonLines } from '../../store/json-lines.js';
import { createRunFolder, modelCacheOf } from '../../store/run-folder.js';
import type { Progress } from '../../terminal/progress.js';
import { createEngine } from '../create-engine.js';
import type { ShardKinds } from '../shards/shard-kinds.js';
import { createStageRunner, type StageRecord } from '../stage.js';
import { annotationStage } from '../stages/annotation.js';
import type { StageContext } from '../stages/context.js';
import type { CorpusSummary } from '../stages/corpus.js';
import { refinementStage } from '../stages/refinement.js';
import { type TrainingSummary, trainingStage } from '../stages/training.js';

export interface OtherSplit {
  /** Folder below that of the run, which a repeated call resumes in. */
  readonly name: string;
  readonly sideOf: (item: SplitItem) => Split;
  /** What is set otherwise than in the run. */
  readonly changes?: Partial<Pick<RunOptions, 'threshold' | 'thresholdQuantile' | 'epochs'>>;
}

/** Says what a repetition does within the stage that repeats. */
const within = (progress: Progress, name: string): Progress => {
  let stage = '';
  return {
    startStage: (next) => {
      stage = next;
    },
    update: (done, total, note = '') =>
      progress.update(done, total, `${name}, ${note === '' ? stage : note}`),
    line: () => {},
    finishStage: () => {},
  };
};

/**
 * Labels and trains again on the functions of a run, divided otherwise: from annotation to training, in a folder of its own
 * and in threads of this process. No file is parsed again, and models are asked only what the run's cache has no answer to.
 * An interrupted call resumes at the stage, or the step of training, where it left off.
 *
 * @param use Is given the context of the repetition, whose folder holds the model; the folder is left for the caller to remove.
 */
export const withOtherSplit = async <T>(
  context: StageContext,
  corpus: StageRecord<CorpusSummary>,
  { name, sideOf, changes = {} }: OtherSplit,
  use: (repeated: StageContext, training: StageRecord<TrainingSummary>) => Promise<T>,
): Promise<T> => {
  const folder = createRunFolder(context.folder.at(name));
  const progress = within(context.progress, name.split('/').at(-1)!);
  const code = codeVersion();
  async function* functions(): AsyncGenerator<StoredFunction> {
    for await (const fn of readJsonLines<StoredFunction>(context.folder.path('functions')))
      yield { ...fn, split: sideOf(fn) };
  }
  await writeJsonLines(folder.path('functions'), functions());
  const options: RunOptions = {
    ...context.options,
    ...changes,
    out: folder.root,
    datasetJsonLines: false,
    models: {
      ...context.options.models,
      cache: context.options.models.cache ?? modelCacheOf(context.folder.root),
    },
  };
  const stages = createStageRunner(folder, code, progress);
  const engine = await createEngine(
    { engine: 'in-process', connection: null, workers: context.threads },
    folder.root,
    code,
  );
  const runnerOf = (scope: string | null) =>
    createShardRunner<ShardKinds>(engine, folder.root, code, progress, { scope, onDone: stages.noteShards });
  const repeated: StageContext = {
    ...context,
    options,
    folder,
    progress,
    shards: runnerOf(null),
    shardsBeside: runnerOf,
  };
  try {
    const divided = { ...corpus, key: createHash('sha256').update(`${corpus.key}\0${name}`).digest('hex') };
    const annotation = await stages.run(annotationStage(repeated, divided));
    const refinement = await stages.run(refinementStage(repeated, annotation));
    const training = await stages.run(trainingStage(repeated, divided, annotation, refinement));
    return await use(repeated, training);
  } finally {
    await engine.close();
  }
};

/** Removes what a repetition left. */
export const removeSplit = (context: StageContext, name: string): Promise<void> =>
  rm(context.folder.at(name), { recursive: true, force: true });
