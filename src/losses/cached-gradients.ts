import * as tf from '@tensorflow/tfjs';
import { checkWholeNumber, type OptionNames } from '../numerics/index.js';
import { customGradient } from '../numerics/tensors/index.js';
import { type Chunk, checkChunkLimits, chunksOf } from './cached-chunks.js';
import { checkBoolean, checkObject, checkOptions, received, refuse } from './checks.js';
import { withReplayedRandom } from './replayed-random.js';

/** The sides of a batch by name, such as `queries` and `documents`: anything with a length. */
export type CachedBatch = Readonly<Record<string, { readonly length: number }>>;

/** How many rows {@link cachedGradients} encodes at a time. */
export interface CachedGradientsOptions {
  /** Rows encoded at a time, at most. @defaultValue as many as `tokenBudget` allows */
  readonly chunkSize?: number;
  /**
   * Tokens encoded at a time, at most: rows of a chunk times the longest of them, as padding makes it. A longer row is
   * encoded alone. Rows sorted by length make the fewest chunks. @defaultValue no limit
   */
  readonly tokenBudget?: number;
  /** Tokens of each row by side, [rows]; needed with `tokenBudget`. */
  readonly lengths?: Readonly<Record<string, ArrayLike<number>>>;
  /** @defaultValue all trainable variables */
  readonly variables?: readonly tf.Variable[];
  /** Of the random numbers within `encode`: the same seed draws the same masks. @defaultValue drawn anew each call */
  readonly seed?: number;
  /**
   * Compare the rows of both passes and throw where they differ: one small read of the device a call.
   * @defaultValue true, but false on WebGPU, which cannot be read at once
   */
  readonly checkReplay?: boolean;
}

export interface CachedGradients {
  readonly value: tf.Scalar;
  /** By the names of the variables, as tf.variableGrads returns them; absent where nothing depends on one. */
  readonly grads: tf.NamedTensorMap;
}

const CACHED_GRADIENTS_OPTIONS: OptionNames<CachedGradientsOptions> = {
  chunkSize: true,
  tokenBudget: true,
  lengths: true,
  variables: true,
  seed: true,
  checkReplay: true,
};

/** How far rows of the two passes may be apart, beside the largest of them: more than rounding, less than any mask. */
const REPLAY_TOLERANCE = 1e-3;

