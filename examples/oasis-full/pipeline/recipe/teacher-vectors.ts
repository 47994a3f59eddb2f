import { dirname, join } from 'node:path';
import { type Embedder, embedToShards } from 'oasis-embed/annotation';
import { LsaEncoder } from 'oasis-embed/encoders';
import type { OasisDataset, TeacherVectors } from 'oasis-embed/training';
import { pairTexts } from '../../annotation/annotated-functions.js';
import { distinct } from '../../corpus/distinct-texts.js';
import { openLabeler } from '../../models/labeler.js';
import type { ModelAccess } from '../../models/model-access.js';
import type { RunOptions } from '../../options/run-options.js';
import { readGroup } from '../shards/group.js';
import type { AnnotationSummary } from '../stages/annotation.js';
import type { RecipeContext } from './recipe-context.js';

export interface TeacherContext extends Pick<RecipeContext, 'folder' | 'progress'> {
  readonly options: RunOptions;
  readonly access: ModelAccess | null;
}

/** What the labels of the annotation were made by: its groups, and the files of the offline labeler. */
export type TeacherGroups = Pick<AnnotationSummary, 'groups' | 'labelerFiles'>;

type Role = 'query' | 'document';
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
  { groups, labelerFiles }: TeacherGroups,
): Promise<TeacherVectors> => {
  const { models, seed, similarityMap } = options;
  const model = labelerFiles[0];
  const lsa = model === undefined ? undefined : await LsaEncoder.load(dirname(folder.at(model.path)));
  const { embedder, keepsVectors, close } = await openLabeler([], {
    ...{ models, access, seed, lsa },
    dimensions: options.labelDimensions,
  });
  const sides = (['query', 'document'] as const).map((role) => {
    const texts = role === 'query' ? data.queries : data.documents;
    const rows = new Map<string, number>();
    for (const text of texts) rows.set(text, rows.size);
    return { role, count: texts.length, rows, filled: new Uint8Array(texts.length), columns: 0 };
  });
  const matrices: Record<Role, Float32Array> = { query: new Float32Array(), document: new Float32Array() };
  try {
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
        if (side.columns === 0) {
          side.columns = vectors.columns;
          matrices[side.role] = new Float32Array(side.count * vectors.columns);
        }
        texts.forEach((text, place) => {
          const row = side.rows.get(text);
          if (row === undefined) return;
          matrices[side.role].set(vectors.row(place), row * side.columns);
          side.filled[row] = 1;
        });
      }
    }
  } finally {
    await close();
  }
  for (const { role, filled } of sides) {
    const missing = filled.indexOf(0);
    if (missing >= 0)
      throw new Error(`--labels batch: the annotation has no vector of ${role} ${missing} of the dataset`);
  }
  const [queries, documents] = sides.map(({ role, count, columns }) => ({
    data: matrices[role],
    rows: count,
    columns,
  }));
  progress.line(`${embedder.name} labels every pair of a batch`);
  const map = similarityMap === 'affine' ? { scale: 0.5, offset: 0.5 } : {};
  return { queries: queries!, documents: documents!, ...map };
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
