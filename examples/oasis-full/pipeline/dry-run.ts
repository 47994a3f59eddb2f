import { basename } from 'node:path';
import type { CallEstimate, DocstringRow } from 'oasis-embed/annotation';
import { terminalTable } from 'oasis-embed/report';
import { subtokens } from 'oasis-embed/syntax';
import { selectBackend } from 'oasis-embed/training';
import { documentFunctions, labelPairs, needsTrees, pairFunctions } from '../annotation/annotate.js';
import { annotatedFunctions, pairTexts } from '../annotation/annotated-functions.js';
import { parseTrees } from '../annotation/parse-trees.js';
import { chooseRepositories } from '../corpus/repositories.js';
import { RepositorySample } from '../corpus/repository-sample.js';
import type { StoredFunction } from '../corpus/stored-function.js';
import { createShardRunner } from '../engine/run-shards.js';
import { createDocstringWriter, functionsToDocument, getsDocstring } from '../models/docstring-writer.js';
import { estimateLabeling, estimateScoring } from '../models/labeler.js';
import { closeLocalChats } from '../models/local-chat.js';
import { type ModelAccess, openModelsOf } from '../models/model-access.js';
import { createSuspectJudge } from '../models/suspect-judge.js';
import type { EngineOptions } from '../options/engine-options.js';
import { offlineModels } from '../options/model-options.js';
import { isLocalChat, judgeModelOf } from '../options/models-in-use.js';
import type { RunOptions } from '../options/run-options.js';
import { judgeContextOf, suspectsOf } from '../refinement/refine-labels.js';
import { type PairSimilarities, settleThreshold } from '../refinement/threshold.js';
import { codeVersion } from '../store/code-version.js';
import { readJsonLines } from '../store/json-lines.js';
import { createRunFolder } from '../store/run-folder.js';
import { createProgress, type Progress } from '../terminal/progress.js';
import { createEngine } from './create-engine.js';
import type { ShardKinds } from './shards/shard-kinds.js';
import { createStageRunner } from './stage.js';
import { corpusStage } from './stages/corpus.js';

/** What one stage would send to one model. */
export interface StageEstimate extends CallEstimate {
  readonly stage: string;
  readonly model: string;
  /** Why the numbers are a forecast, or null where they are exact up to the length of answers. */
  readonly forecast: string | null;
}

/** A file by its name alone. */
const shownName = (model: string): string => (isLocalChat(model) ? basename(model) : model);

/** A docstring as long as the prompt asks for, where the real one is not written yet. */
const standIn = (fn: StoredFunction): string => {
  const words = subtokens(`${fn.qualifiedName} ${fn.code}`);
  return Array.from({ length: 80 }, (_, i) => words[i % words.length] ?? fn.id).join(' ');
};

/** Suspects are taken to be so many of the negatives where the forecast's labels have no threshold of their own. */
const FORECAST_QUANTILE = 0.95;

const thresholdOf = (similarities: PairSimilarities, options: RunOptions): number => {
  try {
    return settleThreshold(similarities, options).threshold;
  } catch {
    const forecast = { ...options, threshold: null, thresholdQuantile: FORECAST_QUANTILE };
    return settleThreshold(similarities, forecast).threshold;
  }
};

/**
 * Counts what each stage would send, from the functions alone; nothing is sent. Stages whose inputs do not exist yet are
 * forecast: docstrings still to be written count as 80 words, and suspects are those of offline labels.
 */
