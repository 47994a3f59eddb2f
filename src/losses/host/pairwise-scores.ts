import { type DenseMatrix, inverseLength } from '../../numerics/index.js';

/** How two rows are scored: their cosine, or by the angle of their quotient as complex vectors. */
export type PairScore = 'cosine' | 'angle';

export interface PairScores {
  /** [P] */
  readonly scores: Float64Array;
  /** The gradients in both sides for those in the scores. */
  readonly carry: (toScores: ArrayLike<number>) => readonly [left: DenseMatrix, right: DenseMatrix];
}

/** Scores of row i of `left` with row i of `right`; zero rows score 0 with a zero gradient. */
export const scorePairs = (left: DenseMatrix, right: DenseMatrix, score: PairScore): PairScores => {
  const { rows, columns } = left;
  const half = Math.ceil(columns / 2);
  const [x, y] = [left.data, right.data];
  const scores = new Float64Array(rows);
  const signs = new Int8Array(rows).fill(1);
  const [lengthsX, lengthsY] = [new Float64Array(rows), new Float64Array(rows)];
  // The quotient of complex vectors pairs column j of one side with columns j and j ± half of the other; an odd
  // number of columns has a zero behind the last.
  const partner = (j: number): number => (j < half ? j + half : j - half);
  const turned = (data: Float32Array, at: number, j: number): number =>
    partner(j) < columns ? data[at + partner(j)]! : 0;
  for (let i = 0, at = 0; i < rows; i++, at += columns) {
    lengthsX[i] = inverseLength(x, at, columns);
    lengthsY[i] = inverseLength(y, at, columns);
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += x[at + j]! * y[at + j]!;
    if (score === 'angle') {
      // Σ (bc − ad): the second half of x with the first of y, less the first with the second.
      for (let j = 0; j < columns; j++) sum += (j < half ? -1 : 1) * x[at + j]! * turned(y, at, j);
    }
    sum = lengthsX[i] === 0 || lengthsY[i] === 0 ? 0 : sum * lengthsX[i]! * lengthsY[i]!;
    if (score === 'angle' && !(sum > 0)) signs[i] = -1;
    scores[i] = signs[i]! * sum;
  }
  return {
    scores,
    carry: (toScores) => {
      const [dx, dy] = [new Float32Array(x.length), new Float32Array(y.length)];
      for (let i = 0, at = 0; i < rows; i++, at += columns) {
        const [a, b] = [lengthsX[i]!, lengthsY[i]!];
        if (a === 0 || b === 0) continue;
        const pull = toScores[i]! * signs[i]!;
        const along = toScores[i]! * scores[i]!;
        for (let j = 0; j < columns; j++) {
          let [forX, forY] = [y[at + j]!, x[at + j]!];
          if (score === 'angle') {
            forX += (j < half ? -1 : 1) * turned(y, at, j);
            forY += (j < half ? 1 : -1) * turned(x, at, j);
          }
          dx[at + j] = (pull * forX * b - along * x[at + j]! * a) * a;
          dy[at + j] = (pull * forY * a - along * y[at + j]! * b) * b;
        }
      }
      return [
        { data: dx, rows, columns },
        { data: dy, rows, columns },
      ];
    },
  };
};
