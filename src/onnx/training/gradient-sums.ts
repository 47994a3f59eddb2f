/** The gradients of a step, summed over its passes. */
export class GradientSums {
  readonly #sums = new Map<string, Float32Array>();
  readonly #spares = new Map<string, Float32Array>();
  readonly #touched = new Map<string, Set<number>>();
  readonly #widths: ReadonlyMap<string, number>;
  /** Weights whose sum holds something of this step; what stands in the others' arrays is old. */
  readonly #begun = new Set<string>();

  /** @param shapes Of the trained weights, by name. */
  constructor(shapes: ReadonlyMap<string, readonly number[]>) {
    this.#widths = new Map([...shapes].map(([name, shape]) => [name, shape[shape.length - 1]!]));
    for (const [name, shape] of shapes) {
      this.#sums.set(name, new Float32Array(shape.reduce((product, size) => product * size, 1)));
    }
  }

  of(name: string): Float32Array {
    return this.#sums.get(name)!;
  }

  /**
   * An array for a gradient that is then given to {@link GradientSums.add}: that of the sum itself for the first one of a
   * step, another for those that follow.
   */
  target(name: string): Float32Array {
    if (!this.#begun.has(name)) return this.of(name);
    const known = this.#spares.get(name) ?? new Float32Array(this.of(name).length);
    this.#spares.set(name, known);
    return known;
  }

  add(name: string, part: Float32Array): void {
    const sum = this.of(name);
    if (!this.#begun.has(name)) {
      this.#begun.add(name);
      if (part !== sum) sum.set(part);
      return;
    }
    for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]!;
  }

  addRows(name: string, places: BigInt64Array, rows: Float32Array): void {
    const sum = this.of(name);
    const width = this.#widths.get(name)!;
    const touched = this.#touched.get(name) ?? new Set();
    this.#touched.set(name, touched);
    places.forEach((place, i) => {
      const row = Number(place);
      touched.add(row);
      const [to, from] = [row * width, i * width];
      for (let j = 0; j < width; j++) sum[to + j] = sum[to + j]! + rows[from + j]!;
    });
  }

  /** Begins a step. Only the rows of tables that the last one touched are made zero: the other sums are written anew. */
  clear(): void {
    this.#begun.clear();
    for (const [name, touched] of this.#touched) {
      const width = this.#widths.get(name)!;
      for (const row of touched) this.of(name).fill(0, row * width, (row + 1) * width);
      touched.clear();
    }
  }

  /** Σ g², in double precision. Of tables only the rows that this step looked up are read: the others are zeros. */
  squaredNorm(): number {
    let sum = 0;
    for (const [name, gradient] of this.#sums) {
      const touched = this.#touched.get(name);
      if (touched === undefined || this.#begun.has(name)) {
        sum += squaredLength(gradient);
        continue;
      }
      const width = this.#widths.get(name)!;
      for (const row of touched) sum += squaredLength(gradient.subarray(row * width, (row + 1) * width));
    }
    return sum;
  }

  /** The first weight whose gradient is not finite. */
  firstNotFinite(): string | null {
    for (const [name, gradient] of this.#sums) {
      if (gradient.some((value) => !Number.isFinite(value))) return name;
    }
    return null;
  }
}

/** Four sums side by side: an addition need not wait for the one before it. */
const squaredLength = (values: Float32Array): number => {
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! * values[i]!;
    b += values[i + 1]! * values[i + 1]!;
    c += values[i + 2]! * values[i + 2]!;
    d += values[i + 3]! * values[i + 3]!;
  }
  for (let i = whole; i < values.length; i++) a += values[i]! * values[i]!;
  return a + b + (c + d);
};

/** @param weight Whose gradient it is; null where every number is finite and their squares alone are not. */
export const notFiniteError = (norm: number, weight: string | null, step: number): Error =>
  new Error(
    weight === null
      ? `the norm of the gradients is ${norm} at step ${step}`
      : `the gradient of ${weight} is not finite at step ${step}`,
  );