export const estimateRun = async (
  stored: readonly StoredFunction[],
  options: RunOptions,
  access: ModelAccess | null,
  progress: Progress,
): Promise<StageEstimate[]> => {
  const { models } = options;
  const estimates: StageEstimate[] = [];
  const asked = functionsToDocument(stored, models);
  const writing = await createDocstringWriter(models, access).estimate(asked, stored);
  if (writing !== null) {
    estimates.push({ ...writing, stage: 'docstrings', model: shownName(models.chatModel!), forecast: null });
  }
  const known = await documentFunctions(stored, { ...models, maxFailures: 1 }, access, progress.update);
  const unwritten = known.filter(({ docstring }) => docstring === null).length;
  const rows = known.map(
    (row, i): DocstringRow => (row.docstring === null ? { ...row, docstring: standIn(asked[i]!) } : row),
  );
  const functions = annotatedFunctions(stored, rows);
  const { queries, documents } = pairTexts(functions);

  const labeling = await estimateLabeling(models, access, queries, documents);
  for (const { name, ...estimate } of labeling) {
    estimates.push({
      ...estimate,
      stage: 'similarities',
      model: name,
      forecast: unwritten > 0 ? `${unwritten} docstrings are not written yet` : null,
    });
  }

  const perQuery = 1 + options.negatives + options.twinNegatives;
  for (const { name, ...estimate } of estimateScoring(models, queries, documents, perQuery)) {
    const forecast = `${perQuery} pairs for each function, those that are kept already among them`;
    estimates.push({ ...estimate, stage: 'similarities', model: name, forecast });
  }

  if (models.judge === 'clone') return estimates;
  const judge = await createSuspectJudge(models, access);
  const trees = await parseTrees(functions, (done) =>
    progress.update(done, functions.length, 'functions parsed'),
  );
  const made = pairFunctions(functions, options, needsTrees(options) ? trees : undefined);
  const exact = unwritten === 0 && labeling.every(({ calls }) => calls === 0);
  const { pairs } = await labelPairs(functions, made.pairs, {
    models: exact ? models : offlineModels,
    access: exact ? access : null,
    seed: options.seed,
    labelDimensions: options.labelDimensions,
    similarityMap: options.similarityMap,
    vectors: createRunFolder(options.out).path('vectors'),
    onProgress: progress.update,
  });
  const ofKind = (positive: 0 | 1) => pairs.similarity.filter((_, i) => pairs.positive[i] === positive);
  const suspects = suspectsOf(pairs, {
    threshold: thresholdOf({ negatives: ofKind(0), positives: ofKind(1) }, options),
    trees,
    treeRatio: options.treeRatio,
  });
  const judging = await judge.estimate(suspects, judgeContextOf(functions, pairs), options.seed);
  if (judging !== null) {
    estimates.push({
      ...judging,
      stage: 'verdicts',
      model: shownName(judgeModelOf(models)!),
      forecast: exact
        ? null
        : `${suspects.pair.length} suspects by offline labels, ${ofKind(0).length} at the very most`,
    });
  }
  return estimates;
};

/** Functions that an estimate looks at: more are estimated from whole repositories among them. */
const ESTIMATED_FUNCTIONS = 50_000;

/** The functions to estimate from, and how many times as many functions get docstrings. */
export const sampleFunctions = async (
  functions: AsyncIterable<StoredFunction>,
  { models, seed }: Pick<RunOptions, 'models' | 'seed'>,
  limit = ESTIMATED_FUNCTIONS,
): Promise<{ readonly stored: StoredFunction[]; readonly total: number; readonly factor: number }> => {
  const sample = new RepositorySample<StoredFunction>(limit, seed);
  let asked = 0;
  for await (const fn of functions) {
    if (getsDocstring(fn, models)) asked++;
    sample.add(fn.repository, () => fn);
  }
  const stored = sample.settle();
  const own = functionsToDocument(stored, models).length;
  if (own === 0 && asked > 0) {
    throw new Error(
      `--dry-run: all ${stored.length} functions sampled from ${sample.total} are held out; try another --seed`,
    );
  }
  return { stored, total: sample.total, factor: asked === 0 ? 1 : asked / own };
};

/** The estimate of a part, made that of the whole. */
export const scaleEstimate = (
  estimate: StageEstimate,
  factor: number,
  { part, total }: { readonly part: number; readonly total: number },
): StageEstimate => {
  if (part === total) return estimate;
  const scaled = (count: number) => Math.round(count * factor);
  const note = `from ${whole(part)} of ${whole(total)} functions, drawn by repository`;
  return {
    ...estimate,
    calls: scaled(estimate.calls),
    cached: scaled(estimate.cached),
    promptTokens: scaled(estimate.promptTokens),
    completionTokens: scaled(estimate.completionTokens),
    usd: estimate.usd === null ? null : estimate.usd * factor,
    forecast: estimate.forecast === null ? note : `${note}; there, ${estimate.forecast}`,
  };
};

