import { InvalidArgumentError } from 'commander';

export interface NumberRule {
  readonly integer?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  /** The bound itself is not allowed. */
  readonly above?: number;
  readonly below?: number;
}

const describe = ({ integer, minimum, maximum, above, below }: NumberRule): string => {
  const bounds = [
    minimum === undefined ? '' : `≥ ${minimum}`,
    maximum === undefined ? '' : `≤ ${maximum}`,
    above === undefined ? '' : `> ${above}`,
    below === undefined ? '' : `< ${below}`,
  ].filter((bound) => bound !== '');
  return `${integer === true ? 'a whole number' : 'a number'} ${bounds.join(' and ')}`.trim();
};

/** A commander argument parser for numbers: what it refuses, it names with the expected range. */
export const numberOption =
  (rule: NumberRule) =>
  (text: string): number => {
    const value = Number(text);
    const fits =
      text.trim() !== '' &&
      Number.isFinite(value) &&
      (rule.integer !== true || Number.isSafeInteger(value)) &&
      (rule.minimum === undefined || value >= rule.minimum) &&
      (rule.maximum === undefined || value <= rule.maximum) &&
      (rule.above === undefined || value > rule.above) &&
      (rule.below === undefined || value < rule.below);
    if (!fits) throw new InvalidArgumentError(`Expected ${describe(rule)}, received ${text}.`);
    return value;
  };
