import { basename, extname } from 'node:path';
import {
  type Candidates,
  evaluateBm25,
  evaluateCandidates,
  evaluateTask,
  joinEvaluations,
  type RankedTexts,
  type RetrievalTask,
  type TaskEvaluation,
} from 'oasis-embed/benchmarks';
import { encodeTrecId } from 'oasis-embed/metrics';
import { largeProducts } from '../models/row-products.js';
import type { Progress } from '../terminal/progress.js';
import type { EvaluateOptions } from './evaluate-options.js';
import { loadEvaluationEncoder } from './evaluation-encoder.js';
import { type EvaluationFileOptions, type EvaluationFiles, openEvaluationFiles } from './evaluation-files.js';
import type { FinishedEvaluations } from './finished-evaluations.js';
import type { ChosenTask } from './task-options.js';

/** What a system did on a task. */
export interface Ranked {
  readonly name: string;
  readonly role: 'baseline' | 'model';
  readonly evaluation: TaskEvaluation;
}

/** `run.txt` becomes `run-csn-ruby.txt` where there are several tasks. */
const fileFor = (path: string | null, task: ChosenTask, several: boolean): string | null => {
  if (path === null || !several) return path;
  const end = extname(path);
  return `${path.slice(0, path.length - end.length)}-${task.slug}${end}`;
};

const sizeOf = (task: RetrievalTask, stage: string): number | undefined =>
  stage === 'documents'
    ? task.published?.documents
    : stage === 'queries'
      ? task.published?.queries
      : undefined;

export interface RankSystemsContext {
  readonly options: EvaluateOptions;
  readonly progress: Progress;
  readonly finished: FinishedEvaluations;
  /** Of the baselines, then of the model. */
  readonly folders: readonly string[];
  readonly candidates: Candidates | undefined;
  /** Whether there are other tasks, which then need files of their own. */
  readonly several: boolean;
}

type Evaluate = (part: RetrievalTask) => Promise<TaskEvaluation>;

/** A system on a task, or on all of its parts. */
const evaluateWhole = async (
  { parts }: ChosenTask,
  task: RetrievalTask,
  evaluate: (part: RetrievalTask, index: number) => Promise<TaskEvaluation>,
): Promise<TaskEvaluation> => {
  if (parts === undefined) return evaluate(task, 0);
  const evaluations: TaskEvaluation[] = [];
  for await (const part of parts()) evaluations.push(await evaluate(part, evaluations.length));
  return joinEvaluations(task.name, evaluations);
};

/** As {@link evaluateWhole}; an interrupted evaluation resumes at the part where it left off. */
const evaluateResumably = (
  chosen: ChosenTask,
  task: RetrievalTask,
  finished: FinishedEvaluations,
  system: number,
  evaluate: Evaluate,
): Promise<TaskEvaluation> =>
  evaluateWhole(chosen, task, (part, i) => {
    const name = chosen.parts === undefined ? chosen.slug : `${chosen.slug}-${i}`;
    return finished.get(name, system, () => evaluate(part));
  });

/** Opens files for what is ranked meanwhile; they get their names when all is done. */
const withFiles = async (
  options: EvaluationFileOptions,
  evaluate: (add: EvaluationFiles['add']) => Promise<TaskEvaluation>,
): Promise<TaskEvaluation> => {
  const files = await openEvaluationFiles(options);
  try {
    const evaluation = await evaluate(files.add);
    await files.finish();
    return evaluation;
  } catch (error) {
    await files.discard();
    throw error;
  }
};

/** Evaluates BM25 or the given run, then each baseline, then the model, and writes the files that were asked for. */
export const rankSystems = async (
  chosen: ChosenTask,
  task: RetrievalTask,
  { options, progress, finished, folders, candidates, several }: RankSystemsContext,
): Promise<{ ranked: Ranked[]; kind: string; dimensions: number }> => {
  const { measures } = options;
  const wantsFiles = [options.writeRun, options.writeQrels, options.writePredictions].some(
    (path) => path !== null,
  );
  const ranked: Ranked[] = [];
  const watch = (name: string) => (stage: string, done: number, total?: number) => {
    progress.update(done, total ?? sizeOf(task, stage) ?? done, `${name}, ${stage}`);
  };
  const lexical = await evaluateResumably(chosen, task, finished, 0, (part) =>
    candidates === undefined
      ? evaluateBm25(part, { measures, onProgress: watch('BM25') })
      : evaluateCandidates(part, candidates, { measures }),
  );
  const first = options.rerank === null ? 'BM25' : `${basename(options.rerank)}, as it is`;
  ranked.push({ name: first, role: 'baseline', evaluation: lexical });
  let kind = '';
  let dimensions = 0;
  for (const [i, path] of [...options.baselines, options.model].entries()) {
    const isModel = i === options.baselines.length;
    const encoder = await loadEvaluationEncoder(folders[i]!, {
      batchSize: options.batchSize,
      queryPrompt: isModel ? options.queryPrompt : null,
      engine: options.engine,
    });
    const products = largeProducts(options.engine, options.threads);
    const name = basename(path);
    if (isModel) ({ kind, dimensions } = encoder);
    const evaluate = (part: RetrievalTask, onRanked?: (texts: RankedTexts) => Promise<void>) =>
      evaluateTask(part, encoder, {
        measures,
        batchSize: options.batchSize,
        threads: options.threads,
        products: products.open,
        vectorFolder: finished.scratch,
        onProgress: watch(name),
        ...(candidates && { candidates }),
        confidence: isModel && options.writeMteb !== null,
        ...(onRanked && { onRanked }),
      });
    try {
      const evaluation =
        isModel && wantsFiles
          ? await finished.get(chosen.slug, i + 1, () =>
              withFiles(
                {
                  run: fileFor(options.writeRun, chosen, several),
                  qrels: fileFor(options.writeQrels, chosen, several),
                  predictions: fileFor(options.writePredictions, chosen, several),
                  predictionKey: chosen.predictionKey,
                  depth: options.depth,
                  tag: encodeTrecId(name),
                  onProgress: watch(name).bind(null, 'lists'),
                },
                (add) => evaluateWhole(chosen, task, (part) => evaluate(part, add)),
              ),
            )
          : await evaluateResumably(chosen, task, finished, i + 1, evaluate);
      ranked.push({ name, role: isModel ? 'model' : 'baseline', evaluation });
    } finally {
      await encoder.close();
      await products.close();
    }
  }
  return { ranked, kind, dimensions };
};
