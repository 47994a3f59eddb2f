import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { averageOnScale, plainMean, type TeacherScaling } from 'oasis-embed/annotation';
import { LsaEncoder } from 'oasis-embed/encoders';
import {
  cloneJudge,
  type Judge,
  type OtherVersion,
  plantedKinds,
  plantNegatives,
} from 'oasis-embed/refinement';
import { terminalTable } from 'oasis-embed/report';
import { selectBackend } from 'oasis-embed/training';
import { parseTrees } from '../annotation/parse-trees.js';
import { openAgreementJudges } from '../models/agreement.js';
import { openLabeler, teacherSimilarities } from '../models/labeler.js';
import { openModelsOf } from '../models/model-access.js';
import { createSuspectJudge } from '../models/suspect-judge.js';
import type { RunOptions } from '../options/run-options.js';
import {
  averageRules,
  type MeanRate,
  type MeasuredRule,
  measureJudge,
  measureRules,
  type PlantedCase,
} from '../refinement/measure-planted.js';
import { otherVersions } from '../refinement/other-versions.js';
import type { MixtureRecord } from '../refinement/threshold.js';
import { readJson, writeJson } from '../store/json-files.js';
import { createRunFolder, type RunFolder } from '../store/run-folder.js';
import { readSealedJson } from '../store/sealed-json.js';
import { createProgress, type Progress } from '../terminal/progress.js';
import { commonScale } from './recipe/teacher-vectors.js';
import { recordedOptions } from './recorded-options.js';
import { type GroupFunction, readGroup } from './shards/group.js';
import type { StageRecord } from './stage.js';
import type { AnnotationSummary } from './stages/annotation.js';

export interface MeasureRefinementOptions {
  readonly run: string;
  readonly perKind: number;
  readonly seed: number;
  /** How often it is planted anew, with one seed after another. */
  readonly seeds: number;
  /** A folder with other versions of the run's repositories; null for none. */
  readonly otherVersions: string | null;
  /** Models that judge by agreement. */
  readonly agreement: readonly string[];
  /** Functions that they rank among. */
  readonly pool: number;
}

/** Functions that are planted from: whole groups, in their order. */
const ENOUGH = 50_000;

/** Shares of the run's similarities that lie below the thresholds that are tried beside s*. */
const QUANTILES = [0.5, 0.9, 0.95, 0.99];

const TREE_RATIOS = [0, 0.05, 0.1, 0.2, 0.3, 0.4];

const functionsOf = async (folder: RunFolder, { groups }: AnnotationSummary): Promise<GroupFunction[]> => {
  const functions: GroupFunction[] = [];
  for (const { members, queries } of groups) {
    if (functions.length >= ENOUGH) break;
    functions.push(
      ...(await readGroup(folder.at(members.path), folder.at(queries.path), { foreign: false })),
    );
  }
  return functions;
};

/** The similarity below which a share of what the mixture was fitted to lies. */
const quantileOf = ({ histogram }: MixtureRecord, share: number): number => {
  const { counts } = histogram;
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  const bin = counts.findIndex((count) => {
    below += count;
    return below >= share * total;
  });
  return (bin + 1) / counts.length;
};

/** The labels of planted pairs, by the teachers of the run and on their common scale. */
const labelPlanted = async (
  texts: { readonly queries: readonly string[]; readonly documents: readonly string[] },
  pairs: { readonly query: Uint32Array; readonly document: Uint32Array },
  folder: RunFolder,
  options: RunOptions,
  { labelerFiles, teachers }: AnnotationSummary,
): Promise<Float32Array> => {
  const { models, seed, similarityMap, teacherScale } = options;
  if (teacherScale === 'rank' && teachers.names.length > 1) {
    throw new Error(
      'measure-refinement needs a run with --teacher-scale none or z-score: ranks are those of its own pairs',
    );
  }
  const model = labelerFiles[0];
  const access = openModelsOf(models, folder.root);
  const lsa = model === undefined ? undefined : await LsaEncoder.load(dirname(folder.at(model.path)));
  const labeler = await openLabeler([], {
    ...{ models, access, seed, lsa },
    dimensions: options.labelDimensions,
  });
  try {
    const each: Float32Array[] = [];
    for (const teacher of labeler.teachers) {
      const settings = { similarityMap, vectors: null };
      each.push(await teacherSimilarities(teacher, texts.queries, texts.documents, pairs, settings));
    }
    const scale = commonScale(teachers, teacherScale);
    const scaling: TeacherScaling =
      each.length === 1
        ? plainMean(1)
        : {
            kind: 'linear',
            teachers: scale.slopes.map((slope, t) => ({ slope, offset: scale.shifts[t]! })),
          };
    return averageOnScale(each, scaling);
  } finally {
    await labeler.close();
    access?.close();
  }
};

const share = ({ mean, deviation }: MeanRate, several: boolean): { text: string; value: number } => {
  const spread = several && !Number.isNaN(deviation) ? ` ± ${(100 * deviation).toFixed(1)}` : '';
  return { text: Number.isNaN(mean) ? '–' : `${(100 * mean).toFixed(1)}${spread}`, value: mean };
};

/** What the measures of all seeds share. */
interface Measured {
  readonly folder: RunFolder;
  readonly options: RunOptions;
  readonly summary: AnnotationSummary;
  readonly mixture: MixtureRecord;
  readonly functions: readonly GroupFunction[];
  readonly versions: readonly OtherVersion[];
  readonly judges: readonly Judge[];
  readonly progress: Pick<Progress, 'line' | 'update'>;
}

