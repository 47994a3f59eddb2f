import { repositoryLicense } from 'oasis-embed/corpus';
import type { CorpusReport, ReportData, TrainingReport } from 'oasis-embed/report';
import type { RepositorySource } from '../../corpus/default-corpus.js';
import { retrievalSet } from '../../evaluation/retrieval-set.js';
import { COMPARISON_TEST, MEASURES } from '../../evaluation/systems.js';
import { engineOf } from '../../options/model-engine.js';
import type { MixtureRecord } from '../../refinement/threshold.js';
import { readJson } from '../../store/json-files.js';
import { readJsonLines } from '../../store/json-lines.js';
import type { RunFolder } from '../../store/run-folder.js';
import type { StageRecord } from '../stage.js';
import type { AblationSummary } from '../stages/ablation.js';
import type { AnnotationSummary } from '../stages/annotation.js';
import type { StageContext } from '../stages/context.js';
import type { CorpusSummary } from '../stages/corpus.js';
import type { CrossValidationSummary } from '../stages/cross-validation.js';
import { type EvaluationSummary, loadModels } from '../stages/evaluation.js';
import type { FinalFitSummary } from '../stages/final-fit.js';
import type { IndexSummary } from '../stages/index-functions.js';
import type { RefinementSummary } from '../stages/refinement.js';
import type { TrainingSummary } from '../stages/training.js';
import { versions } from '../versions.js';
import { breakdownTables } from './report-breakdowns.js';
import { examplesOf } from './report-examples.js';
import { reportOptions } from './report-options.js';
import { mapOf, searchesOf } from './report-samples.js';
import { commandOf, corpusName, cosentSettings, notesOf } from './report-words.js';

/** What earlier stages say of themselves. */
export interface ReportInputs {
  readonly corpus: StageRecord<CorpusSummary>;
  readonly annotation: StageRecord<AnnotationSummary>;
  readonly refinement: StageRecord<RefinementSummary>;
  readonly training: StageRecord<TrainingSummary>;
  readonly evaluation: StageRecord<EvaluationSummary>;
  readonly folds: StageRecord<CrossValidationSummary> | null;
  readonly ablation: StageRecord<AblationSummary> | null;
  readonly finalFit: StageRecord<FinalFitSummary> | null;
  readonly index: StageRecord<IndexSummary>;
}

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

/** Reads what the stages wrote and puts it in the form of the report. */
export const buildReport = async (
  context: StageContext,
  inputs: ReportInputs,
  repositories: readonly RepositorySource[],
): Promise<ReportData> => {
  const { options, folder } = context;
  const { corpus, annotation, refinement, training, evaluation, folds, ablation, finalFit, index } = inputs;
  const mixture = readJson<MixtureRecord>(folder.path('mixture'));
  const { trained, untrained } = await loadModels(context);
  const test = await retrievalSet({ folder, options }, 'test');
  const map = await mapOf(test, trained, untrained);
  await trained.close();
  await untrained.close();
  const searches = await searchesOf(folder.root, engineOf(options.models));
  const bins = { minimum: 0, maximum: 1 };
  const { best, evaluations } = training.summary;
  const authorsAlone = options.models.docstrings === 'author';

  return {
    title: `OASIS on ${corpusName(options)}`,
    createdAt: new Date().toISOString(),
    command: commandOf(process.argv.slice(2)),
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
        test: COMPARISON_TEST,
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
    breakdowns: breakdownTables(evaluation.summary, folds?.summary ?? null),
    map,
    searches,
    timings: [
      corpus,
      annotation,
      refinement,
      training,
      evaluation,
      ...[folds, ablation, finalFit].filter((record) => record !== null),
      index,
    ].map(({ stage, seconds, peakMemoryMegabytes }) => ({
      stage,
      seconds,
      peakBytes: peakMemoryMegabytes * 1e6,
    })),
    versions: versions(),
  };
};
