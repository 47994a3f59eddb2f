import type { AblationResult } from '../../../examples/oasis-full/pipeline/ablation/summarize-ablation.js';

const percent = (value: number): string => (100 * value).toFixed(2);
const signed = (value: number): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : '±'}${percent(Math.abs(value))}`;

/** Quantiles of the normal distribution: 97.5% for the interval, 97.5% and 80% for four of five experiments to find it. */
const INTERVAL = 2 * 1.96;
const POWER = 1.96 + 0.842;

/** The rows of a table in bench/RESULTS.md; the last column is the difference that would have been seen in four of five experiments. */
export const ablationRecord = ({ measure, rows }: AblationResult, first: string) => ({
  columns: [first, measure, '± seeds', 'against the first row', 'its interval', 'p', 'would have been seen'],
  rows: rows.map(({ name, mean, deviation, difference, pValue }) => [
    name,
    percent(mean),
    percent(deviation),
    difference === null ? '' : signed(difference.value),
    difference === null ? '' : `${signed(difference.low)} to ${signed(difference.high)}`,
    pValue === undefined ? '' : pValue < 0.001 ? '< 0.001' : pValue.toFixed(3),
    difference === null ? '' : percent(((difference.high - difference.low) / INTERVAL) * POWER),
  ]),
});
