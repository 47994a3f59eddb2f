import type { AblationRow } from './stages/ablation.js';
import { MEASURES, type SystemResult } from './systems.js';

/** Columns as wide as their widest cell: the first to the left, numbers to the right. */
const align = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
    )
    .join('\n');
};

const percent = (value: number): string => (100 * value).toFixed(2);

/** Systems by measures in percent, as the paper prints them; the best of a column carries a star. */
export const metricsTable = (systems: readonly SystemResult[]): string => {
  const names = Object.keys(MEASURES);
  const best = names.map((name) => Math.max(...systems.map(({ measures }) => measures[name]!.value)));
  return align([
    ['', ...names],
    ...systems.map(({ name, measures }) => [
      name,
      ...names.map(
        (measure, i) =>
          `${measures[measure]!.value === best[i] ? '*' : ''}${percent(measures[measure]!.value)}`,
      ),
    ]),
  ]);
};

/** The paper's ablation: mean over seeds, with the sample standard deviation. */
export const ablationTable = (rows: readonly AblationRow[], measure: string): string =>
  align([
    ['ablation', measure, '±', 'seeds'],
    ...rows.map(({ name, values }) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance =
        values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
      return [name, percent(mean), percent(Math.sqrt(variance)), String(values.length)];
    }),
  ]);
