import { idField, type JsonRow } from './files/json-lines.js';
import { readTables } from './files/read-table.js';

/** What is relevant to what, and where a file says so. */
export interface QrelsTable {
  readonly qrels: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly qrelPlace: (query: string, document: string) => string;
}

const QUERY = ['query-id', 'query_id', 'qid'];
const DOCUMENT = ['corpus-id', 'corpus_id', 'doc-id', 'doc_id', 'docid'];
const GRADE = ['score', 'relevance', 'label'];

const pick = (row: JsonRow, names: readonly string[]): string =>
  names.find((name) => row.fields[name] !== undefined) ?? names[0]!;

const gradeOf = (row: JsonRow): number => {
  const value = row.fields[pick(row, GRADE)];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    const shown = value === undefined ? 'nothing' : JSON.stringify(value);
    throw new SyntaxError(`${row.place}: score must be a finite number, received ${shown}`);
  }
  return number;
};

/**
 * Reads judgements from columns for query, document and grade. A pair may be repeated with the same grade.
 *
 * @throws SyntaxError with file and line, or row.
 */
export const readQrelsTable = async (files: readonly string[]): Promise<QrelsTable> => {
  const qrels = new Map<string, Map<string, number>>();
  /** The places of each query's documents, in their order. */
  const places = new Map<string, string[]>();
  for await (const row of readTables(files, [...QUERY, ...DOCUMENT, ...GRADE])) {
    const query = idField(row, pick(row, QUERY));
    const document = idField(row, pick(row, DOCUMENT));
    const grade = gradeOf(row);
    const grades = qrels.get(query);
    const before = grades?.get(document);
    if (before === grade) continue;
    if (before !== undefined) {
      throw new SyntaxError(
        `${row.place}: document ${document} of query ${query} must have one score, received ${before} and ${grade}`,
      );
    }
    if (grades === undefined) {
      qrels.set(query, new Map([[document, grade]]));
      places.set(query, [row.place]);
    } else {
      grades.set(document, grade);
      places.get(query)!.push(row.place);
    }
  }
  return {
    qrels,
    qrelPlace: (query, document) => {
      const at = [...(qrels.get(query)?.keys() ?? [])].indexOf(document);
      return places.get(query)?.[at] ?? files[0]!;
    },
  };
};
