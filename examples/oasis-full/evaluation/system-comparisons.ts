import { bootstrapInterval, holmCorrection, pairedRandomizationTest } from 'oasis-embed/metrics';
import type { ComparisonOnTask, Interval } from './evaluation-result.js';

/** Values of a system for each query or pair of a task, NaN where nothing is relevant. */
export interface SystemValues {
  readonly name: string;
  readonly perQuery: ArrayLike<number>;
}

export const intervalOf = (perQuery: ArrayLike<number>, seed: number): Interval => {
  const values = Array.from(perQuery).filter((value) => !Number.isNaN(value));
  if (values.length === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const { mean, low, high } = bootstrapInterval(values, { resamples: 2000, seed });
  return { value: mean, low, high };
};

/**
 * The last system of each task against each of the others, corrected over all tasks.
 *
 * @returns A list for each task.
 */
export const compareWithLast = (
  tasks: readonly (readonly SystemValues[])[],
  seed: number,
): readonly (readonly ComparisonOnTask[])[] => {
  const tests = tasks.flatMap((systems, t) => {
    const own = systems.at(-1)!.perQuery;
    const asked = Array.from(own, (_, query) => query).filter((query) => !Number.isNaN(own[query]!));
    if (asked.length === 0) return [];
    return systems.slice(0, -1).map(({ name, perQuery }) => ({
      t,
      against: name,
      ...pairedRandomizationTest(
        asked.map((query) => own[query]!),
        asked.map((query) => perQuery[query]!),
        { seed },
      ),
    }));
  });
  const adjusted = holmCorrection(tests.map(({ pValue }) => pValue));
  return tasks.map((_, t) =>
    tests.flatMap(({ t: of, against, difference }, i) =>
      of === t ? [{ against, difference, pValue: adjusted[i]! }] : [],
    ),
  );
};
