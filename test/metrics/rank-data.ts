import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';

/** A step to the next float32. */
const nudge = (value: number, steps: number) => {
  const bits = new Int32Array(1);
  const floats = new Float32Array(bits.buffer);
  floats[0] = value;
  bits[0]! += steps;
  return floats[0]!;
};

/**
 * Vectors of which many are equal, and many differ in one place by one unit in the last: their scores differ by less
 * than float32 can tell.
 */
export const crowded = (rows: number, columns: number, seed: number, scale = 1): DenseMatrix => {
  const random = createRandom(seed, 'crowded');
  const kinds = Array.from({ length: 3 }, () =>
    Float32Array.from({ length: columns }, () => scale * random.normal()),
  );
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    data.set(kinds[random.below(3)]!, row * columns);
    if (random.uniform() < 0.5) {
      const at = row * columns + random.below(columns);
      data[at] = nudge(data[at]!, random.below(3) - 1);
    }
  }
  return { rows, columns, data };
};

/** Vectors near to one of some others, at random. */
export const grouped = (
  rows: number,
  columns: number,
  groups: number,
  noise: number,
  seed: number,
): DenseMatrix => {
  const random = createRandom(seed, 'grouped');
  const centers = Array.from({ length: groups }, () =>
    Float32Array.from({ length: columns }, () => random.normal()),
  );
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const center = centers[random.below(groups)]!;
    for (let t = 0; t < columns; t++) data[row * columns + t] = center[t]! * (1 + noise * random.normal());
  }
  return { rows, columns, data };
};
