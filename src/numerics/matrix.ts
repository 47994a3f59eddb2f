/** A dense row-major float32 matrix: element (i, j) is `data[i * columns + j]`. */
export interface DenseMatrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}