/** Plants with one seed and measures every rule and judge. */
const measureSeed = async (
  { folder, options, summary, mixture, functions, versions, judges, progress }: Measured,
  { perKind, seed }: Pick<MeasureRefinementOptions, 'perKind' | 'seed'>,
): Promise<MeasuredRule[]> => {
  const planted = await plantNegatives(functions, { perKind, seed, otherVersions: versions });
  const count = planted.kind.length;
  progress.line(`seed ${seed}: ${count} negatives planted beside ${functions.length} functions`);
  const own = Array.from(planted.query, (i) => functions[i]!);
  // Each planted negative has a docstring, a positive and itself: no case meets another.
  const documents = planted.code.flatMap((code, i) => [own[i]!.code, code]);
  const pairs = {
    query: Uint32Array.from({ length: 2 * count }, (_, pair) => pair >> 1),
    document: Uint32Array.from({ length: 2 * count }, (_, pair) => pair),
    positive: Uint8Array.from({ length: 2 * count }, (_, pair) => (pair + 1) % 2),
  };
  const queries = own.map(({ docstring }) => docstring);
  const similarity = await labelPlanted({ queries, documents }, pairs, folder, options, summary);
  const trees = await parseTrees(
    own.flatMap((fn, i) => [fn, { ...fn, code: planted.code[i]! }]),
    (done) => progress.update(done, documents.length, 'codes parsed'),
  );
  const languages = planted.language.flatMap((language, i) => [own[i]!.language, language]);
  const all: PlantedCase = {
    kinds: planted.kind,
    pairs: { ...pairs, similarity },
    context: { queries, documents, languages },
    trees,
  };
  const quantiles = QUANTILES.map((quantile) => ({
    name: `similarity above the ${100 * quantile}% quantile`,
    value: quantileOf(mixture, quantile),
  }));
  const rules = measureRules(all, {
    thresholds: [
      { name: `similarity above s* = ${mixture.threshold.toFixed(4)}`, value: mixture.threshold },
      ...quantiles,
    ],
    treeRatios: TREE_RATIOS,
  });
  const limits = { threshold: mixture.threshold, treeRatio: options.treeRatio, seed: options.seed };
  for (const judge of judges) rules.push(...(await measureJudge(all, judge, limits)));
  return rules;
};

/**
 * Plants negatives whose truth is known beside the functions of a finished run, labels them as the run labels, and reports what
 * each rule and each judge finds of them, kind by kind, over several seeds of what is planted. Nothing of the run is changed; the result is refinement-measure.json.
 */
export const measureRefinement = async ({
  run,
  perKind,
  seed,
  seeds,
  otherVersions: versionsFolder,
  agreement,
  pool,
}: MeasureRefinementOptions): Promise<void> => {
  const folder = createRunFolder(run);
  if (!existsSync(folder.path('run')) || !existsSync(folder.path('mixture'))) {
    throw new Error(`--run: expected the folder of a finished run, received ${run}`);
  }
  const options = recordedOptions(folder);
  const { summary } = readSealedJson<StageRecord<AnnotationSummary>>(folder.marker('annotation'));
  // As earlier versions left it.
  if (summary.teachers === undefined) {
    throw new Error(`--run: ${run} was made by an earlier version; repeat the run, then measure it`);
  }
  const mixture = readJson<MixtureRecord>(folder.path('mixture'));
  await selectBackend('cpu');
  const progress = createProgress(['measure']);
  progress.startStage('measure');

  const functions = await functionsOf(folder, summary);
  const versions = versionsFolder === null ? [] : await otherVersions(versionsFolder, functions);
  const access = openModelsOf(options.models, run);
  const agreeing = agreement.length === 0 ? null : await openAgreementJudges(agreement, functions, pool);
  const perSeed: MeasuredRule[][] = [];
  const planting = Array.from({ length: seeds }, (_, i) => seed + i);
  try {
    const judges = [
      cloneJudge(),
      cloneJudge({ renaming: 'local' }),
      ...(options.models.judge === 'clone' ? [] : [(await createSuspectJudge(options.models, access)).judge]),
      ...(agreeing?.judges ?? []),
    ];
    const measured = { folder, options, summary, mixture, functions, versions, judges, progress };
    for (const one of planting) perSeed.push(await measureSeed(measured, { perKind, seed: one }));
  } finally {
    access?.close();
    await agreeing?.close();
  }
  const rules = averageRules(perSeed);
  await writeJson(folder.at('refinement-measure.json'), {
    perKind,
    seeds: planting,
    functions: functions.length,
    rules,
  });
  progress.finishStage(folder.at('refinement-measure.json'));
  const kinds = plantedKinds.filter((kind) => rules[0]!.planted[kind] > 0);
  console.log(
    terminalTable({
      columns: [
        { label: seeds === 1 ? '% found' : `% found, ${seeds} seeds` },
        ...['precision', 'recall', ...kinds].map((label) => ({ label, numeric: true })),
      ],
      rows: rules.map(({ name, precision, recall, byKind }) => [
        name,
        share(precision, seeds > 1),
        share(recall, seeds > 1),
        ...kinds.map((kind) => share(byKind[kind], seeds > 1)),
      ]),
    }),
  );
};
