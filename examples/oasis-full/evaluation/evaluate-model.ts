import { basename, extname } from 'node:path';
import {
  type Candidates,
  evaluateBm25,
  evaluateCandidates,
  evaluateTask,
  hardQueries,
  PUBLISHED_RESULTS,
  type RetrievalTask,
  type TaskEvaluation,
} from 'oasis-embed/benchmarks';
import {
  bootstrapInterval,
  encodeTrecId,
  holmCorrection,
  type Measure,
  pairedRandomizationTest,
  readTrecRun,
} from 'oasis-embed/metrics';
import { type BackendRequest, type EngineRequest, selectBackend } from 'oasis-embed/training';
import { localModelFolder } from '../models/model-folders.js';
import { describeEngines } from '../models/text-model.js';
import { createProgress, type Progress } from '../terminal/progress.js';
import { chooseTasks } from './benchmark-tasks.js';
import { loadEvaluationEncoder } from './evaluation-encoder.js';
import { writeEvaluationFiles } from './evaluation-files.js';
import type { EvaluationResult, Interval } from './evaluation-result.js';
import { formatEvaluation } from './evaluation-table.js';
import { FinishedEvaluations } from './finished-evaluations.js';
import { writeMtebFiles } from './mteb-files.js';
import type { ChosenTask, TaskOptions } from './task-options.js';

export interface EvaluateOptions extends TaskOptions {
  /** A folder, or `owner/name` on the hub. */
  readonly model: string;
  /** Further models to hold the first against. */
  readonly baselines: readonly string[];
  /** What stands before each query of the model, where its files do not say it. */
  readonly queryPrompt: string | null;
  readonly measures: readonly Measure[];
  /** A query is hard when every baseline ranks its answer below this; null for no hard subset. */
  readonly hardSubset: number | null;
  readonly batchSize: number;
  readonly threads: number;
  readonly backend: BackendRequest;
  /** What runs transformers. */
  readonly engine: EngineRequest;
  readonly seed: number;
  readonly json: boolean;
  readonly writeRun: string | null;
  readonly writeQrels: string | null;
  readonly writePredictions: string | null;
  /** The folder of results in MTEB's form. */
  readonly writeMteb: string | null;
  readonly depth: number;
  /** A run whose candidates are ranked anew, in place of all documents. */
  readonly rerank: string | null;
}

interface Ranked {
  readonly name: string;
  readonly role: 'baseline' | 'model';
  readonly evaluation: TaskEvaluation;
}

