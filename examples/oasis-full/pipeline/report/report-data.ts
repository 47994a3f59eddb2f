import { repositoryLicense } from 'oasis-embed/corpus';
import {
  type BreakdownReport,
  type CorpusReport,
  embeddingMaps,
  languageName,
  type MapPanel,
  type ReportData,
  type SearchReport,
  type TrainingReport,
} from 'oasis-embed/report';
import type { EngineRequest } from 'oasis-embed/training';
import type { RepositorySource } from '../../corpus/default-corpus.js';
import type { RetrievalSet } from '../../evaluation/retrieval-set.js';
import { retrievalSet } from '../../evaluation/retrieval-set.js';
import { MAIN_MEASURE, MEASURES } from '../../evaluation/systems.js';
import type { TextModel } from '../../models/text-model.js';
import type { RunOptions } from '../../options/run-options.js';
import type { TrainingOptions } from '../../options/training-options.js';
import type { MixtureRecord } from '../../refinement/threshold.js';
import { openSearchIndex } from '../../search/search-index.js';
import { readJson } from '../../store/json-files.js';
import { readJsonLines } from '../../store/json-lines.js';
import type { RunFolder } from '../../store/run-folder.js';
import type { StageRecord } from '../stage.js';
import type { AblationSummary } from '../stages/ablation.js';
import { type AnnotationSummary, agreementLines } from '../stages/annotation.js';
import type { StageContext } from '../stages/context.js';
import type { CorpusSummary } from '../stages/corpus.js';
import { type EvaluationSummary, loadModels } from '../stages/evaluation.js';
import type { IndexSummary } from '../stages/index-functions.js';
import type { RefinementSummary } from '../stages/refinement.js';
import type { TrainingSummary } from '../stages/training.js';
import { versions } from '../versions.js';
import { examplesOf } from './report-examples.js';
import { reportOptions } from './report-options.js';

/** What earlier stages say of themselves. */
export interface ReportInputs {
  readonly corpus: StageRecord<CorpusSummary>;
  readonly annotation: StageRecord<AnnotationSummary>;
  readonly refinement: StageRecord<RefinementSummary>;
  readonly training: StageRecord<TrainingSummary>;
  readonly evaluation: StageRecord<EvaluationSummary>;
  readonly ablation: StageRecord<AblationSummary> | null;
  readonly index: StageRecord<IndexSummary>;
}

/** Pairs on the map: more would hide one another, and the layout costs the cube of their number. */
const MAP_PAIRS = 120;
/** Asked of every run, so that a reader sees what the model answers. */
const QUESTIONS = ['deep clone an object', 'parse a date from a string', 'remove duplicates from an array'];

/** A step of training, or one of its evaluations, which has no loss. */
type CurveRow = {
  readonly step: number;
  readonly loss?: number;
  readonly infoNce?: number;
  readonly cosent?: number;
};

