import * as tf from '@tensorflow/tfjs';
import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { customGradient } from '../numerics/tensors/index.js';

/** The sides of a batch by name, such as `queries` and `documents`: anything with a length. */
export type CachedBatch = Readonly<Record<string, { readonly length: number }>>;

export interface CachedGradientsOptions {
  /** Rows encoded at a time. */
  readonly chunkSize: number;
  /** @defaultValue all trainable variables */
  readonly variables?: readonly tf.Variable[];
}

export interface CachedGradients {
  readonly value: tf.Scalar;
  /** By the names of the variables, as tf.variableGrads returns them; absent where nothing depends on one. */
  readonly grads: tf.NamedTensorMap;
}

const CACHED_GRADIENTS_OPTIONS: OptionNames<CachedGradientsOptions> = { chunkSize: true, variables: true };

/**
 * The gradient of a loss over a whole batch in the memory of one chunk (GradCache): embeds chunk by chunk
 * without gradients, differentiates the loss with respect to all embeddings, then embeds each chunk again and
 * carries its part of that gradient on to the variables.
 *
 * ∂L/∂θ = Σ_chunks (∂L/∂E_chunk) · (∂E_chunk/∂θ)
 *
 * Exact for any loss of the embeddings, InfoNCE and CoSENT alike, at the cost of a second forward pass. The
 * encoder must give a chunk the same rows both times: dropout has to be seeded by chunk. Variables that the
 * loss uses by itself, such as a learnable temperature, get their gradients too.
 *
 * @param encode Rows [from, to) of one side to embeddings [to − from, D]; each row must depend
 * only on its own input.
 * @param batch The sides, passed through to `encode`; a side of length 0 is embedded once, as [0, D].
 * @param loss From the embeddings of all sides to a scalar.
 * @returns The loss and its gradients; the caller disposes of both.
 * @throws {RangeError} When chunkSize is not a whole number above 0, a chunk comes back with the wrong number
 * of rows, or the loss is no scalar.
 *
 * Twice the forward time; memory for all embeddings and one chunk's activations.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { cachedGradients, infoNceLoss } from 'oasis-embed/losses';
 *
 * const weights = tf.variable(tf.eye(3));
 * const batch = { queries: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], documents: [[1, 1, 0], [0, 1, 1], [1, 0, 1]] };
 * const { value, grads } = cachedGradients(
 *   (rows, from, to) => tf.matMul(tf.tensor2d(rows.slice(from, to)), weights as tf.Tensor2D),
 *   batch,
 *   ({ queries, documents }) => infoNceLoss(queries, documents),
 *   { chunkSize: 2, variables: [weights] },
 * );
 * if (!(value.rank === 0 && grads[weights.name]!.shape[0] === 3)) throw new Error('a gradient for each variable');
 * tf.dispose([value, grads, weights]);
 * ```
 *
 * @see Gao et al., Scaling deep contrastive learning batch size under memory limited setup (2021), arXiv
 * 2101.06983.
 */
export const cachedGradients = <Batch extends CachedBatch>(
  encode: (inputs: Batch[keyof Batch], from: number, to: number, side: keyof Batch) => tf.Tensor2D,
  batch: Batch,
  loss: (embeddings: { readonly [Side in keyof Batch]: tf.Tensor2D }) => tf.Scalar,
  options: CachedGradientsOptions,
): CachedGradients => {
  checkOptions('cachedGradients', options, CACHED_GRADIENTS_OPTIONS);
  const { chunkSize, variables = trainableVariables() } = options;
  checkPositiveInteger('chunkSize', chunkSize);
  const sides = Object.keys(batch) as (keyof Batch)[];
  if (sides.length === 0) throw new RangeError('batch must have at least one side, received none');
  const encodeChunk = (side: keyof Batch, [from, to]: Chunk): tf.Tensor2D => {
    const rows = encode(batch[side]!, from, to, side);
    if (rows.rank !== 2 || rows.shape[0] !== to - from) {
      throw new RangeError(
        `encode must return ${to - from} rows for ${String(side)}, received shape [${rows.shape.join(', ')}]`,
      );
    }
    return rows;
  };
  return tf.tidy(() => {
    const chunks = sides.map((side) => chunksOf(batch[side]!.length, chunkSize));
    const embeddings = sides.map((side, s) => {
      const parts = chunks[s]!.map((chunk) => tf.tidy(() => encodeChunk(side, chunk).clone()));
      const joined = parts.length === 1 ? parts[0]! : tf.concat2d(parts, 0);
      if (parts.length > 1) tf.dispose(parts);
      return joined;
    });
    const bySide = Object.fromEntries(sides.map((side, s) => [side, embeddings[s]!])) as {
      [Side in keyof Batch]: tf.Tensor2D;
    };
    const { value, grads } = tf
      .engine()
      .gradients(() => loss(bySide), [...embeddings, ...variables], undefined, true);
    if (value.rank !== 0)
      throw new RangeError(`loss must return a scalar, received shape [${value.shape.join(', ')}]`);
    const total: (tf.Tensor | undefined)[] = grads.slice(embeddings.length);
    sides.forEach((side, s) => {
      const toEmbeddings = grads[s] as tf.Tensor2D | undefined;
      if (toEmbeddings === undefined) return;
      for (const chunk of chunks[s]!)
        addChunk(total, variables, toEmbeddings, chunk, () => encodeChunk(side, chunk));
    });
    const named: tf.NamedTensorMap = {};
    variables.forEach((variable, i) => {
      if (total[i] !== undefined) named[variable.name] = total[i];
    });
    return { value: value as tf.Scalar, grads: named };
  });
};

type Chunk = readonly [from: number, to: number];

const chunksOf = (length: number, chunkSize: number): Chunk[] =>
  Array.from({ length: Math.max(1, Math.ceil(length / chunkSize)) }, (_, i) => [
    i * chunkSize,
    Math.min(length, (i + 1) * chunkSize),
  ]);

const trainableVariables = (): tf.Variable[] =>
  Object.values(tf.engine().registeredVariables).filter((variable) => variable.trainable);

/** Adds ⟨∂L/∂E, ∂E/∂θ⟩ of one chunk to the running total, leaving nothing else behind. */
const addChunk = (
  total: (tf.Tensor | undefined)[],
  variables: readonly tf.Variable[],
  toEmbeddings: tf.Tensor2D,
  [from, to]: Chunk,
  encode: () => tf.Tensor2D,
): void => {
  const part = tf.slice2d(toEmbeddings, [from, 0], [to - from, toEmbeddings.shape[1]]);
  const { value, grads } = tf
    .engine()
    .gradients(() => carried(encode(), part), [...variables], undefined, true);
  tf.dispose([value, part]);
  grads.forEach((grad: tf.Tensor | undefined, i) => {
    const sum = total[i];
    if (grad === undefined) return;
    total[i] = sum === undefined ? grad : tf.add(sum, grad);
    if (sum !== undefined) tf.dispose([sum, grad]);
  });
};

/** ⟨rows, part⟩, which hands `part` on as the gradient of `rows`. */
const carried = (rows: tf.Tensor2D, part: tf.Tensor2D): tf.Scalar =>
  customGradient<tf.Scalar>([rows], () => ({
    value: tf.sum(tf.mul(rows, part)),
    saved: [part],
    gradient: (dy, [kept]) => [tf.mul(kept!, dy)],
  }));
