import { cpus } from 'node:os';
import { join, relative } from 'node:path';
import { loadLibraryCode } from 'oasis-embed/benchmarks';
import { selectBackend } from 'oasis-embed/training';
import type { RepositorySource } from '../corpus/default-corpus.js';
import { chooseRepositories, describeSources } from '../corpus/repositories.js';
import { createShardRunner } from '../engine/run-shards.js';
import { checkLabelers } from '../models/labeler.js';
import { closeLocalChats } from '../models/local-chat.js';
import { openModelsOf } from '../models/model-access.js';
import { findPaidDamage, sealPaid } from '../models/paid-damage.js';
import { describeEngines } from '../models/text-model.js';
import { describeTrainingEngine, selectTrainingEngine } from '../models/training-engine.js';
import { checkTrainingModel } from '../models/training-model.js';
import type { EngineOptions, StageName } from '../options/engine-options.js';
import { engineOf } from '../options/model-engine.js';
import type { RunOptions } from '../options/run-options.js';
import { codeVersion } from '../store/code-version.js';
import { runsFromCheckout } from '../store/package-folder.js';
import { createRunFolder, modelCacheOf, removeResults } from '../store/run-folder.js';
import { writeSealedJson } from '../store/sealed-json.js';
import { createJsonProgress, createProgress } from '../terminal/progress.js';
import { chooseFolds, mayCrossValidate, partsFor } from './automatic-folds.js';
import { createEngine } from './create-engine.js';
import { requireEnoughToTrain } from './enough-to-train.js';
import { NO_VECTORS } from './recipe/teacher-vectors.js';
import type { ShardKinds } from './shards/shard-kinds.js';
import { createStageRunner, type StageRecord, type StageRunner } from './stage.js';
import { ablationStage, LIBRARY_CODE_SET } from './stages/ablation.js';
import { annotationStage } from './stages/annotation.js';
import type { StageContext } from './stages/context.js';
import { corpusStage } from './stages/corpus.js';
import { crossValidationStage } from './stages/cross-validation.js';
import { evaluationStage } from './stages/evaluation.js';
import { checkExport, exportStage } from './stages/export.js';
import { finalFitStage } from './stages/final-fit.js';
import { indexStage } from './stages/index-functions.js';
import { refinementStage } from './stages/refinement.js';
import { reportStage } from './stages/report.js';
import { trainingStage } from './stages/training.js';
import { versions } from './versions.js';

/**
 * The recipe, stage by stage. Each stage leaves its files in the run's folder, and a marker with the key they were made
 * for. A run that was interrupted, or is repeated with other options, redoes only what it must.
 */
export const runPipeline = async (options: RunOptions, engineOptions: EngineOptions): Promise<void> => {
  const repositories = chooseRepositories(options.repos, options.functions);
  if (options.fresh) await removeResults(options.out);
  const folder = createRunFolder(options.out);
  const progress = engineOptions.json
    ? createJsonProgress()
    : createProgress([
        'corpus',
        'annotation',
        'refinement',
        'training',
        ...(options.training.onnx === null ? [] : ['export']),
        'evaluation',
        ...(mayCrossValidate(options, repositories.length) ? ['cross-validation'] : []),
        ...(options.ablation ? ['ablation'] : []),
        ...(options.finalFit ? ['final-fit'] : []),
        'index',
        'report',
      ]);
  const code = codeVersion();
  const stages = createStageRunner(folder, code, progress);
  const started = performance.now();
  // First of all: a backend that this machine lacks must not cost an hour of other stages.
  const backend = await selectBackend(engineOptions.until === null ? options.backend : 'cpu');
  const trains = engineOptions.until === null;
  const trainingEngine = trains ? await selectTrainingEngine(options, backend.name) : null;
  if (trains) {
    await checkTrainingModel(options, trainingEngine);
    await checkExport(options);
  }
  if (options.models.crossEncoders.length > 0 && options.training.labels === 'batch')
    throw new Error(NO_VECTORS);
  if (options.ablationLibraryCode !== null)
    await loadLibraryCode(options.ablationLibraryCode, LIBRARY_CODE_SET);
  const { encoder } = options.training;
  await checkLabelers(options.models);
  const engines = await describeEngines(
    [...options.models.embedders, ...(encoder === null || !trains ? [] : [encoder])],
    engineOf(options.models),
  );
  const engine = await createEngine(engineOptions, options.out, code);
  const said = [
    describeSources(repositories),
    `backend ${backend.summary}`,
    ...engines,
    ...describeTrainingEngine(encoder, trainingEngine),
    `seed ${options.seed}`,
  ].join(' · ');
  if (engineOptions.json) progress.line(said);
  else process.stderr.write(`${said}\n`);
  const runnerOf = (scope: string | null) =>
    createShardRunner<ShardKinds>(engine, options.out, code, progress, { scope, onDone: stages.noteShards });
  const paid = options.models.cache ?? modelCacheOf(options.out);
  for (const { path, reason } of findPaidDamage(paid)) progress.line(`${join(paid, path)} ${reason}`);
  const access = openModelsOf(options.models, options.out);
  const { shardSize, workers: threads } = engineOptions;
  const context: StageContext = {
    ...{ options, backend, trainingEngine, folder, progress, access, shardSize, threads },
    shards: runnerOf(null),
    shardsBeside: runnerOf,
  };
  try {
    await runStages(context, stages.run, repositories, engineOptions.until);
  } finally {
    access?.close();
    await engine.close();
    await closeLocalChats();
    // The run's own failure must not be hidden by this one, as on a full disk.
    await sealPaid(paid).catch((error: Error) => progress.line(error.message));
  }
  progress.line(`done in ${((performance.now() - started) / 1000).toFixed(0)} s`);
};

