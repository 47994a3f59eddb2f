import { dirname, join } from 'node:path';
import { type Embedder, embedToShards } from 'oasis-embed/annotation';
import { type DenseMatrix, LsaEncoder } from 'oasis-embed/encoders';
import type { OasisDataset, TeacherVectors } from 'oasis-embed/training';
import { pairTexts } from '../../annotation/annotated-functions.js';
import { distinct } from '../../corpus/distinct-texts.js';
import { openLabeler } from '../../models/labeler.js';
import type { ModelAccess } from '../../models/model-access.js';
import type { RunOptions } from '../../options/run-options.js';
import { readGroup } from '../shards/group.js';
import type { AnnotationSummary } from '../stages/annotation.js';
import type { TeacherReport } from './label-groups.js';
import type { RecipeContext } from './recipe-context.js';

export interface TeacherContext extends Pick<RecipeContext, 'folder' | 'progress'> {
  readonly options: RunOptions;
  readonly access: ModelAccess | null;
}

/** What the labels of the annotation were made by: its groups, the files of the offline labeler, and where each teacher lies. */
export type TeacherGroups = Pick<AnnotationSummary, 'groups' | 'labelerFiles' | 'teachers'>;

/** A cross-encoder says nothing of a text alone. */
export const NO_VECTORS =
  '--labels batch needs teachers with vectors: a --teacher-cross-encoder labels sampled pairs alone';

type Role = 'query' | 'document';
/** Vectors of one teacher, a row for each text of the dataset. */
interface Part {
  readonly columns: number;
  readonly data: Float32Array;
}

type Rows = { readonly columns: number; row(row: number): Float32Array };

/** The vectors of a group's texts: those that its labels were made of, where they were kept. */
const vectorsOf = async (
  embedder: Embedder,
  texts: readonly string[],
  role: Role,
  directory: string | null,
): Promise<Rows> => {
  if (directory !== null) return embedToShards(embedder, texts, directory, { role });
  const { columns, data } = await embedder.embed(texts, { role });
  return { columns, row: (row) => data.subarray(row * columns, (row + 1) * columns) };
};

/** By what factor each teacher's similarity counts on the common scale, and what is added to it. */
export const commonScale = ({ names, spreads }: TeacherReport, scale: RunOptions['teacherScale']) => {
  if (scale === 'none' || names.length === 1)
    return { slopes: names.map(() => 1), shifts: names.map(() => 0) };
  const meanOf = (part: 'mean' | 'deviation') =>
    spreads.reduce((sum, spread) => sum + spread[part], 0) / spreads.length;
  const slopes = spreads.map(({ deviation }) => meanOf('deviation') / deviation);
  const shifts = spreads.map(({ mean }, t) => meanOf('mean') - slopes[t]! * mean);
  return { slopes, shifts };
};

/** One matrix with the columns of all. */
const sideBySide = (parts: readonly Part[], rows: number): DenseMatrix => {
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const data = new Float32Array(rows * columns);
  let start = 0;
  for (const part of parts) {
    for (let row = 0; row < rows; row++) {
      const own = part.data.subarray(row * part.columns, (row + 1) * part.columns);
      data.set(own, row * columns + start);
    }
    start += part.columns;
  }
  return { data, rows, columns };
};

/**
 * The teacher's vectors for the texts of a training set, a row for each: what labels every pair of a batch.
 *
 * Vectors that the annotation kept are read; others, such as those of LSA, are made again.
 *
 * @throws Error when the annotation's texts lack one of the data's.
 */
export const teacherVectors = async (
  data: Pick<OasisDataset, 'queries' | 'documents'>,
  { folder, options, access, progress }: TeacherContext,
  { groups, labelerFiles, teachers }: TeacherGroups,
): Promise<TeacherVectors> => {
  const { models, seed, similarityMap, teacherScale } = options;
  if (teacherScale === 'rank' && teachers.names.length > 1) {
    throw new Error('--labels batch needs --teacher-scale none or z-score: ranks are those of sampled pairs');
  }
  const model = labelerFiles[0];
  const lsa = model === undefined ? undefined : await LsaEncoder.load(dirname(folder.at(model.path)));
  const labeler = await openLabeler([], {
    ...{ models, access, seed, lsa },
    dimensions: options.labelDimensions,
  });
  // A dot product of rows of length √w is w times the cosine: together they are the mean of the teachers' labels.
  const { slopes, shifts } = commonScale(teachers, teacherScale);
  const ofCosine = similarityMap === 'affine' ? { slope: 0.5, offset: 0.5 } : { slope: 1, offset: 0 };
  const sides = (['query', 'document'] as const).map((role) => {
    const texts = role === 'query' ? data.queries : data.documents;
    const rows = new Map<string, number>();
    for (const text of texts) rows.set(text, rows.size);
    return { role, rows, filled: new Uint8Array(texts.length), parts: [] as Part[] };
  });
  try {
    for (const [t, teacher] of labeler.teachers.entries()) {
      // Refused before anything was done: see checkRunOptions.
      if (teacher.kind !== 'embedder') throw new Error(NO_VECTORS);
      const { embedder, keepsVectors } = teacher;
      const length = Math.sqrt((slopes[t]! * ofCosine.slope) / slopes.length);
      for (const group of groups) {
        const functions = await readGroup(folder.at(group.members.path), folder.at(group.queries.path), {
          foreign: true,
        });
        const { queries, documents } = pairTexts(functions);
        for (const side of sides) {
          const { texts } = distinct(side.role === 'query' ? queries : documents);
          if (!texts.some((text) => side.rows.has(text))) continue;
          const directory = keepsVectors ? join(folder.at('annotation/vectors'), group.name) : null;
          const vectors = await vectorsOf(embedder, texts, side.role, directory);
          side.parts[t] ??= {
            columns: vectors.columns,
            data: new Float32Array(side.rows.size * vectors.columns),
          };
          const { data: target, columns } = side.parts[t]!;
          texts.forEach((text, place) => {
            const row = side.rows.get(text);
            if (row === undefined) return;
            vectors.row(place).forEach((value, i) => {
              target[row * columns + i] = length * value;
            });
            side.filled[row] = 1;
          });
        }
      }
    }
  } finally {
    await labeler.close();
  }
  for (const { role, filled } of sides) {
    const missing = filled.indexOf(0);
    if (missing >= 0)
      throw new Error(`--labels batch: the annotation has no vector of ${role} ${missing} of the dataset`);
  }
  const [queries, documents] = sides.map(({ rows, parts }) => sideBySide(parts, rows.size));
  progress.line(`${labeler.name} labels every pair of a batch`);
  const offset =
    slopes.reduce((sum, slope, t) => sum + slope * ofCosine.offset + shifts[t]!, 0) / slopes.length;
  return { queries: queries!, documents: documents!, offset };
};

/** The data with the teacher's vectors, where the options order whole batches. */
export const withTeacher = async <Data extends OasisDataset>(
  data: Data,
  context: TeacherContext,
  groups: TeacherGroups,
): Promise<Data> =>
  context.options.training.labels === 'sampled'
    ? data
    : { ...data, teacher: await teacherVectors(data, context, groups) };