const interval = (perQuery: ArrayLike<number>, seed: number): Interval => {
  const values = Array.from(perQuery).filter((value) => !Number.isNaN(value));
  if (values.length === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const { mean, low, high } = bootstrapInterval(values, { resamples: 2000, seed });
  return { value: mean, low, high };
};

/** `run.txt` becomes `run-csn-ruby.txt` where there are several tasks. */
const fileFor = (path: string | null, task: ChosenTask, several: boolean): string | null => {
  if (path === null || !several) return path;
  const end = extname(path);
  return `${path.slice(0, path.length - end.length)}-${task.slug}${end}`;
};

const readCandidates = async (path: string): Promise<Candidates> => {
  try {
    return await readTrecRun(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR' && !(error instanceof SyntaxError)) throw error;
    throw new Error(`--rerank must name a run in TREC form: ${message}`);
  }
};

const rankSystems = async (
  chosen: ChosenTask,
  task: RetrievalTask,
  several: boolean,
  options: EvaluateOptions,
  progress: Progress,
  finished: FinishedEvaluations,
  folders: readonly string[],
  candidates: Candidates | undefined,
): Promise<{ ranked: Ranked[]; kind: string; dimensions: number }> => {
  const { measures } = options;
  const wantsFiles = [options.writeRun, options.writeQrels, options.writePredictions].some(
    (path) => path !== null,
  );
  const ranked: Ranked[] = [];
  const watch = (name: string) => (stage: string, done: number, total?: number) => {
    progress.update(done, total ?? sizeOf(task, stage) ?? done, `${name}, ${stage}`);
  };
  const lexical = await finished.get(chosen.slug, 0, () =>
    candidates === undefined
      ? evaluateBm25(task, { measures, onProgress: watch('BM25') })
      : evaluateCandidates(task, candidates, { measures }),
  );
  const name = options.rerank === null ? 'BM25' : `${basename(options.rerank)}, as it is`;
  ranked.push({ name, role: 'baseline', evaluation: lexical });
  let kind = '';
  let dimensions = 0;
  for (const [i, path] of [...options.baselines, options.model].entries()) {
    const isModel = i === options.baselines.length;
    const encoder = await loadEvaluationEncoder(folders[i]!, {
      batchSize: options.batchSize,
      queryPrompt: isModel ? options.queryPrompt : null,
      engine: options.engine,
    });
    const name = basename(path);
    if (isModel) ({ kind, dimensions } = encoder);
    try {
      const evaluation = await finished.get(chosen.slug, i + 1, () =>
        evaluateTask(task, encoder, {
          measures,
          batchSize: options.batchSize,
          threads: options.threads,
          vectorFolder: finished.scratch,
          onProgress: watch(name),
          ...(candidates && { candidates }),
          ...(isModel && wantsFiles
            ? {
                onRanked: (texts) =>
                  writeEvaluationFiles(texts, {
                    run: fileFor(options.writeRun, chosen, several),
                    qrels: fileFor(options.writeQrels, chosen, several),
                    predictions: fileFor(options.writePredictions, chosen, several),
                    predictionKey: chosen.predictionKey,
                    depth: options.depth,
                    tag: encodeTrecId(name),
                    onProgress: watch(name).bind(null, 'lists'),
                  }),
              }
            : {}),
        }),
      );
      ranked.push({ name, role: isModel ? 'model' : 'baseline', evaluation });
    } finally {
      await encoder.close();
    }
  }
  return { ranked, kind, dimensions };
};

/** Microseconds since. */
const processorTime = (since: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};

const sizeOf = (task: RetrievalTask, stage: string): number | undefined =>
  stage === 'documents'
    ? task.published?.documents
    : stage === 'queries'
      ? task.published?.queries
      : undefined;

const hardSubsetOf = (ranked: readonly Ranked[], { hardSubset: rank, seed }: EvaluateOptions) => {
  if (rank === null) return null;
  const baselines = ranked.filter(({ role }) => role === 'baseline');
  const hard = hardQueries(
    baselines.map(({ evaluation }) => evaluation.ranks),
    rank,
  );
  return {
    rank,
    queries: hard.length,
    systems: ranked.map(({ name, evaluation }) => ({
      system: name,
      ...interval(
        Array.from(hard, (query) => evaluation.perQuery[query]!),
        seed,
      ),
    })),
  };
};

/**
 * Evaluates a model on a benchmark by its published protocol and prints the row of the paper's table, next to BM25.
 *
 * Texts are streamed and vectors stay on disk, so memory does not grow with them. An interrupted evaluation resumes
 * where it left off: a system that has finished a task does not run on it again.
 */
export const evaluateModel = async (options: EvaluateOptions): Promise<EvaluationResult> => {
  if (options.writeMteb !== null && options.benchmark !== 'coir' && options.benchmark !== 'mteb') {
    throw new RangeError(`--write-mteb does not apply: ${options.benchmark} is no task of MTEB`);
  }
  const chosen = await chooseTasks(options);
  const modelFolders: string[] = [];
  for (const name of [...options.baselines, options.model]) modelFolders.push(await localModelFolder(name));
  // Missing files must be noticed before hours of work.
  const tasks: { readonly chosen: ChosenTask; readonly task: RetrievalTask }[] = [];
  for (const task of chosen) tasks.push({ chosen: task, task: await task.load() });
  const candidates = options.rerank === null ? undefined : await readCandidates(options.rerank);
  if (candidates !== undefined && tasks.length > 1) {
    throw new RangeError(`--rerank ranks one task: choose one with --language, received ${tasks.length}`);
  }
  const started = performance.now();
  const processor = process.cpuUsage();
  const backend = await selectBackend(options.backend);
  const progress = createProgress(tasks.map(({ task }) => task.name));
  const engines = await describeEngines(modelFolders, options.engine);
  const said = [options.benchmark, `backend ${backend.summary}`, ...engines, `${options.threads} threads`];
  process.stderr.write(`${said.join(' · ')}\n`);

  let model = { path: options.model, kind: '', dimensions: 0 };
  const found: {
    readonly chosen: ChosenTask;
    readonly task: RetrievalTask;
    readonly ranked: readonly Ranked[];
  }[] = [];
  const { seed: _, json: __, hardSubset: ___, threads: ____, ...deciding } = options;
  const read = [...new Set(chosen.map(({ folder }) => folder)), ...modelFolders];
  const folders = options.rerank === null ? read : [...read, options.rerank];
  const finished = await FinishedEvaluations.open(folders, deciding);
  try {
    for (const { chosen: one, task } of tasks) {
      progress.startStage(task.name);
      const several = tasks.length > 1;
      const { ranked, kind, dimensions } = await rankSystems(
        one,
        task,
        several,
        options,
        progress,
        finished,
        modelFolders,
        candidates,
      );
      model = { path: options.model, kind, dimensions };
      found.push({ chosen: one, task, ranked });
      const { queries, documents } = ranked[0]!.evaluation;
      progress.finishStage(`${queries} queries, ${documents} candidates`);
    }
  } catch (error) {
    await finished.leave();
    throw error;
  }
  await finished.remove();

  const tests = found.flatMap(({ ranked }, t) => {
    const own = ranked.at(-1)!.evaluation.perQuery;
    const asked = Array.from(own.keys()).filter((query) => !Number.isNaN(own[query]!));
    if (asked.length === 0) return [];
    return ranked.slice(0, -1).map(({ name, evaluation }) => ({
      t,
      against: name,
      ...pairedRandomizationTest(
        asked.map((query) => own[query]!),
        asked.map((query) => evaluation.perQuery[query]!),
        { seed: options.seed },
      ),
    }));
  });
  const adjusted = holmCorrection(tests.map(({ pValue }) => pValue));
  const result: EvaluationResult = {
    benchmark: options.benchmark,
    model,
    tasks: found.map(({ chosen: { language }, task, ranked }, t) => ({
      task: task.name,
      language,
      measure: task.measure,
      queries: ranked[0]!.evaluation.queries,
      documents: ranked[0]!.evaluation.documents,
      systems: ranked.map(({ name, role, evaluation }) => ({
        system: name,
        role,
        ...interval(evaluation.perQuery, options.seed),
        measures: evaluation.measures,
      })),
      comparisons: tests.flatMap(({ t: of, against, difference }, i) =>
        of === t ? [{ against, difference, pValue: adjusted[i]! }] : [],
      ),
      hardSubset: hardSubsetOf(ranked, options),
      notes: ranked.at(-1)!.evaluation.notes,
    })),
    published: PUBLISHED_RESULTS.filter(({ scores }) => tasks.some(({ task }) => task.name in scores)),
    seconds: Math.round(performance.now() - started) / 1000,
    processorSeconds: Math.round(processorTime(processor) / 1000) / 1000,
    peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  if (options.writeMteb !== null) {
    const { dimensions } = model;
    const evaluations = found.map(({ chosen, ranked }) => ({
      chosen,
      evaluation: ranked.at(-1)!.evaluation,
    }));
    const revision = basename(modelFolders.at(-1)!);
    await writeMtebFiles(
      options.writeMteb,
      {
        name: /^[\w.-]+\/[\w.-]+$/.test(options.model) ? options.model : basename(options.model),
        revision: /^[0-9a-f]{40}$/.test(revision) ? revision : 'no_revision_available',
        dimensions,
      },
      evaluations,
      result.seconds,
    );
  }
  console.log(options.json ? JSON.stringify(result) : formatEvaluation(result));
  return result;
};
