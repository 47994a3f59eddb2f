import { checkOptions, type OptionNames, readLines } from '../numerics/index.js';
import { compareCodePoints } from './ranks/compare-code-points.js';

/** Numbers by query id and document id, in the order of their first lines. */
export type TrecTable = Map<string, Map<string, number>>;

/** How errors in the text of a TREC file name it. */
export interface ParseTrecOptions {
  /**
   * The name of the file in error messages.
   * @defaultValue '<text>'
   */
  readonly file?: string;
}

/** How a line of qrels is read where its columns are ambiguous. */
export interface ReadQrelsOptions {
  /**
   * Which column holds the grade if lines have five: 5 if a stratum precedes it, as in the files of `sample_eval`; 4 if
   * something else follows it.
   * @defaultValue 4, in lines of four columns alone
   */
  readonly gradeColumn?: 4 | 5;
}

/** How the text of a qrels file is read. */
export interface ParseQrelsOptions extends ParseTrecOptions, ReadQrelsOptions {}

/** What a written run says beside ranks and scores. */
export interface FormatTrecRunOptions {
  /**
   * The name of the system, the last column.
   * @defaultValue 'oasis-embed'
   */
  readonly tag?: string;
}

const PARSE_TREC_OPTIONS: OptionNames<ParseTrecOptions> = { file: true };
const READ_QRELS_OPTIONS: OptionNames<ReadQrelsOptions> = { gradeColumn: true };
const PARSE_QRELS_OPTIONS: OptionNames<ParseQrelsOptions> = { ...PARSE_TREC_OPTIONS, ...READ_QRELS_OPTIONS };
const FORMAT_TREC_RUN_OPTIONS: OptionNames<FormatTrecRunOptions> = { tag: true };

interface TableForm {
  readonly columns: readonly string[];
  /** Which column holds the number. */
  readonly value: number;
  /** Whether columns after the last are part of it, as the tag of a run is the rest of its line. */
  readonly open: boolean;
}

const RUN: TableForm = { columns: ['qid', 'Q0', 'docno', 'rank', 'score', 'tag'], value: 4, open: true };
const QRELS: TableForm = { columns: ['topic', 'iter', 'docno', 'rel'], value: 3, open: false };
const STRATIFIED: TableForm = {
  columns: ['topic', 'iter', 'docno', 'stratum', 'rel'],
  value: 4,
  open: false,
};
const DOCUMENT = 2;

const qrelsForm = ({ gradeColumn }: ParseQrelsOptions): TableForm => {
  if (gradeColumn === undefined) return QRELS;
  if (gradeColumn === 4) return { ...QRELS, open: true };
  if (gradeColumn === 5) return STRATIFIED;
  throw new RangeError(`gradeColumn must be 4 or 5, received ${gradeColumn}`);
};

/** White space as C has it, and trec_eval with it: an id may hold a no-break or an ideographic space. */
const SPACE = /[ \t\n\v\f\r]+/;
const trim = (line: string): string => line.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');

/** Takes the lines of a file, one after the other, into a table. */
const createReader = (file: string, form: TableForm) => {
  const { columns, value, open } = form;
  const table: TrecTable = new Map();
  const read = (number: number, line: string): void => {
    const fields = trim(number === 1 ? line.replace(/^\uFEFF/, '') : line).split(SPACE);
    if (fields.length === 1 && fields[0] === '') return;
    const fits = fields.length === columns.length || (open && fields.length > columns.length);
    // An identifier may begin with `#` too: what reads as a row of a file is one.
    const isRow = fits && fields[0] !== '#' && /^Q?\d+$/i.test(fields[1]!) && fields[value] !== '';
    if (fields[0]!.startsWith('#') && !(isRow && Number.isFinite(Number(fields[value])))) return;
    const place = `${file}:${number}`;
    if (!fits) {
      const wanted = `${columns.length} columns (${columns.join(' ')})`;
      const hint =
        form === QRELS && fields.length === 5
          ? '; say with gradeColumn which of them, 4 or 5, is the grade'
          : '';
      throw new SyntaxError(`${place}: expected ${wanted}, received ${fields.length}${hint}`);
    }
    const query = fields[0]!;
    const id = fields[DOCUMENT]!;
    const read = Number(fields[value]);
    if (!Number.isFinite(read)) {
      throw new SyntaxError(`${place}: ${columns[value]} must be a finite number, received ${fields[value]}`);
    }
    let row = table.get(query);
    if (row === undefined) {
      row = new Map();
      table.set(query, row);
    }
    if (row.has(id)) throw new SyntaxError(`${place}: document ${id} appears twice for query ${query}`);
    row.set(id, read);
  };
  return { table, read };
};

const parseTable = (text: string, file: string, form: TableForm): TrecTable => {
  const { table, read } = createReader(file, form);
  text.split('\n').forEach((line, i) => {
    read(i + 1, line);
  });
  return table;
};

/** Line by line: the text of a run may be longer than a string can be. */
const readTable = async (path: string, form: TableForm): Promise<TrecTable> => {
  const { table, read } = createReader(path, form);
  for await (const [number, line] of readLines(path)) read(number, line);
  return table;
};

