import { checkOptions, checkWholeNumber, type OptionNames } from '../numerics/index.js';

export type ScheduleShape = 'constant' | 'linear' | 'cosine';

/** The shape of a learning rate over the steps: a linear rise, then a fall. */
export interface ScheduleOptions {
  /** The highest rate. */
  readonly learningRate: number;
  /** Steps of linear rise from 0. */
  readonly warmUpSteps: number;
  readonly totalSteps: number;
  /** What follows the warm-up: the peak throughout, or a fall to 0 at `totalSteps`. */
  readonly shape: ScheduleShape;
}

const SHAPES: readonly string[] = ['constant', 'linear', 'cosine'];

const SCHEDULE_OPTIONS: OptionNames<ScheduleOptions> = {
  learningRate: true,
  warmUpSteps: true,
  totalSteps: true,
  shape: true,
};

/**
 * The learning rate of a step, counted from 0: (step + 1) / warmUpSteps of the peak while warming up, then constant,
 * linear or half a cosine down to 0.
 *
 * @throws {RangeError} When the step or a number of steps is not whole or negative, the rate negative, or the shape unknown.
 *
 * @example
 * ```ts
 * import { learningRateAt } from 'oasis-embed/training';
 *
 * const schedule = { learningRate: 0.001, warmUpSteps: 10, totalSteps: 100, shape: 'cosine' } as const;
 * console.log(learningRateAt(0, schedule), learningRateAt(55, schedule)); // 0.0001 0.0005
 * ```
 */
export const learningRateAt = (step: number, options: ScheduleOptions): number => {
  checkOptions('learningRateAt', options, SCHEDULE_OPTIONS);
  const { learningRate, warmUpSteps, totalSteps, shape } = options;
  checkWholeNumber('step', step, 0);
  checkWholeNumber('warmUpSteps', warmUpSteps, 0);
  checkWholeNumber('totalSteps', totalSteps, 0);
  if (!(Number.isFinite(learningRate) && learningRate >= 0))
    throw new RangeError(`learningRate must be finite and at least 0, received ${learningRate}`);
  if (!SHAPES.includes(shape))
    throw new RangeError(`shape must be one of ${SHAPES.join(', ')}, received ${shape}`);
  if (step < warmUpSteps) return (learningRate * (step + 1)) / warmUpSteps;
  if (shape === 'constant') return learningRate;
  const progress = Math.min((step - warmUpSteps) / Math.max(totalSteps - warmUpSteps, 1), 1);
  return learningRate * (shape === 'linear' ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress)));
};
