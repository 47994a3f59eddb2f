import type { DenseMatrix } from '../../numerics/index.js';

/** Checks a dense matrix of any number of rows. */
export const checkMatrix = (name: string, matrix: DenseMatrix, shape: readonly [string, string]): void => {
  const { data, rows, columns } = (matrix ?? {}) as Partial<DenseMatrix>;
  const whole = (size: unknown): boolean => Number.isInteger(size) && (size as number) >= 0;
  if (!(data instanceof Float32Array && whole(rows) && whole(columns))) {
    const received = matrix === null || typeof matrix !== 'object' ? String(matrix) : matrix.constructor.name;
    throw new TypeError(
      `${name} must be a dense matrix [${shape.join(', ')}]: { data: Float32Array, rows, columns }, received ${received}`,
    );
  }
  if (data.length !== rows! * columns!) {
    throw new RangeError(
      `${name}.data must hold rows × columns = ${rows} × ${columns} numbers, received ${data.length}`,
    );
  }
};

/** Checks two matrices of one width, and of one height where their rows are pairs. */
export const checkMatrices = (
  [leftName, left]: readonly [string, DenseMatrix],
  [rightName, right]: readonly [string, DenseMatrix],
  paired: boolean,
): void => {
  checkMatrix(leftName, left, [paired ? 'P' : 'Q', 'D']);
  checkMatrix(rightName, right, [paired ? 'P' : 'N', 'D']);
  if (left.columns !== right.columns || (paired && left.rows !== right.rows)) {
    const expected = paired ? `[P, D] = [${left.rows}, ${left.columns}]` : `[N, D] with D = ${left.columns}`;
    throw new RangeError(
      `${rightName} must have shape ${expected} as ${leftName}, received [${right.rows}, ${right.columns}]`,
    );
  }
};
