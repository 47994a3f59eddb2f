import type { DenseMatrix } from '../numerics/index.js';
import { ModelError } from './model-error.js';
import type { TokenUsage } from './models.js';
import { property, readUsage } from './open-ai-chat.js';

/**
 * Reads the answer of `embeddings`: rows in the order of `index`, as floats or as base64 of little-endian
 * float32, whichever the service sends.
 *
 * @param json The parsed answer.
 * @param count How many texts were sent.
 * @param dimensions The size a vector must have, or null when any (equal) size will do.
 * @throws ModelError of kind `malformed`: a missing, repeated or surplus row, unequal sizes, a value that is
 * not finite.
 */
export const readEmbeddings = (
  json: unknown,
  count: number,
  dimensions: number | null,
): { readonly vectors: DenseMatrix; readonly usage: TokenUsage | null } => {
  const data = property(json, 'data');
  if (!Array.isArray(data)) throw new ModelError('malformed', 'the answer has no data array');
  if (data.length !== count) {
    throw new ModelError('malformed', `the answer has ${data.length} vectors for ${count} texts`);
  }
  let columns = dimensions;
  let values = columns === null ? null : new Float32Array(count * columns);
  const seen = new Uint8Array(count);
  data.forEach((item: unknown, position) => {
    const index = property(item, 'index') ?? position;
    if (!(Number.isInteger(index) && (index as number) >= 0 && (index as number) < count)) {
      throw new ModelError(
        'malformed',
        `data[${position}].index must be in [0, ${count}), received ${index}`,
      );
    }
    const row = index as number;
    if (seen[row] === 1) throw new ModelError('malformed', `the answer has two vectors with index ${row}`);
    seen[row] = 1;
    const vector = readVector(property(item, 'embedding'), row);
    columns ??= vector.length;
    values ??= new Float32Array(count * columns);
    if (vector.length !== columns || columns === 0) {
      throw new ModelError('malformed', `vector ${row} has ${vector.length} dimensions, expected ${columns}`);
    }
    for (let i = 0; i < columns; i++) {
      const value = vector[i];
      // What float32 cannot hold would become Infinity.
      if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
        throw new ModelError('malformed', `vector ${row} holds ${String(value)} at ${i}`);
      }
      values[row * columns + i] = value;
    }
  });
  return {
    vectors: { data: values ?? new Float32Array(0), rows: count, columns: columns ?? 0 },
    usage: readUsage(property(json, 'usage')),
  };
};

const readVector = (embedding: unknown, row: number): ArrayLike<unknown> => {
  if (Array.isArray(embedding)) return embedding;
  if (typeof embedding !== 'string') {
    throw new ModelError('malformed', `vector ${row} is neither a list nor base64`);
  }
  const bytes = Buffer.from(embedding, 'base64');
  if (bytes.length % 4 !== 0 || bytes.length === 0) {
    throw new ModelError('malformed', `vector ${row} has ${bytes.length} bytes, no multiple of 4`);
  }
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
};