/**
 * The gradient of a loss over a whole batch in the memory of one chunk (GradCache): embeds chunk by chunk
 * without gradients, differentiates the loss with respect to all embeddings, then embeds each chunk again and
 * carries its part of that gradient on to the variables.
 *
 * ∂L/∂θ = Σ_chunks (∂L/∂E_chunk) · (∂E_chunk/∂θ)
 *
 * Exact for any loss of the embeddings, InfoNCE and CoSENT alike, at the cost of a second forward pass. Variables that
 * the loss uses by itself, such as a learnable temperature, get their gradients too.
 *
 * The encoder must give a chunk the same rows both times. Random numbers are replayed: while it encodes a chunk, its last
 * argument and Math.random, from which TensorFlow.js seeds dropout, run through the same numbers in both passes. Where
 * rows differ nevertheless, say by a counter that the encoder keeps, an error says so.
 *
 * @param encode Rows [from, to) of one side to embeddings [to − from, D]; each row must depend
 * only on its own input. Not asynchronous. The last argument gives random numbers in [0, 1).
 * @param batch The sides, passed through to `encode`; a side of length 0 is embedded once, as [0, D].
 * @param loss From the embeddings of all sides to a scalar.
 * @returns The loss and its gradients; the caller disposes of both.
 * @throws {TypeError|RangeError} When a limit is not a whole number above 0, there is no variable, a chunk comes back
 * with the wrong number of rows, or the loss is no scalar.
 * @throws Error When the encoder gives a chunk other rows the second time.
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
  encode: (
    inputs: Batch[keyof Batch],
    from: number,
    to: number,
    side: keyof Batch,
    random: () => number,
  ) => tf.Tensor2D,
  batch: Batch,
  loss: (embeddings: { readonly [Side in keyof Batch]: tf.Tensor2D }) => tf.Scalar,
  options: CachedGradientsOptions,
): CachedGradients => {
  checkObject('options', options);
  checkOptions('cachedGradients', options, CACHED_GRADIENTS_OPTIONS);
  const { variables = trainableVariables(), seed = Math.floor(Math.random() * 2 ** 53) } = options;
  const { checkReplay = tf.getBackend() !== 'webgpu' } = options;
  checkChunkLimits(options);
  checkVariables(variables);
  checkWholeNumber('seed', seed, -Number.MAX_SAFE_INTEGER);
  checkBoolean('checkReplay', checkReplay);
  checkObject('batch', batch);
  checkFunction('encode', encode);
  checkFunction('loss', loss);
  const sides = Object.keys(batch) as (keyof Batch & string)[];
  if (sides.length === 0) throw new RangeError('batch must have at least one side, received none');
  const encodeChunk = (side: keyof Batch & string, [from, to]: Chunk): tf.Tensor2D => {
    const rows: unknown = withReplayedRandom(seed, `${side} ${from}`, (random) =>
      encode(batch[side]!, from, to, side, random),
    );
    if (!(rows instanceof tf.Tensor && rows.rank === 2 && rows.shape[0] === to - from)) {
      const came = rows instanceof tf.Tensor ? `shape [${rows.shape.join(', ')}]` : received(rows);
      const Kind = rows instanceof tf.Tensor ? RangeError : TypeError;
      throw new Kind(`encode must return ${to - from} rows for ${side}, received ${came}`);
    }
    return rows as tf.Tensor2D;
  };
  return tf.tidy(() => {
    const chunks = sides.map((side) => chunksOf(side, batch[side]!.length, options));
    const embeddings = sides.map((side, s) => {
      const parts = chunks[s]!.map((chunk) => tf.tidy(() => encodeChunk(side, chunk).clone()));
      const joined = parts.length === 1 ? parts[0]! : tf.concat2d(parts, 0);
      if (parts.length > 1) tf.dispose(parts);
      return joined;
    });
    const bySide = Object.fromEntries(sides.map((side, s) => [side, embeddings[s]!])) as {
      [Side in keyof Batch]: tf.Tensor2D;
    };
    const scalarLoss = (): tf.Scalar => {
      const value: unknown = loss(bySide);
      if (value instanceof tf.Tensor && value.rank === 0) return value as tf.Scalar;
      const came = value instanceof tf.Tensor ? `shape [${value.shape.join(', ')}]` : received(value);
      throw new RangeError(`loss must return a scalar, received ${came}`);
    };
    const { value, grads } = tf
      .engine()
      .gradients(scalarLoss, [...embeddings, ...variables], undefined, true);
    const total: (tf.Tensor | undefined)[] = grads.slice(embeddings.length);
    const differences: { readonly where: string; readonly worst: tf.Scalar }[] = [];
    sides.forEach((side, s) => {
      const toEmbeddings = grads[s] as tf.Tensor2D | undefined;
      if (toEmbeddings === undefined) return;
      for (const chunk of chunks[s]!) {
        const rows = addChunk(total, variables, toEmbeddings, chunk, () => encodeChunk(side, chunk));
        if (checkReplay && rows.size > 0) {
          const worst = tf.tidy(() => relativeDifference(rows, rowsOf(embeddings[s]!, chunk)));
          differences.push({ where: `${side} [${chunk.join(', ')})`, worst });
        }
        rows.dispose();
      }
    });
    if (differences.length > 0) refuseOtherRows(differences);
    const named: tf.NamedTensorMap = {};
    variables.forEach((variable, i) => {
      if (total[i] !== undefined) named[variable.name] = total[i];
    });
    return { value: value as tf.Scalar, grads: named };
  });
};

const checkFunction = (name: string, value: unknown): void => {
  if (typeof value !== 'function') refuse(name, 'be a function', value, TypeError);
};

const checkVariables = (variables: readonly tf.Variable[]): void => {
  if (!Array.isArray(variables)) refuse('variables', 'be an array of variables', variables, TypeError);
  if (variables.length === 0)
    throw new RangeError('variables must hold at least one variable, received none');
  variables.forEach((variable: unknown, i) => {
    if (!(variable instanceof tf.Variable && !variable.isDisposed))
      refuse(`variables[${i}]`, 'be a tf.Variable', variable, TypeError);
  });
};

const rowsOf = (rows: tf.Tensor2D, [from, to]: Chunk): tf.Tensor2D =>
  tf.slice2d(rows, [from, 0], [to - from, rows.shape[1]]);

/** max |a − b| / max(1, max |b|) */
const relativeDifference = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Scalar =>
  tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.maximum(tf.max(tf.abs(b)), 1)) as tf.Scalar;

const refuseOtherRows = (
  differences: readonly { readonly where: string; readonly worst: tf.Scalar }[],
): void => {
  const worst = tf.tidy(() => tf.stack(differences.map((difference) => difference.worst)).dataSync());
  tf.dispose(differences.map((difference) => difference.worst));
  const at = worst.findIndex((difference) => difference > REPLAY_TOLERANCE);
  if (at < 0) return;
  throw new Error(
    `encode must give a chunk the same rows both times, received rows of ${differences[at]!.where} that differ by up to ` +
      `${worst[at]!.toPrecision(2)}: let all its randomness come from Math.random, from its last argument or from a seed`,
  );
};

const trainableVariables = (): tf.Variable[] =>
  Object.values(tf.engine().registeredVariables).filter((variable) => variable.trainable);

/** Adds ⟨∂L/∂E, ∂E/∂θ⟩ of one chunk to the running total. Returns the rows; nothing else is left behind. */
const addChunk = (
  total: (tf.Tensor | undefined)[],
  variables: readonly tf.Variable[],
  toEmbeddings: tf.Tensor2D,
  chunk: Chunk,
  encode: () => tf.Tensor2D,
): tf.Tensor2D => {
  const part = rowsOf(toEmbeddings, chunk);
  let rows: tf.Tensor2D | undefined;
  const pulled = () => {
    const encoded = encode();
    rows = tf.keep(encoded.clone());
    return carried(encoded, part);
  };
  const { value, grads } = tf.engine().gradients(pulled, [...variables], undefined, true);
  tf.dispose([value, part]);
  grads.forEach((grad: tf.Tensor | undefined, i) => {
    const sum = total[i];
    if (grad === undefined) return;
    total[i] = sum === undefined ? grad : tf.add(sum, grad);
    if (sum !== undefined) tf.dispose([sum, grad]);
  });
  return rows!;
};

/** ⟨rows, part⟩, which hands `part` on as the gradient of `rows`. */
const carried = (rows: tf.Tensor2D, part: tf.Tensor2D): tf.Scalar =>
  customGradient<tf.Scalar>([rows], () => ({
    value: tf.sum(tf.mul(rows, part)),
    saved: [part],
    gradient: (dy, [kept]) => [tf.mul(kept!, dy)],
  }));
