import type { DenseMatrix } from '../numerics/index.js';

/**
 * The vectors that a teacher gave the texts of a dataset: what labels pairs that the dataset does not hold.
 *
 * A label is offset + scale · (q · d), cut to [0, 1). It should be what the dataset's own labels were made by:
 * `labelSimilarities` has scale 1 and offset 0 with `clip`, ½ and ½ with `affine`, over rows of unit length.
 */
export interface TeacherVectors {
  /** [Q, T], one row for each query. */
  readonly queries: DenseMatrix;
  /** [N, T], likewise for the documents. */
  readonly documents: DenseMatrix;
  /** @defaultValue 1 */
  readonly scale?: number;
  /** @defaultValue 0 */
  readonly offset?: number;
}

/**
 * @param sizes Of the dataset's queries and documents.
 * @throws {RangeError} When there are no vectors, or they do not fit the texts or each other.
 */
export const checkTeacher = (
  teacher: TeacherVectors | undefined,
  sizes: { readonly queries: number; readonly documents: number },
): void => {
  if (teacher === undefined) {
    throw new RangeError("labels: 'batch' needs the teacher's vectors: dataset.teacher, received none");
  }
  for (const side of ['queries', 'documents'] as const) {
    const { rows, columns, data } = teacher[side];
    if (rows !== sizes[side] || data.length !== rows * columns) {
      throw new RangeError(
        `teacher.${side} must have one row for each of ${sizes[side]} texts, received ${rows} rows of ${columns} ` +
          `in ${data.length} numbers`,
      );
    }
    const odd = data.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0) throw new RangeError(`teacher.${side}.data[${odd}] must be finite, received ${data[odd]}`);
  }
  const { queries, documents, scale = 1, offset = 0 } = teacher;
  for (const [name, value] of Object.entries({ scale, offset })) {
    if (!Number.isFinite(value)) throw new RangeError(`teacher.${name} must be finite, received ${value}`);
  }
  if (queries.columns !== documents.columns) {
    throw new RangeError(
      `teacher.documents must have ${queries.columns} columns, as teacher.queries has, received ${documents.columns}`,
    );
  }
};
