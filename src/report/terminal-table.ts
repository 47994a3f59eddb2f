import { checkOptions, type OptionNames } from '../numerics/index.js';
import { formatMeasure } from './number-format.js';
import type { EvaluationReport } from './report-data.js';
import { SIGNIFICANCE_MARKS, significanceOf } from './significance.js';

/** Options of {@link terminalTable}. */
export interface TerminalTableOptions {
  /** A numeric column is right-aligned, and its best cell is marked. */
  readonly columns: readonly { readonly label: string; readonly numeric?: boolean }[];
  /** One cell per column: a text, or a text with the value that the best cell is chosen by. */
  readonly rows: readonly (readonly (string | { readonly text: string; readonly value?: number })[])[];
  /** Follows the largest value of each column. @defaultValue '◂'; an asterisk would read as significance */
  readonly bestMark?: string;
}

const TERMINAL_TABLE_OPTIONS: OptionNames<TerminalTableOptions> = {
  columns: true,
  rows: true,
  bestMark: true,
};

/**
 * A plain-text table with aligned columns, a rule under the header, and the best value of each numeric column marked.
 *
 * Widths are those of a terminal: combining marks take no column, East Asian wide characters and emoji take two.
 * Control characters, which could rewrite the screen, become `�`.
 *
 * @returns Lines joined by `\n`, without trailing blanks or a final line break.
 * @throws RangeError when a row does not have one cell per column.
 * @example
 * ```ts
 * import { terminalTable } from 'oasis-embed/report';
 *
 * console.log(terminalTable({
 *   columns: [{ label: 'System' }, { label: 'MRR', numeric: true }],
 *   rows: [['BM25', { text: '53.12', value: 0.5312 }], ['trained', { text: '58.74', value: 0.5874 }]],
 * }));
 * ```
 */
export const terminalTable = (options: TerminalTableOptions): string => {
  checkOptions('terminalTable', options, TERMINAL_TABLE_OPTIONS);
  const { columns, bestMark = '◂' } = options;
  const rows = options.rows.map((row, i) => {
    if (row.length !== columns.length) {
      throw new RangeError(
        `rows[${i}] must have as many cells as columns = [${columns.length}], received [${row.length}]`,
      );
    }
    return row.map((cell): { text: string; value?: number } =>
      typeof cell === 'string' ? { text: printable(cell) } : { ...cell, text: printable(cell.text) },
    );
  });
  const texts = columns.map((column, c) => {
    const values = rows.map((row) => row[c]?.value ?? Number.NaN).filter(Number.isFinite);
    // A mark that every value bears says nothing.
    const best = new Set(values).size > 1 ? Math.max(...values) : Number.NaN;
    const blank = Number.isNaN(best) ? '' : ' '.repeat(displayWidth(bestMark));
    const label = printable(column.label);
    return [
      label + blank,
      ...rows.map((row) => `${row[c]?.text ?? ''}${row[c]?.value === best ? bestMark : blank}`),
    ];
  });
  const widths = texts.map((column) => Math.max(...column.map(displayWidth)));
  const line = (r: number) =>
    texts
      .map((column, c) => pad(column[r] ?? '', widths[c] ?? 0, columns[c]?.numeric === true))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [line(0), rule, ...rows.map((_, r) => line(r + 1))].join('\n');
};

/**
 * Systems by measures in percent, the best of each column marked; a missing measure is a dash. What the
 * tests of `comparisons` show is marked too: ▾ and ▴ behind the values of systems that are significantly worse and better than
 * the one they were tested against.
 *
 * @returns Lines joined by `\n`, as {@link terminalTable} gives them.
 * @example
 * ```ts
 * import { metricsTable } from 'oasis-embed/report';
 *
 * const table = metricsTable({
 *   measures: ['MRR'],
 *   systems: [
 *     { name: 'BM25', measures: { MRR: { value: 0.5312 } } },
 *     { name: 'trained', measures: { MRR: { value: 0.5874 } } },
 *   ],
 * });
 * console.log(table.split('\n').at(-1)); // trained  58.74◂
 * ```
 */
export const metricsTable = (
  evaluation: Pick<EvaluationReport, 'measures' | 'systems' | 'comparisons'>,
): string => {
  const significance = significanceOf(evaluation);
  const marked = evaluation.measures.filter((measure) =>
    evaluation.systems.some(({ name }) => significance(name, measure) !== null),
  );
  return terminalTable({
    columns: [{ label: 'System' }, ...evaluation.measures.map((label) => ({ label, numeric: true }))],
    rows: evaluation.systems.map((system) => [
      system.name,
      ...evaluation.measures.map((measure) => {
        const value = system.measures[measure]?.value;
        if (value === undefined) return '–';
        const found = significance(system.name, measure);
        const mark = found === null ? (marked.includes(measure) ? ' ' : '') : SIGNIFICANCE_MARKS[found];
        return { text: `${formatMeasure(value)}${mark}`, value };
      }),
    ]),
  });
};

// Tabs and line breaks are controls too: a cell is one line.
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
  /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

const printable = (text: string): string => text.replace(controls, '\ufffd');

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

const displayWidth = (text: string): number => {
  let width = 0;
  for (const character of text.normalize('NFC')) {
    if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) continue;
    width += wide.test(character) ? 2 : 1;
  }
  return width;
};

const pad = (text: string, width: number, right: boolean): string => {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? blanks + text : text + blanks;
};
