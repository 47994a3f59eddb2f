import type { StepRecord } from './training-records.js';

/** The progress and speed of training; read from a clock, and therefore not part of the result. */
export interface TrainingProgress {
  /** Steps done. */
  readonly step: number;
  readonly totalSteps: number;
  /** Over the last steps of this process. */
  readonly stepsPerSecond: number;
  readonly pairsPerSecond: number;
  /** Until the last epoch ends, evaluations included as they have been so far. */
  readonly secondsLeft: number;
}

/** Steps that the rate looks back on. */
const WINDOW = 50;

export const createProgressMeter = (firstStep: number, totalSteps: number, now = () => performance.now()) => {
  const stamps: { readonly time: number; readonly pairs: number }[] = [{ time: now(), pairs: 0 }];
  let step = firstStep;
  let allPairs = 0;
  return {
    advance(pairs: number): TrainingProgress {
      step++;
      allPairs += pairs;
      stamps.push({ time: now(), pairs: allPairs });
      if (stamps.length > WINDOW + 1) stamps.shift();
      const [first, last] = [stamps[0]!, stamps[stamps.length - 1]!];
      const seconds = Math.max((last.time - first.time) / 1000, 1e-9);
      const stepsPerSecond = (stamps.length - 1) / seconds;
      return {
        step,
        totalSteps,
        stepsPerSecond,
        pairsPerSecond: (last.pairs - first.pairs) / seconds,
        secondsLeft: (totalSteps - step) / stepsPerSecond,
      };
    },
  };
};

const duration = (seconds: number): string => {
  const whole = Math.ceil(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h > 0 ? `${h} h ${m} min` : m > 0 ? `${m} min ${s} s` : `${s} s`;
};

/**
 * One readable line: the progress of training, its speed and the time left.
 *
 * @example
 * ```ts
 * import { formatProgress } from 'oasis-embed/training';
 *
 * const record = { step: 11, epoch: 0, loss: 1.5, infoNce: 1.4, cosent: 6, learningRate: 0.001, gradientNorm: 2 };
 * const progress = { step: 12, totalSteps: 300, stepsPerSecond: 3, pairsPerSecond: 960, secondsLeft: 96 };
 * console.log(formatProgress(record, progress));
 * // step 12 of 300 · loss 1.5000 · 3.00 steps/s · 960 pairs/s · 1 min 36 s left
 * ```
 */
export const formatProgress = (record: StepRecord, progress: TrainingProgress): string =>
  [
    `step ${progress.step} of ${progress.totalSteps}`,
    `loss ${record.loss.toFixed(4)}`,
    `${progress.stepsPerSecond.toFixed(2)} steps/s`,
    `${progress.pairsPerSecond.toFixed(0)} pairs/s`,
    `${duration(progress.secondsLeft)} left`,
  ].join(' · ');