/** The whole curve, 32 bytes per step; the figure draws means within a band of extremes. */
const lossCurves = async (
  folder: RunFolder,
  count: number,
): Promise<NonNullable<TrainingReport['losses']>> => {
  const [steps, total, infoNce, cosent] = Array.from({ length: 4 }, () => new Float64Array(count)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let i = 0;
  for await (const row of readJsonLines<CurveRow>(folder.path('curve'))) {
    if (row.loss === undefined) continue;
    steps[i] = row.step;
    total[i] = row.loss;
    infoNce[i] = row.infoNce!;
    cosent[i] = row.cosent!;
    i++;
  }
  return { steps, total, infoNce, cosent };
};

/** A folder of one's own has the hash of its files for a version, which tells a reader nothing. */
const shownVersion = (version: string) => (/^([0-9a-f]{64})?$/.test(version) ? {} : { version });

const repositoriesOf = (
  corpus: CorpusSummary,
  licenses: ReadonlyMap<string, string | null>,
): CorpusReport['repositories'] =>
  corpus.repositories.flatMap(({ name, version, splits, languages, documented }) => {
    const license = licenses.get(name) ?? null;
    return Object.entries(splits).map(([split, count]) => ({
      name,
      ...shownVersion(version),
      ...(license === null ? {} : { license }),
      split: split as CorpusReport['repositories'][number]['split'],
      // Divided by file, a repository shows once for each split, its languages in proportion.
      functions: Object.fromEntries(
        Object.entries(languages).map(([language, all]) => [
          language,
          Math.round((all * count) / documented),
        ]),
      ),
    }));
  });

const mapOf = async (
  set: RetrievalSet,
  trained: TextModel,
  untrained: TextModel,
): Promise<NonNullable<ReportData['map']>> => {
  const count = Math.min(MAP_PAIRS, set.queries.length);
  const rows = Array.from({ length: count }, (_, i) => Math.floor((i * set.queries.length) / count));
  const queries = rows.map((row) => set.queries[row]!);
  // The first function of each.
  const places = rows.map((row) => set.relevant.query.indexOf(row));
  const functions = places.map((place) => set.functions[place]!);
  const codes = places.map((place) => set.documents[place]!);
  const snapshot = async (title: string, model: TextModel) => ({
    title,
    queries: await model.embed(queries, 'query'),
    codes: await model.embed(codes, 'document'),
  });
  const snapshots = [await snapshot('Before training', untrained), await snapshot('After training', trained)];
  const panelsBy = (method: string, refine: boolean): MapPanel[] =>
    embeddingMaps(snapshots, { refine }).map((panel) => ({ ...panel, method }));
  return {
    pairs: functions.map((fn, i) => ({ query: queries[i]!, code: fn.qualifiedName, group: fn.repository })),
    panels: [
      ...panelsBy('Classical scaling', false),
      ...panelsBy('Refined by stress majorisation (SMACOF)', true),
    ],
    method: 'multidimensional scaling of the cosine distances of held-out pairs',
  };
};

const searchesOf = async (
  root: string,
  engine: EngineRequest,
): Promise<NonNullable<ReportData['searches']>> => {
  const index = await openSearchIndex(root, { engine });
  const searches: SearchReport[] = [];
  for (const query of QUESTIONS) {
    const started = performance.now();
    const hits = await index.search(query, { top: 3 });
    const milliseconds = performance.now() - started;
    const results = hits.map(({ score, fn }) => ({
      name: fn.qualifiedName,
      repository: fn.repository,
      path: fn.path,
      line: fn.startLine,
      language: fn.language,
      code: fn.source,
      score,
    }));
    searches.push({ query, milliseconds, results });
  }
  await index.close();
  return searches;
};

/** What a reader must know of the labels before any number. */
const notesOf = ({ models, teacherScale }: RunOptions, { writer, teachers }: AnnotationSummary): string[] => {
  const docstrings =
    models.docstrings === 'author' ? 'Docstrings are the authors’ own' : `Docstrings are by ${writer}`;
  const named = [...models.embedders, ...models.embeddingModels, ...models.crossEncoders];
  const offline = named.every((name) => name === 'lsa');
  const similarities = offline
    ? 'similarities come from an offline model (LSA), not from a large one'
    : `similarities come from ${named.join(', ')}`;
  const scaled = {
    none: 'averaged as they are',
    'z-score': 'averaged at one mean and spread',
    rank: 'averaged by their ranks',
  }[teacherScale];
  const agreement = teachers.names.length === 1 ? [] : [`${scaled}: ${agreementLines(teachers).join('; ')}`];
  return [`${docstrings}; ${[similarities, ...agreement].join(', ')}.`];
};

const breakdownTables = (evaluation: EvaluationSummary): BreakdownReport[] => {
  const shared = { measure: MAIN_MEASURE, systems: evaluation.systems.map(({ name }) => name) };
  const { hard, perLanguage, perRepository } = evaluation;
  const others = `${hard.others.join(' and ')} ${hard.others.length === 2 ? 'both' : 'all'}`;
  const tables: BreakdownReport[] = [
    {
      ...shared,
      title: 'By held-out repository',
      group: 'Repository',
      rows: perRepository.map(({ repository, queries, values }) => ({ name: repository, queries, values })),
    },
    {
      ...shared,
      title: 'By language',
      group: 'Language',
      rows: perLanguage.map((row) => ({ ...row, name: languageName(row.name) })),
    },
    {
      ...shared,
      title: 'On the hard queries',
      group: 'Which',
      note: `Queries whose answer ${others} rank below ${hard.rank}. By construction, those systems cannot score above ${(100 / (hard.rank + 1)).toFixed(2)} here.`,
      rows: [{ name: hard.name, queries: hard.queries, values: hard.values }],
    },
  ];
  return tables.filter(({ rows }) => rows.some(({ queries }) => queries > 0));
};

const counted = (count: number, one: string, many: string): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

/** What was trained on, in words. */
const corpusName = ({ repos, functions }: Pick<RunOptions, 'repos' | 'functions'>): string =>
  [
    ...counted(repos.length, 'repository', 'repositories'),
    ...counted(functions.length, 'file of functions', 'files of functions'),
  ].join(' and ') || 'npm packages';

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The arguments without the address of a queue's server, which may hold a password. */
const withoutPasswords = (words: readonly string[]): string[] =>
  words.map((word, i) =>
    words[i - 1] === '--connection' ? 'URL' : word.replace(/^--connection=.*/s, '--connection=URL'),
  );

/** How CoSENT departs from the published form. */
const cosentSettings = ({
  cosentGroups,
  cosentMargin,
  cosentNormalize,
  cosentTemperature,
  labels,
  positiveLabels,
}: TrainingOptions): Record<string, string | number> => ({
  ...(cosentGroups === 'all' ? {} : { 'CoSENT orders': 'pairs of one query' }),
  ...(cosentMargin === 0 ? {} : { 'margin of CoSENT': cosentMargin }),
  ...(cosentNormalize === 'none' ? {} : { 'normalization of CoSENT': cosentNormalize }),
  ...(cosentTemperature === null ? {} : { 'temperature of CoSENT': cosentTemperature }),
  ...(labels === 'sampled' ? {} : { labels: 'every pair of the batch' }),
  ...(positiveLabels === 'label' ? {} : { positives: 'on top of all labels' }),
});

/** Reads what the stages wrote and puts it in the form of the report. */
export const buildReport = async (
  context: StageContext,
  inputs: ReportInputs,
  repositories: readonly RepositorySource[],
): Promise<ReportData> => {
  const { options, folder } = context;
  const { corpus, annotation, refinement, training, evaluation, ablation, index } = inputs;
  const mixture = readJson<MixtureRecord>(folder.path('mixture'));
  const { trained, untrained } = await loadModels(context);
  const test = await retrievalSet({ folder, options }, 'test');
  const map = await mapOf(test, trained, untrained);
  await trained.close();
  await untrained.close();
  const searches = await searchesOf(folder.root, options.models.engine);
  const bins = { minimum: 0, maximum: 1 };
  const { best, evaluations } = training.summary;
  const authorsAlone = options.models.docstrings === 'author';

  return {
    title: `OASIS on ${corpusName(options)}`,
    createdAt: new Date().toISOString(),
    command: [
      'npm run oasis-full',
      ...(process.argv.length > 2 ? ['--'] : []),
      ...withoutPasswords(process.argv.slice(2)).map(shellWord),
    ].join(' '),
    options: reportOptions(options),
    notes: notesOf(options, annotation.summary),
    corpus: {
      repositories: repositoriesOf(
        corpus.summary,
        new Map(
          await Promise.all(
            repositories.map(async ({ name, root }) => [name, await repositoryLicense(root)] as const),
          ),
        ),
      ),
      functionsFound: corpus.summary.found,
      files: corpus.summary.repositories.reduce((sum, { files }) => sum + files, 0),
      filters: Object.entries(corpus.summary.droppedByReason).map(([reason, count]) => ({ reason, count })),
      filesNotRead: Object.entries(corpus.summary.leftOutByReason).map(([reason, count]) => ({
        reason,
        count,
      })),
      ...(corpus.summary.syntaxErrors === undefined ? {} : { syntaxErrors: corpus.summary.syntaxErrors }),
      queries: annotation.summary.docstrings,
      negativesPerQuery: options.negatives,
      docstrings: authorsAlone ? 'the authors’ own doc comments' : `written by ${annotation.summary.writer}`,
    },
    similarity: {
      ...(mixture.over === 'pairs' ? { pairs: mixture.histogram } : {}),
      negatives: {
        ...bins,
        counts: mixture.histogram.counts.map((count, bin) =>
          mixture.over === 'pairs' ? count - refinement.summary.positives[bin]! : count,
        ),
      },
      positives: { ...bins, counts: refinement.summary.positives },
      mixture: mixture.mixture,
      threshold:
        mixture.origin === 'intersection'
          ? { kind: 'intersection', value: mixture.threshold }
          : {
              kind: 'chosen',
              value: mixture.threshold,
              reason:
                mixture.origin === 'option' ? 'chosen by --threshold' : 'chosen by --threshold-quantile',
            },
      labeler: annotation.summary.labeler,
      ashmanD: mixture.ashmansD,
      deltaBic: mixture.deltaBic,
      fits: mixture.fits.map(({ weights, bic, converged }) => ({
        components: weights.length,
        bic,
        converged,
      })),
    },
    refinement: {
      pairs: refinement.summary.negatives,
      deltaS: options.deltaS,
      judge: refinement.summary.judge,
      rules: refinement.summary.rules.map(({ rule, suspects, raised, kept, invalid }) => ({
        rule,
        suspects,
        accepted: raised,
        rejected: kept,
        invalid,
      })),
      examples: await examplesOf(folder, refinement.summary),
    },
    training: {
      encoder: training.summary.encoder,
      dimensions: training.summary.dimensions,
      parameters: training.summary.parameters,
      backend: training.summary.backend,
      settings: {
        temperature: options.temperature,
        'learning rate': options.learningRate,
        'queries a batch': options.batchQueries,
        'negatives a query': options.batchNegatives,
        'w1 (InfoNCE)': options.weightInfoNce,
        'w2 (CoSENT)': options.weightCosent,
        ...cosentSettings(options.training),
      },
      losses: await lossCurves(folder, training.summary.steps),
      ...(best === null
        ? {}
        : {
            validation: {
              measure: 'MRR@1000',
              steps: evaluations.map((row) => row.step),
              values: evaluations.map((row) => row.mrr),
              bestStep: best.step,
            },
          }),
      stopped:
        training.summary.stopped === 'patience'
          ? `no better validation MRR in ${options.patience} evaluations`
          : `${options.epochs} epochs done`,
      seconds: training.seconds,
    },
    evaluation: {
      queries: evaluation.summary.queries,
      candidates: evaluation.summary.candidates,
      ...(evaluation.summary.heldOut === undefined
        ? {}
        : {
            heldOut: evaluation.summary.heldOut,
            repositories: new Set(test.functions.map(({ repository }) => repository)).size,
          }),
      measures: Object.keys(MEASURES),
      systems: evaluation.summary.systems,
      intervals: '95% bootstrap intervals over queries',
      comparisons: evaluation.summary.comparisons.map((comparison) => ({
        ...comparison,
        test: 'paired randomization test, Holm-corrected',
      })),
    },
    ...(ablation === null
      ? {}
      : {
          ablation: {
            measure: ablation.summary.measure,
            rows: ablation.summary.rows,
            intervals: '95% bootstrap intervals over queries, their seeds averaged',
            test: 'paired randomization test against the full recipe, Holm-corrected',
          },
        }),
    breakdowns: breakdownTables(evaluation.summary),
    map,
    searches,
    timings: [
      corpus,
      annotation,
      refinement,
      training,
      evaluation,
      ...(ablation === null ? [] : [ablation]),
      index,
    ].map(({ stage, seconds, peakMemoryMegabytes }) => ({
      stage,
      seconds,
      peakBytes: peakMemoryMegabytes * 1e6,
    })),
    versions: versions(),
  };
};
