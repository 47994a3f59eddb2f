import type { DenseMatrix } from '../../numerics/index.js';
import type { TextRole, TokenizedTexts } from '../encoder.js';

/** Texts with the vectors that some model gave them: row i of `vectors` for `texts[i]`. */
export interface EmbeddedTexts {
  readonly texts: readonly string[];
  readonly vectors: DenseMatrix;
}

/** The vectors of some texts, [N, D] row by row. */
export interface VectorTokens extends TokenizedTexts {
  readonly columns: number;
  readonly data: Float32Array;
}

/** @throws {RangeError} When rows and texts differ in number, or a value is not finite. */
export const checkEmbedded = (name: string, { texts, vectors }: EmbeddedTexts): void => {
  const { data, rows, columns } = vectors;
  if (rows !== texts.length || data.length !== rows * columns) {
    throw new RangeError(
      `${name}.vectors must have ${texts.length} rows, one a text, received ${rows} rows of ${columns} in ` +
        `${data.length} values`,
    );
  }
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RangeError(
      `${name}.vectors[${Math.floor(bad / columns)}] must be finite, received ${data[bad]}`,
    );
  }
};

/** The given rows, in the given order. */
export const selectVectors = (
  { length, columns, data }: VectorTokens,
  rows: ArrayLike<number>,
): VectorTokens => {
  const chosen = new Float32Array(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    if (!(Number.isInteger(row) && row >= 0 && row < length)) {
      throw new RangeError(`rows[${i}] must be a row of ${length} texts, received ${row}`);
    }
    chosen.set(data.subarray(row * columns, (row + 1) * columns), i * columns);
  }
  return { length: rows.length, columns, data: chosen };
};

/** Vectors by role and text; a view of the matrices they came in. */
export class VectorStore {
  readonly #byRole: Readonly<Record<TextRole, Map<string, Float32Array>>> = {
    query: new Map(),
    document: new Map(),
  };

  constructor(readonly columns: number) {}

  /** @throws {RangeError} When the vectors have another length than those before. */
  add(role: TextRole, embedded: EmbeddedTexts): void {
    const name = role === 'query' ? 'queries' : 'documents';
    checkEmbedded(name, embedded);
    const { texts, vectors } = embedded;
    if (vectors.rows > 0 && vectors.columns !== this.columns) {
      throw new RangeError(`${name}.vectors must have ${this.columns} columns, received ${vectors.columns}`);
    }
    texts.forEach((text, i) => {
      this.#byRole[role].set(text, vectors.data.subarray(i * this.columns, (i + 1) * this.columns));
    });
  }

  /** @throws Error naming the first text that has no vector in this role. */
  lookUp(role: TextRole, texts: readonly string[]): VectorTokens {
    const data = new Float32Array(texts.length * this.columns);
    texts.forEach((text, i) => {
      const vector = this.#byRole[role].get(text);
      if (vector === undefined) {
        const start = JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
        throw new Error(`texts[${i}] has no vector as a ${role}: add it first (${start})`);
      }
      data.set(vector, i * this.columns);
    });
    return { length: texts.length, columns: this.columns, data };
  }
}
