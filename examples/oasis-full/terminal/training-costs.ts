import type { TrainingProgress } from 'oasis-embed/training';

/** The first steps compile kernels and fill caches. */
const WARM_UP = 2;
/** Steps that the forecast is made of. */
const MEASURED = 3;

const duration = (seconds: number): string => {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(seconds / 3600).toFixed(1)} h`;
};

const short = (seconds: number): string => `${seconds.toPrecision(2)} s`;

/** Says what a training will take as soon as a few steps have shown it, and what it took and gave in the end. */
export const createTrainingCosts = (
  line: (text: string) => void,
  batchQueries: number,
  now: () => number = () => performance.now(),
) => {
  const started = now();
  let steps = 0;
  let from = started;
  return {
    onStep({ step, totalSteps }: Pick<TrainingProgress, 'step' | 'totalSteps'>) {
      steps++;
      if (steps === WARM_UP) from = now();
      if (steps !== WARM_UP + MEASURED || totalSteps - step < MEASURED) return;
      const each = (now() - from) / 1000 / MEASURED;
      line(
        `${totalSteps} steps of up to ${batchQueries} docstrings, ${short(each)} each here: about ` +
          `${duration(each * (totalSteps - step))} to go, evaluations aside`,
      );
    },
    /** @param scores On the validation set, from the untrained model on; none without one. */
    finish(scores: readonly number[], best: number | null) {
      const gain =
        best === null || scores.length === 0
          ? ''
          : `: validation MRR@1000 from ${scores[0]!.toFixed(4)} to ${best.toFixed(4)}`;
      const memory = `${(process.resourceUsage().maxRSS / 2 ** 20).toFixed(1)} GiB at the most`;
      line(`${steps} steps in ${duration((now() - started) / 1000)}, ${memory}${gain}`);
    },
  };
};
