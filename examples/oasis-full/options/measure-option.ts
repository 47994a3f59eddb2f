import { InvalidArgumentError } from 'commander';
import { type Measure, parseMeasureName } from 'oasis-embed/metrics';

/** Adds a measure in any of its usual spellings to those before, at first to those given here. */
export const measureOption =
  (first: readonly Measure[]) =>
  (text: string, previous: readonly Measure[] = first): readonly Measure[] => {
    try {
      return [...previous, parseMeasureName(text)];
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
