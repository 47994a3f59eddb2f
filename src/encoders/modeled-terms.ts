import type { DenseMatrix, OptionNames } from '../numerics/index.js';
import type { VectorSource } from './adapter/adapter-encoder.js';
import { principalCoordinates } from './static/principal-axes.js';

/** How a bag's terms start from a pretrained model. */
export interface ModeledTermsOptions {
  /** The length of the model's part of a term's vector; the random part has length 1. @defaultValue 0.5 */
  readonly modelShare?: number;
  /** Called after each batch of terms that the model embedded. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export const MODELED_TERMS_OPTIONS: OptionNames<ModeledTermsOptions> = {
  modelShare: true,
  onProgress: true,
  signal: true,
};

/** Terms that go to the model at a time. */
const BATCH = 1024;

const embedTerms = async (
  model: VectorSource,
  terms: readonly string[],
  { onProgress = () => {}, signal }: ModeledTermsOptions,
): Promise<DenseMatrix> => {
  let vectors: DenseMatrix = { data: new Float32Array(0), rows: 0, columns: 0 };
  for (let start = 0; start < terms.length; start += BATCH) {
    signal?.throwIfAborted();
    const batch = terms.slice(start, start + BATCH);
    const part = await model.embed(batch, {
      role: 'document',
      ...(signal === undefined ? {} : { signal }),
    });
    if (part.rows !== batch.length || (start > 0 && part.columns !== vectors.columns)) {
      throw new TypeError(
        `${model.name} must return ${batch.length} rows of one length, received [${part.rows}, ${part.columns}]`,
      );
    }
    if (start === 0) {
      const { columns } = part;
      vectors = { data: new Float32Array(terms.length * columns), rows: terms.length, columns };
    }
    vectors.data.set(part.data, start * vectors.columns);
    onProgress(start + batch.length, terms.length);
  }
  return vectors;
};

/**
 * What a model says of each term alone, [V, D]: in its first principal axes, each row at the length `modelShare`. A
 * model with fewer than D numbers leaves the last at 0.
 *
 * @throws {RangeError} When `modelShare` is not a positive number.
 */
export const modeledTerms = async (
  model: VectorSource,
  terms: readonly string[],
  dimensions: number,
  options: ModeledTermsOptions,
): Promise<Float32Array> => {
  const { modelShare = 0.5 } = options;
  if (!(modelShare > 0 && Number.isFinite(modelShare)))
    throw new RangeError(`modelShare must be a positive number, received ${modelShare}`);
  const target = new Float32Array(terms.length * dimensions);
  if (terms.length === 0) return target;
  const { data, rows, columns } = principalCoordinates(await embedTerms(model, terms, options), dimensions);
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * columns, (row + 1) * columns);
    const length = Math.hypot(...own);
    if (length === 0) continue;
    for (let i = 0; i < columns; i++) target[row * dimensions + i] = (modelShare * own[i]!) / length;
  }
  return target;
};
