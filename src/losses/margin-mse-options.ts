import type * as tf from '@tensorflow/tfjs';
import type { OptionNames } from '../numerics/index.js';
import {
  checkOneOf,
  checkWithin,
  type Ids,
  type Numbers,
  readIds,
  readMarks,
  readNumbers,
  readWeights,
} from './checks.js';
import type { Reduction } from './reduce-losses.js';

/** Which margins {@link marginMseLoss} compares. */
export interface MarginMseOptions {
  /** [P], ids: margins are taken between items of one group, such as the documents of one query. @defaultValue one group */
  readonly groups?: Ids;
  /**
   * [P], true or 1 where the document answers the query: margins between a positive and another item alone, as in
   * training triples. @defaultValue margins between every two items of a group
   */
  readonly positive?: ArrayLike<number | boolean> | tf.Tensor;
  /** [P], at least 0: the margin of items i and j weighs w_i · w_j. @defaultValue all 1 */
  readonly weights?: Numbers;
  /** Over margins: `mean` divides by the sum of their weights. @defaultValue 'mean' */
  readonly reduction?: Exclude<Reduction, 'none' | 'weighted'>;
}

export const MARGIN_MSE_OPTIONS: OptionNames<MarginMseOptions> = {
  groups: true,
  positive: true,
  weights: true,
  reduction: true,
};

/** Reads and checks the arguments of marginMseLoss that live on the host. */
export const readMarginMseArguments = (length: number, labels: Numbers, options: MarginMseOptions) => {
  const { reduction = 'mean' } = options;
  checkOneOf('reduction', reduction, ['mean', 'sum']);
  const values = readNumbers('labels', 'P', labels, length);
  // The square of a difference has to fit float32.
  checkWithin('labels', values, 1e15);
  const groups = readIds('groups', 'P', options.groups, length);
  const weights = readWeights(options.weights, 'P', length);
  const marks = options.positive === undefined ? undefined : readMarks('positive', options.positive, length);
  return {
    values,
    classes: classesOf(length, groups, marks, weights),
    byMark: marks !== undefined,
    reduction,
  };
};

/** Items by group and mark: class 2g holds the positives of group g, class 2g + 1 all its others. */
export interface Classes {
  /** [P] */
  readonly classOf: Int32Array;
  /** [P], beside the largest of them. */
  readonly weights: Float32Array;
  readonly unit: number;
  /** [2G], Σ of the weights of a class. */
  readonly mass: Float32Array;
  /** Σ of w_i · w_j over the margins. */
  readonly pairMass: number;
}

const classesOf = (
  length: number,
  groups: ArrayLike<number | string> | undefined,
  marks: ArrayLike<number | boolean> | undefined,
  weights: ArrayLike<number> | undefined,
): Classes => {
  const seen = new Map<number | string, number>();
  const classOf = Int32Array.from({ length }, (_, i) => {
    const id = groups?.[i] ?? 0;
    const group = seen.get(id) ?? seen.size;
    seen.set(id, group);
    return 2 * group + (marks?.[i] ? 0 : 1);
  });
  const unit = weights === undefined ? 1 : Array.from(weights).reduce((most, w) => Math.max(most, w), 0) || 1;
  const own = Float32Array.from({ length }, (_, i) => (weights?.[i] ?? 1) / unit);
  const mass = new Float32Array(2 * seen.size);
  let pairMass = 0;
  classOf.forEach((index, i) => {
    // By item, so that a group of one weighs exactly nothing.
    pairMass += own[i]! * mass[marks === undefined ? index : index ^ 1]!;
    mass[index]! += own[i]!;
  });
  return { classOf, weights: own, unit, mass, pairMass };
};
