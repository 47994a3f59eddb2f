import { dirname, join } from 'node:path';
import {
  mergeTeacherMoments,
  type SimilarityMap,
  type TeacherScale,
  teacherMoments,
} from 'oasis-embed/annotation';
import { LsaEncoder } from 'oasis-embed/encoders';
import { type ScoreHistogramData, scoreHistogram } from 'oasis-embed/mixture';
import { labelPairs } from '../../annotation/annotate.js';
import { PAIR_SOURCES } from '../../annotation/pair-sources.js';
import type { ShardFunction } from '../../engine/shard-function.js';
import type { labelerKey } from '../../models/labeler.js';
import { openModelsOf } from '../../models/model-access.js';
import type { ModelOptions } from '../../options/model-options.js';
import { similarityBins } from '../../refinement/threshold.js';
import { writeText } from '../../store/json-files.js';
import { type ReadColumns, readParquet, type Schema, writeParquet } from '../../store/parquet-table.js';
import { type GroupFunction, readGroup } from './group.js';
import { keptTwinColumns } from './layout.js';
import { negativeColumns } from './pairs.js';
import { type GroupMoments, teacherColumns } from './teacher-moments.js';

/** A labeled pair by its number and those of its query and its function. */
export const labelColumns = {
  pair: 'uint32',
  query: 'uint32',
  document: 'uint32',
  positive: 'uint8',
  /** 1 where the pair belongs to another group and only serves to judge this one's. */
  foreign: 'uint8',
  similarity: 'float32',
  /** Its place in PAIR_SOURCES. */
  source: 'uint8',
} as const satisfies Schema;

export interface LabelsOptions {
  readonly similarityMap: SimilarityMap;
  /** Other than `none`, each teacher's own similarities are written too. */
  readonly teacherScale: TeacherScale;
  readonly firstNegative: number;
  /** Names the texts, whose vectors are kept for every command that labels pairs of them. */
  readonly group: string;
  /** What identifies the labeler: part of the key. */
  readonly labeler: ReturnType<typeof labelerKey>;
}

export interface LabelsSummary {
  readonly labeler: string;
  readonly teachers: readonly string[];
}

/** Content of a group's histogram.json. */
export interface GroupHistograms {
  readonly negatives: ScoreHistogramData;
  readonly positives: ScoreHistogramData;
}

/** Pairs of a group's own, those that others answer aside. */
type OwnPairs = Pick<ReadColumns<typeof labelColumns>, 'positive' | 'foreign' | 'similarity'>;

const ownOf = ({ positive, foreign }: OwnPairs, similarity: Float32Array, wanted: 0 | 1): Float32Array =>
  similarity.filter((_, i) => positive[i] === wanted && foreign[i] === 0);

export const histogramsOf = (pairs: OwnPairs): GroupHistograms => ({
  negatives: scoreHistogram(ownOf(pairs, pairs.similarity, 0), similarityBins).toJSON(),
  positives: scoreHistogram(ownOf(pairs, pairs.similarity, 1), similarityBins).toJSON(),
});

/** Places of the functions and queries of a group in lists of their own. */
export const localNumbers = (functions: readonly GroupFunction[]) => {
  const placeOf = new Map(functions.map((fn, place) => [fn.fn, place]));
  const localOf = new Map<number, number>();
  const queries: string[] = [];
  for (const { query, docstring } of functions) {
    if (localOf.has(query)) continue;
    localOf.set(query, queries.length);
    queries.push(docstring);
  }
  return {
    queries,
    documents: functions.map((fn) => fn.code),
    query: (numbers: Uint32Array) => numbers.map((number) => localOf.get(number)!),
    document: (numbers: Uint32Array) => numbers.map((number) => placeOf.get(number)!),
  };
};

export interface LabelsKind {
  readonly options: LabelsOptions;
  readonly how: ModelOptions;
  readonly summary: LabelsSummary;
}

/** A group's pairs in, their similarities and a histogram out. */
export const labelsShard: ShardFunction<LabelsKind> = async ({
  task,
  root,
  path,
  output,
  progress,
  line,
}) => {
  const { similarityMap, teacherScale, firstNegative, group } = task.options;
  const [members, queries, negativesFile, twinsFile, model] = task.inputs.map((input) => path(input.path));
  const functions = await readGroup(members!, queries!, { foreign: true });
  const negatives = await readParquet(negativesFile!, negativeColumns);
  const twins = await readParquet(twinsFile!, keptTwinColumns);

  const count = functions.length + negatives.query.length + twins.query.length;
  const pairs = {
    pair: new Uint32Array(count),
    query: new Uint32Array(count),
    document: new Uint32Array(count),
    positive: new Uint8Array(count),
    foreign: new Uint8Array(count),
    source: new Uint8Array(count),
  };
  for (const [i, { fn, query, foreign }] of functions.entries()) {
    pairs.pair[i] = fn;
    pairs.query[i] = query;
    pairs.document[i] = fn;
    pairs.positive[i] = 1;
    pairs.source[i] = PAIR_SOURCES.indexOf('positive');
    pairs.foreign[i] = foreign ? 1 : 0;
  }
  let at = functions.length;
  pairs.pair.set(
    negatives.query.map((_, i) => firstNegative + i),
    at,
  );
  pairs.query.set(negatives.query, at);
  pairs.document.set(negatives.document, at);
  pairs.source.set(negatives.source, at);
  at += negatives.query.length;
  pairs.pair.set(twins.pair, at);
  pairs.query.set(twins.query, at);
  pairs.document.set(twins.document, at);
  pairs.source.fill(PAIR_SOURCES.indexOf('near-twin'), at);

  const local = localNumbers(functions);
  const models = task.how;
  const access = openModelsOf(models, root, true, task.shard, line);
  try {
    const labeled = await labelPairs(
      functions,
      {
        query: local.query(pairs.query),
        document: local.document(pairs.document),
        positive: pairs.positive,
      },
      {
        models,
        access,
        seed: 0,
        labelDimensions: functions.length,
        similarityMap,
        vectors: join(root, 'annotation/vectors', group),
        ...(model === undefined ? {} : { lsa: await LsaEncoder.load(dirname(model)) }),
        onProgress: progress,
      },
    );
    const { similarity } = labeled.pairs;
    const own = { ...pairs, similarity };
    await writeParquet(output('parquet'), labelColumns, own);
    await writeText(output('histogram.json'), JSON.stringify(histogramsOf(own)));
    const each = labeled.teachers.map((teacher) => teacher.similarity);
    const negativeMoments = teacherMoments(each.map((one) => ownOf(own, one, 0)));
    const moments: GroupMoments = {
      pairs: mergeTeacherMoments([negativeMoments, teacherMoments(each.map((one) => ownOf(own, one, 1)))]),
      negatives: negativeMoments,
    };
    await writeText(output('moments.json'), JSON.stringify(moments));
    if (teacherScale !== 'none' && each.length > 1) {
      const columns = Object.fromEntries(each.map((one, t) => [`teacher_${t}`, one]));
      await writeParquet(output('teachers.parquet'), teacherColumns(each.length), columns);
    }
    const summary: LabelsSummary = {
      labeler: labeled.labeler,
      teachers: labeled.teachers.map(({ name }) => name),
    };
    return { rows: count, usd: access?.ownUsd() ?? 0, summary };
  } finally {
    access?.close();
  }
};