const whole = (value: number) => value.toLocaleString('en');
const dollars = (value: number | null) => (value === null ? 'no price' : `$${value.toFixed(4)}`);

/** The estimates as a table for the terminal. */
export const dryRunTable = (
  estimates: readonly StageEstimate[],
  maxUsd: number | null,
  spent: number | null,
): string => {
  if (estimates.length === 0) return 'Nothing would be sent: this run needs no service.';
  const unpriced = estimates.some(({ usd, calls }) => usd === null && calls > 0);
  const total = estimates.reduce((sum, { usd }) => sum + (usd ?? 0), 0);
  const numeric = true;
  const table = terminalTable({
    columns: [
      { label: 'Stage' },
      { label: 'Model' },
      { label: 'Calls', numeric },
      { label: 'Cached', numeric },
      { label: 'Tokens in', numeric },
      { label: 'Tokens out', numeric },
      { label: 'Cost', numeric },
    ],
    rows: estimates.map(({ stage, model, calls, cached, promptTokens, completionTokens, usd, forecast }) => [
      stage,
      model,
      `${forecast === null ? '' : '≈ '}${whole(calls)}`,
      whole(cached),
      whole(promptTokens),
      stage === 'similarities' ? '–' : `≤ ${whole(completionTokens)}`,
      `≤ ${dollars(usd)}`,
    ]),
  });
  const notes = [
    ...new Set(
      estimates.flatMap(({ stage, forecast }) => (forecast === null ? [] : [`≈ ${stage}: ${forecast}`])),
    ),
  ];
  const sum = unpriced
    ? 'Some models have no price: give --chat-price, --judge-price or --embedding-price.'
    : `Together at most $${total.toFixed(4)}, repeats of unusable answers aside.`;
  const limit =
    maxUsd === null
      ? []
      : [
          `--max-usd $${maxUsd}: $${(spent ?? 0).toFixed(4)} spent or reserved so far` +
            `${total + (spent ?? 0) > maxUsd ? '; the run may stop before it is done' : ''}.`,
        ];
  return [table, '', ...notes, sum, ...limit, 'Nothing was sent.'].join('\n');
};

/** `--dry-run`: reads the code if that is not done yet, and prints what the stages would send. */
export const dryRun = async (options: RunOptions, engineOptions: EngineOptions): Promise<void> => {
  const repositories = chooseRepositories(options.repos, options.functions);
  const folder = createRunFolder(options.out);
  const progress = createProgress(['corpus']);
  const access = openModelsOf(options.models, options.out, false);
  try {
    const code = codeVersion();
    const engine = await createEngine(engineOptions, options.out, code);
    const stages = createStageRunner(folder, code, progress);
    const runnerOf = (scope: string | null) =>
      createShardRunner<ShardKinds>(engine, options.out, code, progress, {
        scope,
        onDone: stages.noteShards,
      });
    const context = {
      options,
      backend: await selectBackend('cpu'),
      trainingEngine: null,
      folder,
      progress,
      access,
      shards: runnerOf(null),
      shardsBeside: runnerOf,
      shardSize: engineOptions.shardSize,
      threads: engineOptions.workers,
    };
    try {
      await stages.run(corpusStage(context, repositories));
    } finally {
      await engine.close();
    }
    const functions = readJsonLines<StoredFunction>(folder.path('functions'));
    const { stored, total, factor } = await sampleFunctions(functions, options);
    const estimates = (await estimateRun(stored, options, access, progress)).map((estimate) =>
      scaleEstimate(estimate, factor, { part: stored.length, total }),
    );
    console.log(dryRunTable(estimates, options.models.maxUsd, access?.spentUsd() ?? null));
  } finally {
    access?.close();
    await closeLocalChats();
  }
};
