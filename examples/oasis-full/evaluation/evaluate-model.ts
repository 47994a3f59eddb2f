import { basename } from 'node:path';
import { type Candidates, hardQueries, PUBLISHED_RESULTS, type RetrievalTask } from 'oasis-embed/benchmarks';
import { readTrecRun } from 'oasis-embed/metrics';
import { selectBackend } from 'oasis-embed/training';
import { localModelFolder } from '../models/model-folders.js';
import { describeEngines } from '../models/text-model.js';
import { createProgress } from '../terminal/progress.js';
import { chooseTasks } from './benchmark-tasks.js';
import type { EvaluateOptions } from './evaluate-options.js';
import { evaluateWebQuery } from './evaluate-web-query.js';
import { startCosts } from './evaluation-costs.js';
import type { EvaluationResult } from './evaluation-result.js';
import { formatEvaluation } from './evaluation-table.js';
import { FinishedEvaluations } from './finished-evaluations.js';
import { writeMtebFiles } from './mteb-files.js';
import { type Ranked, rankSystems } from './rank-systems.js';
import { compareWithLast, intervalOf } from './system-comparisons.js';
import type { ChosenTask } from './task-options.js';

export type { EvaluateOptions } from './evaluate-options.js';

const readCandidates = async (path: string): Promise<Candidates> => {
  try {
    return await readTrecRun(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR' && !(error instanceof SyntaxError)) throw error;
    throw new Error(`--rerank must name a run in TREC form: ${message}`);
  }
};

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
      ...intervalOf(
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
  if (options.benchmark === 'webquery') return evaluateWebQuery(options);
  if (options.benchmark === 'issue-to-function' && options.rerank !== null) {
    throw new RangeError('--rerank does not apply: each issue has candidates of its own');
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
  const costs = startCosts();
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
      const { ranked, kind, dimensions } = await rankSystems(one, task, {
        options,
        progress,
        finished,
        folders: modelFolders,
        candidates,
        several,
      });
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

  const comparisons = compareWithLast(
    found.map(({ ranked }) => ranked.map(({ name, evaluation: { perQuery } }) => ({ name, perQuery }))),
    options.seed,
  );
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
        ...intervalOf(evaluation.perQuery, options.seed),
        measures: evaluation.measures,
      })),
      comparisons: comparisons[t]!,
      hardSubset: hardSubsetOf(ranked, options),
      notes: ranked.at(-1)!.evaluation.notes,
    })),
    published: PUBLISHED_RESULTS.filter(({ scores }) => tasks.some(({ task }) => task.name in scores)),
    ...costs(),
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
