import type { DenseMatrix } from '../numerics/index.js';
import type { OasisBatch } from './batches.js';
import type { TeacherVectors } from './teacher-vectors.js';

/** Which pairs of a batch are labeled: those of the dataset, or every query with every document. */
export type BatchLabels = 'sampled' | 'batch';

/** Where CoSENT puts positives: at their label, as published, or above every other pair. */
export type PositiveLabels = 'label' | 'top';

/** The float32 just below 1. */
const LARGEST_LABEL = 1 - 2 ** -24;

const LABELS: readonly string[] = ['sampled', 'batch'];
const POSITIVES: readonly string[] = ['label', 'top'];

/** @throws {RangeError} Naming an option that is none of the words known. */
export const checkBatchLabels = (options: {
  readonly labels: BatchLabels;
  readonly positiveLabels: PositiveLabels;
}): void => {
  const { labels, positiveLabels } = options;
  if (!LABELS.includes(labels)) {
    throw new RangeError(`labels must be one of ${LABELS.join(', ')}, received ${labels}`);
  }
  if (!POSITIVES.includes(positiveLabels)) {
    throw new RangeError(`positiveLabels must be one of ${POSITIVES.join(', ')}, received ${positiveLabels}`);
  }
};

/** Dot products of chosen rows of two matrices, [left, right], row by row. */
const dotProducts = (
  left: DenseMatrix,
  leftRows: Uint32Array,
  right: DenseMatrix,
  rightRows: Uint32Array,
): Float32Array => {
  const { columns } = left;
  const values = new Float32Array(leftRows.length * rightRows.length);
  let at = 0;
  for (const l of leftRows) {
    const a = left.data.subarray(l * columns, (l + 1) * columns);
    for (const r of rightRows) {
      const start = r * columns;
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += a[i]! * right.data[start + i]!;
      values[at++] = sum;
    }
  }
  return values;
};

/**
 * The batch with every query paired with every document, query by query. Pairs of the dataset keep their labels, which
 * refinement may have raised; the teacher's dot product labels the others.
 *
 * O(Q · N · T) time.
 */
export const labelWholeBatch = (batch: OasisBatch, teacher: TeacherVectors): OasisBatch => {
  const { queries, documents, pairs } = batch;
  const width = documents.length;
  const count = queries.length * width;
  const query = new Uint32Array(count);
  const document = new Uint32Array(count);
  for (let pair = 0; pair < count; pair++) {
    query[pair] = Math.floor(pair / width);
    document[pair] = pair % width;
  }
  const similarity = dotProducts(teacher.queries, queries, teacher.documents, documents);
  const { scale = 1, offset = 0 } = teacher;
  for (let pair = 0; pair < count; pair++) {
    // Cut as labels of a dataset are, so that both kinds compare.
    similarity[pair] = Math.min(LARGEST_LABEL, Math.max(0, offset + scale * similarity[pair]!));
  }
  const positive = new Uint8Array(count);
  for (let pair = 0; pair < pairs.query.length; pair++) {
    const place = pairs.query[pair]! * width + pairs.document[pair]!;
    similarity[place] = pairs.similarity[pair]!;
    positive[place] = Number(pairs.positive[pair]);
  }
  return { queries, documents, pairs: { query, document, similarity, positive } };
};

/** The batch with its positives above every label there can be, by more than the margin. */
export const positivesOnTop = (batch: OasisBatch, margin: number): OasisBatch => {
  const { pairs } = batch;
  const similarity = Float32Array.from(pairs.similarity, (label, pair) =>
    pairs.positive[pair] ? 2 + margin : label,
  );
  return { ...batch, pairs: { ...pairs, similarity } };
};
