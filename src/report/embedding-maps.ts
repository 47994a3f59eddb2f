import { similarity } from 'ml-distance';
import type { DenseMatrix } from '../numerics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import { classicalMds } from './classical-mds.js';
import { distanceMatrix } from './distance-matrix.js';
import { procrustes } from './procrustes.js';
import type { MapPanel } from './report-data.js';
import { smacof } from './smacof.js';

/** Vectors of the same texts at one moment, such as before or after training. */
export interface EmbeddingSnapshot {
  /** Such as `Before training`. */
  readonly title: string;
  /** [N, D], row i the query of pair i. */
  readonly queries: DenseMatrix;
  /** [N, D], row i the code of pair i. */
  readonly codes: DenseMatrix;
}

/** Options of {@link embeddingMaps}. */
export interface EmbeddingMapsOptions {
  /** Refines the classical map by stress majorization (SMACOF). @defaultValue false */
  readonly refine?: boolean;
}

const EMBEDDING_MAPS_OPTIONS: OptionNames<EmbeddingMapsOptions> = { refine: true };

/**
 * Maps of queries and codes at several moments of training, each aligned with the previous one so that they can be
 * compared by eye.
 *
 * Cosine distances, classical MDS over queries and codes together; the scale of each map is kept.
 *
 * @returns Panels for {@link MapReport}.
 * @throws RangeError when queries and codes of a snapshot differ in shape, or snapshots in the number of pairs.
 *
 * O(N³) time per snapshot, O(N²) memory: show a few hundred pairs at most.
 *
 * @example
 * ```ts
 * import { embeddingMaps } from 'oasis-embed/report';
 *
 * const queries = { rows: 2, columns: 2, data: Float32Array.of(1, 0, 0, 1) };
 * const codes = { rows: 2, columns: 2, data: Float32Array.of(0.8, 0.6, 0.6, 0.8) };
 * const [before] = embeddingMaps([{ title: 'Before training', queries, codes }]);
 * console.log(before?.x.length); // 4
 * ```
 */
export const embeddingMaps = (
  snapshots: readonly EmbeddingSnapshot[],
  options: EmbeddingMapsOptions = {},
): readonly MapPanel[] => {
  checkOptions('embeddingMaps', options, EMBEDDING_MAPS_OPTIONS);
  const expected = snapshots[0]?.queries.rows ?? 0;
  let previous: Float64Array | null = null;
  const panels: MapPanel[] = [];
  for (const snapshot of snapshots) {
    checkSnapshot(snapshot, expected);
    const distances = distanceMatrix(stack(snapshot.queries, snapshot.codes), { metric: 'cosine' });
    const dimensions = Math.min(2, Math.max(1, distances.size));
    const classical = classicalMds(distances, { dimensions });
    const refined = options.refine
      ? smacof(distances, { dimensions, start: classical.coordinates })
      : classical;
    const coordinates: Float64Array = previous
      ? procrustes(refined.coordinates, previous, { dimensions }).coordinates
      : refined.coordinates;
    previous = coordinates;
    panels.push({
      title: snapshot.title,
      x: coordinates.filter((_, i) => i % dimensions === 0),
      y: coordinates.filter((_, i) => i % dimensions === 1),
      similarities: pairCosines(snapshot),
      ...(options.refine ? {} : { explained: classical.explained }),
      stress: refined.stress,
    });
  }
  return panels;
};

const checkSnapshot = ({ title, queries, codes }: EmbeddingSnapshot, expected: number): void => {
  if (queries.rows !== codes.rows || queries.columns !== codes.columns) {
    throw new RangeError(
      `codes of ${JSON.stringify(title)} must have the shape of its queries = [${queries.rows}, ${queries.columns}], received [${codes.rows}, ${codes.columns}]`,
    );
  }
  if (queries.rows !== expected) {
    throw new RangeError(
      `every snapshot must have ${expected} pairs like the first, received ${queries.rows} in ${JSON.stringify(title)}`,
    );
  }
};

const stack = (queries: DenseMatrix, codes: DenseMatrix): DenseMatrix => {
  const data = new Float32Array(queries.data.length + codes.data.length);
  data.set(queries.data);
  data.set(codes.data, queries.data.length);
  return { data, rows: queries.rows + codes.rows, columns: queries.columns };
};

const pairCosines = ({ queries, codes }: EmbeddingSnapshot): Float64Array =>
  Float64Array.from({ length: queries.rows }, (_, i) => {
    const row = ({ data, columns }: DenseMatrix) => Array.from(data.subarray(i * columns, (i + 1) * columns));
    const cosine = similarity.cosine(row(queries), row(codes));
    return Number.isNaN(cosine) ? 0 : cosine;
  });
