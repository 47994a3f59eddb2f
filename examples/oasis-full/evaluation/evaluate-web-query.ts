import { basename } from 'node:path';
import {
  Bm25Index,
  classifyPairs,
  evaluatePairs,
  type JudgedPair,
  loadWebQuery,
  MissingDataError,
  type PairEvaluation,
} from 'oasis-embed/benchmarks';
import { subtokens } from 'oasis-embed/syntax';
import { selectBackend } from 'oasis-embed/training';
import { localModelFolder } from '../models/model-folders.js';
import { describeEngines } from '../models/text-model.js';
import { benchmarkFolder, refuseOptions } from './benchmark-tasks.js';
import type { EvaluateOptions } from './evaluate-options.js';
import { startCosts } from './evaluation-costs.js';
import { loadEvaluationEncoder } from './evaluation-encoder.js';
import type { EvaluationResult } from './evaluation-result.js';
import { formatEvaluation } from './evaluation-table.js';
import { compareWithLast, intervalOf } from './system-comparisons.js';

const NAME = 'WebQueryTest';

/** Of the published test set. */
const PUBLISHED_PAIRS = 1046;

interface Classified {
  readonly name: string;
  readonly role: 'baseline' | 'model';
  readonly evaluation: PairEvaluation;
  /** 1 for a pair that is classified rightly, else 0. */
  readonly perQuery: readonly number[];
}

/** BM25 scores of the pairs; the codes of all pairs are the collection. */
const bm25Scores = (pairs: readonly JudgedPair[]): Float64Array => {
  const index = new Bm25Index(pairs.map(({ code }) => subtokens(code)));
  const all = new Float64Array(pairs.length);
  return Float64Array.from(pairs, ({ query }, i) => index.scores(subtokens(query), all)[i]!);
};

const answersOf = (pairs: readonly JudgedPair[]): boolean[] => pairs.map(({ answers }) => answers);

type Classify = (
  pairs: readonly JudgedPair[],
  options: { readonly threshold?: number },
) => PairEvaluation | Promise<PairEvaluation>;

/** The pairs on which thresholds are chosen; null where the folder has none. */
const readDevelopmentPairs = async (folder: string): Promise<readonly JudgedPair[] | null> => {
  try {
    return await loadWebQuery(folder, 'dev');
  } catch (error) {
    if (error instanceof MissingDataError) return null;
    throw error;
  }
};

/** Options of rankings. */
const refuseRankings = ({ writeRun, writeQrels, writePredictions, rerank, hardSubset }: EvaluateOptions) => {
  const given = Object.entries({
    '--write-run': writeRun,
    '--write-qrels': writeQrels,
    '--write-predictions': writePredictions,
    '--rerank': rerank,
    '--hard-subset': hardSubset,
  }).find(([, value]) => value !== null);
  if (given !== undefined) {
    throw new RangeError(`${given[0]} does not apply: webquery classifies pairs and ranks nothing`);
  }
};

/**
 * Classifies the pairs of WebQueryTest by the model's cosine, next to BM25 and the baselines, and prints accuracy, F1 and
 * average precision. Thresholds are chosen on CoSQA's development pairs where the folder has them.
 */
export const evaluateWebQuery = async (options: EvaluateOptions): Promise<EvaluationResult> => {
  refuseOptions(options);
  refuseRankings(options);
  const folder = await benchmarkFolder(options);
  const pairs = await loadWebQuery(folder);
  const development = await readDevelopmentPairs(folder);
  const models = [...options.baselines, options.model];
  const modelFolders: string[] = [];
  for (const name of models) modelFolders.push(await localModelFolder(name));
  const costs = startCosts();
  const backend = await selectBackend(options.backend);
  const engines = await describeEngines(modelFolders, options.engine);
  process.stderr.write(`${['webquery', `backend ${backend.summary}`, ...engines].join(' · ')}\n`);

  const notes: string[] = [];
  const classified: Classified[] = [];
  const add = async (name: string, role: Classified['role'], classify: Classify) => {
    const chosen = development && (await classify(development, {})).threshold;
    const evaluation = await classify(pairs, chosen === null ? {} : { threshold: chosen });
    const { scores, threshold } = evaluation;
    notes.push(`${name}: pairs of a score of at least ${threshold.toFixed(4)} are taken to match.`);
    const perQuery = pairs.map(({ answers }, i) => (scores[i]! >= threshold === answers ? 1 : 0));
    classified.push({ name, role, evaluation, perQuery });
  };
  await add('BM25', 'baseline', (some, { threshold }) =>
    classifyPairs(answersOf(some), bm25Scores(some), threshold === undefined ? {} : { threshold }),
  );
  let model = { path: options.model, kind: '', dimensions: 0 };
  for (const [i, path] of models.entries()) {
    const isModel = i === options.baselines.length;
    const encoder = await loadEvaluationEncoder(modelFolders[i]!, {
      batchSize: options.batchSize,
      queryPrompt: isModel ? options.queryPrompt : null,
      engine: options.engine,
    });
    const { kind, dimensions } = encoder;
    if (isModel) model = { path, kind, dimensions };
    try {
      await add(basename(path), isModel ? 'model' : 'baseline', (some, choice) =>
        evaluatePairs(some, encoder, { ...choice, batchSize: options.batchSize }),
      );
    } finally {
      await encoder.close();
    }
  }
  notes.push(
    development === null
      ? 'Thresholds were chosen on these pairs, which flatters: put cosqa-dev.json beside them.'
      : `Thresholds were chosen on the ${development.length} pairs of cosqa-dev.json.`,
  );
  if (pairs.length !== PUBLISHED_PAIRS) {
    notes.push(
      `${NAME} has ${PUBLISHED_PAIRS} pairs in the literature, these files ${pairs.length}: the number cannot be compared.`,
    );
  }
  const [comparisons] = compareWithLast([classified], options.seed);
  const result: EvaluationResult = {
    benchmark: options.benchmark,
    model,
    tasks: [
      {
        task: NAME,
        language: 'python',
        measure: 'accuracy',
        queries: pairs.length,
        documents: pairs.length,
        systems: classified.map(({ name, role, evaluation, perQuery }) => {
          const { accuracy, precision, recall, f1, averagePrecision } = evaluation;
          return {
            system: name,
            role,
            ...intervalOf(perQuery, options.seed),
            measures: { accuracy, f1, precision, recall, 'average precision': averagePrecision },
          };
        }),
        comparisons: comparisons!,
        hardSubset: null,
        notes,
      },
    ],
    published: [],
    ...costs(),
  };
  console.log(options.json ? JSON.stringify(result) : formatEvaluation(result));
  return result;
};