/** The stages in their order, each waiting for those it reads. */
const runStages = async (
  context: StageContext,
  run: StageRunner,
  repositories: readonly RepositorySource[],
  until: StageName | null,
): Promise<void> => {
  const { options, folder } = context;

  const corpus = await run(corpusStage(context, repositories));
  if (until === 'corpus') return;
  if (until === null) {
    const advice = requireEnoughToTrain(corpus.summary);
    if (advice !== null) context.progress.line(advice);
  }
  const annotation = await run(annotationStage(context, corpus));
  if (until === 'annotation') return;
  const refinement = await run(refinementStage(context, annotation));
  if (until === 'refinement') return;
  const training = await run(trainingStage(context, corpus, annotation, refinement));
  const { onnx } = options.training;
  const exported = onnx === null ? null : await run(exportStage(context, training, onnx));
  const evaluation = await run(evaluationStage(context, corpus, training));
  const part = [annotation, refinement, training, evaluation].reduce((sum, { seconds }) => sum + seconds, 0);
  const choice = chooseFolds(options, corpus.summary, part);
  const parts =
    choice.folds === null || options.folds !== null
      ? choice.folds
      : await partsFor(choice.folds, folder.path('functions'));
  const folds =
    parts === null
      ? null
      : await run(crossValidationStage(context, parts, repositories, corpus, refinement, evaluation));
  const ablation = options.ablation
    ? await run(ablationStage(context, annotation, refinement, evaluation))
    : null;
  const finalFit = options.finalFit ? await run(finalFitStage(context, corpus, refinement, training)) : null;
  const index = await run(indexStage(context, repositories, corpus, training, finalFit));

  const stages: StageRecord[] = [corpus, annotation, refinement, training];
  if (exported !== null) stages.push(exported);
  stages.push(evaluation);
  for (const further of [folds, ablation, finalFit]) if (further !== null) stages.push(further);
  stages.push(index);
  await writeSealedJson(
    folder.path('run'),
    {
      options,
      versions: versions(),
      machine: { platform: process.platform, architecture: process.arch, processors: cpus().length },
      repositories: repositories.map(({ name, version }) => ({ name, version })),
      stages: stages.map(({ stage, seconds, peakMemoryMegabytes }) => ({
        stage,
        seconds,
        peakMemoryMegabytes,
      })),
      seconds: stages.reduce((sum, record) => sum + record.seconds, 0),
    },
    2,
  );
  const records = { corpus, annotation, refinement, training, evaluation, folds, ablation, finalFit, index };
  await run(reportStage(context, records, repositories));

  const shown = relative(process.env.INIT_CWD ?? process.cwd(), options.out) || '.';
  console.log(evaluation.summary.table);
  for (const further of [folds, ablation]) if (further !== null) console.log(`\n${further.summary.table}`);
  if (choice.advice !== null) console.log(`\n${choice.advice}`);
  console.log(`\nReport   ${shown}/report.html`);
  const command = runsFromCheckout() ? 'npm run oasis-full --' : 'npx oasis-full';
  console.log(`Search   ${command} search "…" --run ${shown}`);
  console.log(`Page     ${command} serve --run ${shown}`);
};
