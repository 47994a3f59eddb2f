import { checkOptions, type OptionNames } from '../numerics/index.js';
import { meanAndDeviation } from './figures/index.js';
import { formatDifference, formatMeasure } from './number-format.js';
import type { AblationReport, EvaluationReport } from './report-data.js';

/** One column of {@link terminalTable}. */
export interface TerminalColumn {
  readonly label: string;
  /** Right-aligned; the best cell may be marked. @defaultValue false */
  readonly numeric?: boolean;
}

/** One cell of {@link terminalTable}. */
export interface TerminalCell {
  readonly text: string;
  /** What to compare; the cell with the largest value of its column is marked. */
  readonly value?: number;
}

/** Options of {@link terminalTable}. */
export interface TerminalTableOptions {
  readonly columns: readonly TerminalColumn[];
  readonly rows: readonly (readonly (string | TerminalCell)[])[];
  /** Stands behind the best value of a numeric column, and as many blanks behind the others. @defaultValue '*' */
  readonly bestMark?: string;
}

const TERMINAL_TABLE_OPTIONS: OptionNames<TerminalTableOptions> = {
  columns: true,
  rows: true,
  bestMark: true,
};

/**
 * A table in plain text: columns aligned, a rule under the head, the best value of each column marked.
 *
 * Widths count characters as terminals show them: combining marks take none, East Asian wide characters and
 * emoji two. Control characters, which could rewrite a terminal's screen, become `�`.
 *
 * @returns Lines joined by `\n`, without trailing blanks and without a last line break.
 * @throws RangeError when a row has not as many cells as there are columns.
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
  const { columns, bestMark = '*' } = options;
  const rows = options.rows.map((row, i) => {
    if (row.length !== columns.length) {
      throw new RangeError(
        `rows[${i}] must have as many cells as columns = [${columns.length}], received [${row.length}]`,
      );
    }
    return row.map(
      (cell): TerminalCell =>
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

/** Systems by measures, times one hundred, the best of each column marked. */
export const metricsTable = (evaluation: Pick<EvaluationReport, 'measures' | 'systems'>): string =>
  terminalTable({
    columns: [{ label: 'System' }, ...evaluation.measures.map((label) => ({ label, numeric: true }))],
    rows: evaluation.systems.map((system) => [
      system.name,
      ...evaluation.measures.map((measure) => {
        const value = system.measures[measure]?.value;
        return value === undefined ? '–' : { text: formatMeasure(value), value };
      }),
    ]),
  });

/** The paper's ablation table: a row per variant, mean ± standard deviation over seeds, distance from the full recipe. */
export const ablationTable = (ablation: Pick<AblationReport, 'measure' | 'rows'>): string => {
  const rows = ablation.rows.map((row) => {
    const values = row.values.filter(Number.isFinite);
    return { ...row, values, ...meanAndDeviation(values) };
  });
  const full = rows.find((row) => row.full && row.values.length > 0);
  return terminalTable({
    columns: [
      { label: 'Variant' },
      { label: ablation.measure, numeric: true },
      { label: '±', numeric: true },
      { label: 'Δ full', numeric: true },
      { label: 'Seeds', numeric: true },
    ],
    rows: rows.map((row) =>
      row.values.length === 0
        ? [row.name, '–', '', '', '0']
        : [
            row.name,
            { text: formatMeasure(row.mean), value: row.mean },
            row.values.length > 1 ? formatMeasure(row.deviation) : '',
            full && row !== full ? formatDifference(row.mean - full.mean) : '',
            String(row.values.length),
          ],
    ),
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