/**
 * Reads a TREC run, one `qid Q0 docno rank score tag` per line. As in trec_eval, the rank column is ignored and the tag
 * is the rest of the line.
 *
 * Blank lines are skipped, and so are comments: lines that begin with `#` and are no row. Columns are separated by ASCII
 * white space alone; see {@link decodeTrecId} for ids that hold some.
 *
 * @throws SyntaxError with file and line number for a line with other columns, a score that is not a finite
 * number, or a document that appears twice for a query. Time and memory O(n).
 *
 * @example
 * ```ts
 * import { parseTrecRun } from 'oasis-embed/metrics';
 * console.log(parseTrecRun('q1 Q0 d7 1 0.5 demo').get('q1')?.get('d7')); // 0.5
 * ```
 */
export const parseTrecRun = (text: string, options: ParseTrecOptions = {}): TrecTable => {
  checkOptions('parseTrecRun', options, PARSE_TREC_OPTIONS);
  return parseTable(text, options.file ?? '<text>', RUN);
};

/**
 * Reads TREC relevance judgments, one `topic iter docno rel` per line; comments as in {@link parseTrecRun}.
 *
 * @throws SyntaxError with file and line number, as {@link parseTrecRun} does, and for a line of five columns unless
 * `gradeColumn` says which one is the grade.
 *
 * @example
 * ```ts
 * import { parseQrels } from 'oasis-embed/metrics';
 * console.log(parseQrels('q1 0 d7 2').get('q1')?.get('d7')); // 2
 * ```
 */
export const parseQrels = (text: string, options: ParseQrelsOptions = {}): TrecTable => {
  checkOptions('parseQrels', options, PARSE_QRELS_OPTIONS);
  return parseTable(text, options.file ?? '<text>', qrelsForm(options));
};

const checkId = (id: string, name: string) => {
  if (id === '' || SPACE.test(id)) {
    throw new RangeError(
      `${name} must be neither empty nor hold white space, received ${JSON.stringify(id)}`,
    );
  }
};

const checkIds = (table: ReadonlyMap<string, ReadonlyMap<string, number>>) => {
  for (const [query, row] of table) {
    checkId(query, 'query id');
    for (const id of row.keys()) checkId(id, 'document id');
  }
};

/**
 * Writes a run in TREC format, documents by descending score and ties as trec_eval orders them, ranks from 1.
 *
 * @throws RangeError when an id or the tag is empty or holds white space.
 *
 * @example
 * ```ts
 * import { formatTrecRun } from 'oasis-embed/metrics';
 * console.log(formatTrecRun(new Map([['q1', new Map([['d7', 0.5]])]]))); // q1 Q0 d7 1 0.5 oasis-embed
 * ```
 */
export const formatTrecRun = (
  run: ReadonlyMap<string, ReadonlyMap<string, number>>,
  options: FormatTrecRunOptions = {},
): string => {
  checkOptions('formatTrecRun', options, FORMAT_TREC_RUN_OPTIONS);
  const { tag = 'oasis-embed' } = options;
  checkId(tag, 'tag');
  checkIds(run);
  const lines: string[] = [];
  for (const [query, row] of run) {
    const sorted = [...row].sort((a, b) => b[1] - a[1] || compareCodePoints(b[0], a[0]));
    sorted.forEach(([id, score], i) => {
      lines.push(`${query} Q0 ${id} ${i + 1} ${score} ${tag}\n`);
    });
  }
  return lines.join('');
};

/**
 * Writes relevance judgments in TREC format.
 *
 * @throws RangeError when an id is empty or holds white space.
 *
 * @example
 * ```ts
 * import { formatQrels } from 'oasis-embed/metrics';
 * console.log(formatQrels(new Map([['q1', new Map([['d7', 2]])]]))); // q1 0 d7 2
 * ```
 */
export const formatQrels = (qrels: ReadonlyMap<string, ReadonlyMap<string, number>>): string => {
  checkIds(qrels);
  return [...qrels]
    .flatMap(([query, row]) => [...row].map(([id, grade]) => `${query} 0 ${id} ${grade}\n`))
    .join('');
};

/**
 * Reads a run file of any length line by line, unpacking gzip; see {@link parseTrecRun}.
 *
 * @throws SyntaxError with file and line number for a malformed line.
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readTrecRun, writeTrecRun } from 'oasis-embed/metrics';
 * const path = join(mkdtempSync(join(tmpdir(), 'run-')), 'run.txt');
 * await writeTrecRun(path, new Map([['q1', new Map([['d7', 0.5]])]]));
 * console.log((await readTrecRun(path)).get('q1')?.get('d7')); // 0.5
 * ```
 */
export const readTrecRun = (path: string): Promise<TrecTable> => readTable(path, RUN);

/** Reads a qrels file, unpacking gzip; see {@link parseQrels}. */
export const readQrels = async (path: string, options: ReadQrelsOptions = {}): Promise<TrecTable> => {
  checkOptions('readQrels', options, READ_QRELS_OPTIONS);
  return readTable(path, qrelsForm(options));
};

/** Loads what writes files when one is written, so that bundles of the measures leave it out. */
const writeWhole = async (path: string, text: string): Promise<void> => {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  await writeFileAtomic(path, text);
};

/** Writes a run file, atomically; see {@link formatTrecRun}. */
export const writeTrecRun = async (
  path: string,
  run: ReadonlyMap<string, ReadonlyMap<string, number>>,
  options: FormatTrecRunOptions = {},
): Promise<void> => {
  checkOptions('writeTrecRun', options, FORMAT_TREC_RUN_OPTIONS);
  await writeWhole(path, formatTrecRun(run, options));
};

/** Writes a qrels file, atomically; see {@link formatQrels}. */
export const writeQrels = async (
  path: string,
  qrels: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Promise<void> => writeWhole(path, formatQrels(qrels));
