import { basename, resolve } from 'node:path';
import { checkOptions, readLines } from '../numerics/index.js';
import { findDataFile, idField, type JsonRow, readJsonLines, stringField } from './json-lines.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

export interface LoadBeirOptions {
  /**
   * The qrels to read, `qrels/<split>.tsv`.
   * @defaultValue 'test'
   */
  readonly split?: string;
  /**
   * Whether documents whose id is the query's are left out, as BEIR does where queries are documents (ArguAna, Quora).
   * @defaultValue true, unless the qrels themselves name a document with its query's id
   */
  readonly ignoreIdenticalIds?: boolean;
  /**
   * Whether a document is its title and text, as in BEIR, or its text alone, as in CoIR's published results.
   * @defaultValue 'join'
   */
  readonly titles?: 'join' | 'omit';
}

const readBeirQrels = async (path: string) => {
  const qrels = new Map<string, Map<string, number>>();
  /** The lines of each query, in the order of its documents. */
  const lines = new Map<string, number[]>();
  for await (const [number, line] of readLines(path)) {
    if (number === 1 || line.trim() === '') continue;
    const fields = line.split('\t');
    const place = `${path}:${number}`;
    if (fields.length !== 3) {
      throw new SyntaxError(
        `${place}: expected 3 tab-separated columns (query-id corpus-id score), received ${fields.length}`,
      );
    }
    const [query, document, grade] = fields as [string, string, string];
    const value = Number(grade);
    if (grade.trim() === '' || !Number.isFinite(value)) {
      throw new SyntaxError(`${place}: score must be a finite number, received ${JSON.stringify(grade)}`);
    }
    const row = qrels.get(query) ?? new Map<string, number>();
    if (row.has(document))
      throw new SyntaxError(`${place}: document ${document} appears twice for query ${query}`);
    qrels.set(query, row.set(document, value));
    const places = lines.get(query);
    if (places === undefined) lines.set(query, [number]);
    else places.push(number);
  }
  const qrelPlace = (query: string, document: string): string => {
    const at = [...(qrels.get(query)?.keys() ?? [])].indexOf(document);
    return `${path}:${lines.get(query)?.[at] ?? 1}`;
  };
  return { qrels, qrelPlace };
};

const beirText = (row: JsonRow, titles: 'join' | 'omit'): RetrievalText => {
  const title =
    titles === 'omit' || row.fields.title === undefined || row.fields.title === null
      ? ''
      : stringField(row, 'title');
  const id = idField(row, '_id');
  return { id, text: `${title} ${stringField(row, 'text')}`.trim(), key: id, place: row.place };
};

/**
 * A benchmark in BEIR format, which CoIR and MTEB share: nDCG@10.
 *
 * Reads `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`, `text`) and `qrels/<split>.tsv` (one header
 * line). A document is its title and text joined by a space; with `titles: 'omit'` its text alone. Only queries of the qrels are asked. Documents whose id is
 * the query's are left out, as BEIR does, unless the qrels name one as relevant: there, ids of queries and documents
 * are numbers of their own.
 *
 * CoIR's CodeSearchNet runs from code to summary and MTEB's from text to code on samples of 1,000: neither can be
 * compared with {@link loadCodeSearchNet}.
 *
 * @throws MissingDataError when a file is missing: what to get and where to put it.
 * @throws SyntaxError with file and line number for a malformed line of the qrels.
 *
 * @example
 * ```ts
 * import { loadBeir } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadBeir('data/cosqa-coir');
 *   for await (const { id, text } of task.queries()) console.log(id, text);
 * } catch (error) {
 *   console.log((error as Error).message); // data/cosqa-coir/corpus.jsonl is missing. Get …
 * }
 * ```
 * @see Thakur et al. (2021), BEIR; Li et al. (2024), CoIR.
 */
export const loadBeir = async (directory: string, options: LoadBeirOptions = {}): Promise<RetrievalTask> => {
  checkOptions('loadBeir', options, { split: true, ignoreIdenticalIds: true, titles: true });
  const { split = 'test', titles = 'join' } = options;
  if (titles !== 'join' && titles !== 'omit') {
    throw new RangeError(`titles must be join or omit, received ${String(titles)}`);
  }
  const advice = `Get a data set in the form of BEIR and put corpus.jsonl, queries.jsonl and qrels/${split}.tsv into ${directory}.`;
  const documentFile = await findDataFile(directory, ['corpus.jsonl'], advice);
  const queryFile = await findDataFile(directory, ['queries.jsonl'], advice);
  const { qrels, qrelPlace } = await readBeirQrels(
    await findDataFile(directory, [`qrels/${split}.tsv`], advice),
  );
  const named = [...qrels].filter(([query, row]) => (row.get(query) ?? 0) > 0).length;
  const { ignoreIdenticalIds = named === 0 } = options;
  const notes =
    named > 0 && options.ignoreIdenticalIds === undefined
      ? [
          `Documents with the id of a query stay in: the qrels name ${named} of them as relevant, so equal ids are ` +
            'numbers of two lists, not the same text.',
        ]
      : [];
  return {
    name: basename(resolve(directory)),
    measure: 'ndcg@10',
    async *queries() {
      for await (const row of readJsonLines(queryFile)) {
        const text = beirText(row, titles);
        if (qrels.has(text.id)) yield text;
      }
    },
    async *documents() {
      for await (const row of readJsonLines(documentFile)) yield beirText(row, titles);
    },
    qrels,
    qrelPlace,
    selfRetrieval: false,
    ignoreIdenticalIds,
    notes,
  };
};
