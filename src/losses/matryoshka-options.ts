import type { OptionNames } from '../numerics/index.js';
import { checkLength, checkWeights } from './checks.js';

export interface MatryoshkaOptions {
  /** Leading widths to train, each at most D. */
  readonly dimensions: readonly number[];
  /** One per width. @defaultValue all 1 */
  readonly weights?: ArrayLike<number>;
  /** Scale each truncated row to length 1 again; zero rows stay zero. @defaultValue true */
  readonly unitLength?: boolean;
}

export const MATRYOSHKA_OPTIONS: OptionNames<MatryoshkaOptions> = {
  dimensions: true,
  weights: true,
  unitLength: true,
};

/** Widths in [1, D], and a weight for each. */
export const checkMatryoshkaOptions = ({ dimensions, weights }: MatryoshkaOptions, width: number): void => {
  if (dimensions.length === 0) throw new RangeError('dimensions must name at least one width, received none');
  for (const dimension of dimensions) {
    if (!(Number.isInteger(dimension) && dimension >= 1 && dimension <= width)) {
      throw new RangeError(
        `dimensions must be whole numbers in [1, D] = [1, ${width}], received ${dimension}`,
      );
    }
  }
  if (weights !== undefined) {
    checkLength('weights', 'dimensions', weights, dimensions.length);
    checkWeights('weights', weights);
  }
};
