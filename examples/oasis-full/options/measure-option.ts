import { InvalidArgumentError } from 'commander';
import { type Measure, parseMeasureName } from 'oasis-embed/metrics';

/** Adds a measure in any of its usual spellings to those before. */
export const measureOption = (text: string, previous: readonly Measure[] | undefined): readonly Measure[] => {
  try {
    return [...(previous ?? []), parseMeasureName(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};
