/**
 * What is known of the curvature of a function that is to be made as large as possible: an estimate of the inverse of
 * its Hessian, negated, that each step makes better.
 *
 * @see Nocedal and Wright (2006), Numerical Optimization, section 6.1 (BFGS).
 */
export class InverseCurvature {
  readonly #size: number;
  readonly #matrix: Float64Array;

  constructor(size: number) {
    this.#size = size;
    this.#matrix = new Float64Array(size * size);
  }

  /** The same estimate, to learn from other steps. */
  copy(): InverseCurvature {
    const copy = new InverseCurvature(this.#size);
    copy.#matrix.set(this.#matrix);
    return copy;
  }

  /** Forgets all steps. */
  reset(diagonal: Float64Array): void {
    this.#matrix.fill(0);
    diagonal.forEach((value, i) => {
      this.#matrix[i * this.#size + i] = value;
    });
  }

  /** The step that the estimate proposes at a point with this gradient. */
  times(gradient: Float64Array, out: Float64Array): void {
    const size = this.#size;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += this.#matrix[i * size + j]! * gradient[j]!;
      out[i] = sum;
    }
  }

  /** Learns from a step along which the gradient fell by `fall`; a step along which it rose teaches nothing. */
  update(step: Float64Array, fall: Float64Array): void {
    const size = this.#size;
    const matrix = this.#matrix;
    const bent = new Float64Array(size);
    this.times(fall, bent);
    const along = dot(step, fall);
    if (!(along > 1e-12 * Math.sqrt(dot(step, step) * dot(fall, fall)))) return;
    const scale = (1 + dot(fall, bent) / along) / along;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        matrix[i * size + j]! +=
          scale * step[i]! * step[j]! - (bent[i]! * step[j]! + step[i]! * bent[j]!) / along;
      }
    }
  }
}

export const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
