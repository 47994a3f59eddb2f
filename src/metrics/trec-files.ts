import { open } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { compareCodePoints } from './ranks/relevant-ranks.js';

/** Numbers by query id and document id, in the order of their first lines. */
export type TrecTable = Map<string, Map<string, number>>;

export interface ParseTrecOptions {
  /**
   * The name of the file in error messages.
   * @defaultValue '<text>'
   */
  readonly file?: string;
}

export interface FormatTrecRunOptions {
  /**
   * The name of the system, the last column.
   * @defaultValue 'oasis-embed'
   */
  readonly tag?: string;
}

interface TableForm {
  readonly columns: readonly string[];
  /** Which columns hold the document and the number. */
  readonly document: number;
  readonly value: number;
}

const RUN: TableForm = {
  columns: ['qid', 'Q0', 'docno', 'rank', 'score', 'tag'],
  document: 2,
  value: 4,
};
const QRELS: TableForm = { columns: ['topic', 'iter', 'docno', 'rel'], document: 2, value: 3 };

/** Takes the lines of a file, one after the other, into a table. */
const createReader = (file: string, { columns, document, value }: TableForm) => {
  const table: TrecTable = new Map();
  let number = 0;
  const read = (line: string): void => {
    number += 1;
    const fields = (number === 1 ? line.replace(/^\uFEFF/, '') : line).trim().split(/\s+/);
    if (fields.length === 1 && fields[0] === '') return;
    // An identifier may begin with `#` too: what reads as a row is one.
    const isRow = fields.length === columns.length && Number.isFinite(Number(fields[value]));
    if (!isRow && fields[0]!.startsWith('#')) return;
    const place = `${file}:${number}`;
    if (fields.length !== columns.length) {
      const wanted = `${columns.length} columns (${columns.join(' ')})`;
      throw new SyntaxError(`${place}: expected ${wanted}, received ${fields.length}`);
    }
    const query = fields[0]!;
    const id = fields[document]!;
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
  for (const line of text.split('\n')) read(line);
  return table;
};

/** Line by line: the text of a run may be longer than a string can be. */
const readTable = async (path: string, form: TableForm): Promise<TrecTable> => {
  const { table, read } = createReader(path, form);
  const file = await open(path);
  try {
    for await (const line of file.readLines()) read(line);
  } finally {
    await file.close();
  }
  return table;
};

/**
 * Reads a TREC run, `qid Q0 docno rank score tag` a line; the rank column is ignored, as trec_eval ignores it.
 *
 * Blank lines are skipped, and comments: lines that begin with `#` and are no row.
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
export const parseTrecRun = (text: string, options: ParseTrecOptions = {}): TrecTable =>
  parseTable(text, options.file ?? '<text>', RUN);

/**
 * Reads TREC relevance judgements, `topic iter docno rel` a line.
 *
 * @throws SyntaxError with file and line number, as {@link parseTrecRun} does.
 *
 * @example
 * ```ts
 * import { parseQrels } from 'oasis-embed/metrics';
 * console.log(parseQrels('q1 0 d7 2').get('q1')?.get('d7')); // 2
 * ```
 */
export const parseQrels = (text: string, options: ParseTrecOptions = {}): TrecTable =>
  parseTable(text, options.file ?? '<text>', QRELS);

const checkId = (id: string, name: string) => {
  if (!/^\S+$/.test(id)) {
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
 * Writes a run in TREC form, documents by descending score and ties as trec_eval orders them, ranks from 1.
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
 * Writes relevance judgements in TREC form.
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
 * Reads a run file of any length, a line at a time; see {@link parseTrecRun}.
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

/** Reads a qrels file; see {@link parseQrels}. */
export const readQrels = (path: string): Promise<TrecTable> => readTable(path, QRELS);

/** Writes a run file, whole or not at all; see {@link formatTrecRun}. */
export const writeTrecRun = async (
  path: string,
  run: ReadonlyMap<string, ReadonlyMap<string, number>>,
  options: FormatTrecRunOptions = {},
): Promise<void> => writeFileAtomic(path, formatTrecRun(run, options));

/** Writes a qrels file, whole or not at all; see {@link formatQrels}. */
export const writeQrels = async (
  path: string,
  qrels: ReadonlyMap<string, ReadonlyMap<string, number>>,
): Promise<void> => writeFileAtomic(path, formatQrels(qrels));
