import { basename, resolve } from 'node:path';
import { checkOptions } from '../numerics/index.js';
import { asRecord, idField, type JsonRow, stringField } from './files/json-lines.js';
import { readTables } from './files/read-table.js';
import { findRetrievalTables } from './hub-layout.js';
import { readQrelsTable } from './read-qrels-table.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

/** Which split of a BEIR folder is read, and how its texts are put together. */
export interface LoadBeirOptions {
  /**
   * The qrels to read, `qrels/<split>.tsv`.
   * @defaultValue 'test'
   */
  readonly split?: string;
  /**
   * One part of a data set that has several, such as `python` where there are `python-corpus` and `go-corpus`.
   * @defaultValue the whole
   */
  readonly subset?: string;
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
  /**
   * What becomes of documents that the qrels name and the corpus lacks: an error, or relevant documents that no system
   * finds, as in trec_eval and MTEB.
   * @defaultValue 'refuse'
   */
  readonly missingDocuments?: 'refuse' | 'miss';
}

const TITLE_AND_TEXT = ['_id', 'id', 'title', 'text'];

/** A conversation as one text, the way MTEB joins it. */
const textOf = (row: JsonRow): string => {
  const { text } = row.fields;
  if (!Array.isArray(text)) return stringField(row, 'text');
  return text
    .map((turn: unknown) => {
      if (typeof turn === 'string') return turn;
      const { role, content } = asRecord(turn, row.place);
      return `${String(role)}: ${String(content)}`;
    })
    .join('; ');
};

const beirText = (row: JsonRow, titles: 'join' | 'omit'): RetrievalText => {
  const title =
    titles === 'omit' || row.fields.title === undefined || row.fields.title === null
      ? ''
      : stringField(row, 'title');
  const id = idField(row, row.fields._id === undefined && row.fields.id !== undefined ? 'id' : '_id');
  return { id, text: `${title} ${textOf(row)}`.trim(), key: id, place: row.place };
};

/**
 * A benchmark in BEIR format, which CoIR and MTEB share: nDCG@10.
 *
 * Reads corpus (`_id` or `id`, `title`, `text`), queries (`_id` or `id`, `text`) and qrels (`query-id`, `corpus-id`,
 * `score`) as JSON Lines or Parquet, packed or not, laid out as on disk (`corpus.jsonl`, `queries.jsonl`,
 * `qrels/<split>.tsv`) or as in a folder downloaded from the Hugging Face hub (`corpus/…parquet`, `queries/…parquet`, qrels
 * in `qrels/`, `default/`, `data/` or in a folder beside it, named `…-qrels`). A document is its title and text joined by a
 * space; with `titles: 'omit'` its text alone. Only queries of the qrels are asked. Documents whose id is the query's are
 * left out, as BEIR does, unless the qrels name one as relevant: there, ids of queries and documents are numbers of their
 * own.
 *
 * CoIR's CodeSearchNet runs from code to summary and MTEB's from text to code on samples of 1,000: neither can be
 * compared with {@link loadCodeSearchNet}.
 *
 * @throws MissingDataError when a file is missing: what to get and where to put it.
 * @throws RangeError when the folder has subsets and none is chosen.
 * @throws SyntaxError with file and line number, or row, for malformed qrels.
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
 * @see Thakur et al. (2021), BEIR; Li et al. (2024), CoIR; Muennighoff et al. (2023), MTEB.
 */
export const loadBeir = async (directory: string, options: LoadBeirOptions = {}): Promise<RetrievalTask> => {
  checkOptions('loadBeir', options, {
    split: true,
    subset: true,
    ignoreIdenticalIds: true,
    titles: true,
    missingDocuments: true,
  });
  const { split = 'test', subset, titles = 'join', missingDocuments = 'refuse' } = options;
  if (titles !== 'join' && titles !== 'omit') {
    throw new RangeError(`titles must be join or omit, received ${String(titles)}`);
  }
  if (missingDocuments !== 'refuse' && missingDocuments !== 'miss') {
    throw new RangeError(`missingDocuments must be refuse or miss, received ${String(missingDocuments)}`);
  }
  const prefix = subset === undefined ? '' : `${subset}-`;
  const advice =
    `Get a data set in the form of BEIR and put ${prefix}corpus.jsonl, ${prefix}queries.jsonl and ` +
    `${prefix}qrels/${split}.tsv, or the folders that the Hugging Face hub has of them, into ${directory}.`;
  const tables = await findRetrievalTables(directory, { split, subset: subset ?? null, advice });
  const { qrels, qrelPlace } = await readQrelsTable(tables.qrels);
  const named = [...qrels].filter(([query, row]) => (row.get(query) ?? 0) > 0).length;
  const { ignoreIdenticalIds = named === 0 } = options;
  const notes =
    named > 0 && options.ignoreIdenticalIds === undefined
      ? [
          `Documents with the id of a query stay in: the qrels name ${named} of them as relevant, so equal ids are ` +
            'numbers of two lists, not the same text.',
        ]
      : [];
  const folder = basename(resolve(directory));
  return {
    name: subset === undefined ? folder : `${folder} ${subset}`,
    measure: 'ndcg@10',
    async *queries() {
      for await (const row of readTables(tables.queries, TITLE_AND_TEXT)) {
        const text = beirText(row, titles);
        if (qrels.has(text.id)) yield text;
      }
    },
    async *documents() {
      for await (const row of readTables(tables.corpus, TITLE_AND_TEXT)) yield beirText(row, titles);
    },
    qrels,
    qrelPlace,
    selfRetrieval: false,
    ignoreIdenticalIds,
    missingDocuments,
    notes,
  };
};
