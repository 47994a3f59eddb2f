import { checkOptions } from '../numerics/index.js';
import { collapseSpace } from './collapse-space.js';
import { findDataTable } from './files/data-tables.js';
import {
  asRecord,
  findDataFile,
  idField,
  type JsonRow,
  stringField,
  tokensField,
} from './files/json-lines.js';
import { readJsonFile, readTable, readTables } from './files/read-table.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

/** The languages of CodeSearchNet. */
export type CodeSearchNetLanguage = 'go' | 'java' | 'javascript' | 'php' | 'python' | 'ruby';

const CODE_SEARCH_NET: Readonly<Record<CodeSearchNetLanguage, readonly [string, number, number]>> = {
  python: ['CSN Python', 14918, 43827],
  java: ['CSN Java', 10955, 40347],
  javascript: ['CSN JavaScript', 3291, 13981],
  php: ['CSN PHP', 14014, 52660],
  go: ['CSN Go', 8122, 28120],
  ruby: ['CSN Ruby', 1261, 4360],
};

/** The languages of CodeSearchNet, in the order of the paper's table. */
export const CODE_SEARCH_NET_LANGUAGES: readonly CodeSearchNetLanguage[] = [
  'python',
  'java',
  'javascript',
  'php',
  'go',
  'ruby',
];

async function* texts(
  files: readonly string[],
  read: (row: JsonRow, index: number) => RetrievalText,
): AsyncGenerator<RetrievalText> {
  let index = 0;
  for await (const row of readTables(files, COLUMNS)) yield { ...read(row, index++), place: row.place };
}

/** What CodeXGLUE's files call a field and, after it, what CodeSearchNet's on the hub do. */
const URL = ['url', 'func_code_url'];
const DOCSTRING = ['docstring_tokens', 'func_documentation_tokens'];
const CODE = ['code_tokens', 'func_code_tokens'];
const COLUMNS = [...URL, ...DOCSTRING, ...CODE, 'function_tokens', 'idx'];

const urlField = (row: JsonRow): string =>
  stringField(row, URL.find((name) => row.fields[name] !== undefined) ?? URL[0]!);

const docstringQuery = (row: JsonRow, index: number): RetrievalText => ({
  id: `q${index}`,
  text: tokensField(row, DOCSTRING),
  key: urlField(row),
  prediction: urlField(row),
});

const tokenizedCode = (row: JsonRow, index: number): RetrievalText => ({
  id: `d${index}`,
  // As in the published script: where AdvTest has both, these have their names masked.
  text: tokensField(row, row.fields.function_tokens === undefined ? CODE : ['function_tokens']),
  key: urlField(row),
  prediction: row.fields.idx === undefined ? String(index) : idField(row, 'idx'),
});

/** Whether a test set has the columns of CodeSearchNet on the hub, which has no codebase beside it. */
const isHubCopy = async (files: readonly string[]): Promise<boolean> => {
  for await (const { fields } of readTable(files[0]!, URL)) return fields.func_code_url !== undefined;
  return false;
};

/**
 * CodeSearchNet as cleaned by GraphCodeBERT: docstrings against the codebase of one language, MRR@1000.
 *
 * Reads `<directory>/<language>/test.jsonl` and `codebase.jsonl`, or the same as Parquet. A query is its
 * `docstring_tokens`, a candidate its `code_tokens`, joined by one space; a candidate with the query's `url` is relevant. The
 * hub's copy of CodeSearchNet has no codebase: there the test set is both, and a note says that the number cannot be
 * compared.
 *
 * @throws MissingDataError when a file is missing: what to get and where to put it.
 *
 * @example
 * ```ts
 * import { loadCodeSearchNet } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadCodeSearchNet('data/codesearchnet', 'python');
 *   for await (const { id, text } of task.queries()) console.log(id, text);
 * } catch (error) {
 *   console.log((error as Error).message); // data/codesearchnet/python/test.jsonl is missing. Get …
 * }
 * ```
 * @see Guo et al. (2021), GraphCodeBERT, section 5.1.
 */
export const loadCodeSearchNet = async (
  directory: string,
  language: CodeSearchNetLanguage,
): Promise<RetrievalTask> => {
  if (!Object.hasOwn(CODE_SEARCH_NET, language)) {
    const known = CODE_SEARCH_NET_LANGUAGES.join(', ');
    throw new RangeError(`language must be one of ${known}, received ${language}`);
  }
  const [name, queries, documents] = CODE_SEARCH_NET[language];
  const advice =
    'Get the CodeSearchNet data as cleaned for GraphCodeBERT (microsoft/CodeBERT on GitHub, ' +
    `GraphCodeBERT/codesearch, dataset.zip and its preprocess.py) and put ${language}/test.jsonl and ` +
    `${language}/codebase.jsonl into ${directory}.`;
  const test = await findDataTable(directory, [`${language}/test`], advice, `${language}/test.jsonl`);
  const documentFiles = await findDataTable(
    directory,
    [`${language}/codebase`, ...((await isHubCopy(test)) ? [`${language}/test`] : [])],
    advice,
    `${language}/codebase.jsonl`,
  );
  return {
    name,
    measure: 'mrr@1000',
    queries: () => texts(test, docstringQuery),
    documents: () => texts(documentFiles, tokenizedCode),
    selfRetrieval: false,
    ignoreIdenticalIds: false,
    published: { queries, documents },
  };
};

/**
 * AdvTest of CodeXGLUE: Python docstrings against functions with their names masked, MRR@1000.
 *
 * Reads `<directory>/test.jsonl` or the hub's `data/test-….parquet`, which is queries and candidates at once: 19,210 of
 * each.
 *
 * @throws MissingDataError when the file is missing: what to get and where to put it.
 *
 * @example
 * ```ts
 * import { loadAdvTest } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadAdvTest('data/advtest');
 *   for await (const { id, text } of task.queries()) console.log(id, text);
 * } catch (error) {
 *   console.log((error as Error).message); // data/advtest/test.jsonl is missing. Get …
 * }
 * ```
 * @see Lu et al. (2021), CodeXGLUE.
 */
export const loadAdvTest = async (directory: string): Promise<RetrievalTask> => {
  const advice =
    'Get NL-code-search-Adv of CodeXGLUE (microsoft/CodeXGLUE on GitHub, Text-Code/NL-code-search-Adv, ' +
    `dataset.zip and its preprocess.py) and put test.jsonl into ${directory}.`;
  const files = await findDataTable(directory, ['test', 'data/test'], advice, 'test.jsonl');
  return {
    name: 'AdvTest',
    measure: 'mrr@1000',
    queries: () => texts(files, docstringQuery),
    documents: () => texts(files, tokenizedCode),
    selfRetrieval: false,
    ignoreIdenticalIds: false,
    published: { queries: 19210, documents: 19210 },
  };
};

/** Where the loader of CoSQA may depart from the published preprocessing. */
export interface LoadCosqaOptions {
  /**
   * Whether runs of white space, line breaks included, become one space, as in the published script.
   * @defaultValue 'collapse'
   */
  readonly whiteSpace?: 'collapse' | 'keep';
}

/**
 * CoSQA: 500 web queries against 6,267 Python functions with their docstrings, MRR@1000.
 *
 * Reads `<directory>/cosqa-retrieval-test-500.json` (fields `doc` and `retrieval_idx`) and `code_idx_map.txt` (a JSON
 * object from code to index). White space in codes and queries becomes one space each, as in the published script, which
 * splits texts into words. The CosQA of CoIR holds the same 6,267 texts several times, 20,604 documents in all:
 * its numbers cannot be compared with these.
 *
 * @throws MissingDataError when a file is missing: what to get and where to put it.
 *
 * @example
 * ```ts
 * import { loadCosqa } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadCosqa('data/cosqa');
 *   for await (const { id, text } of task.queries()) console.log(id, text);
 * } catch (error) {
 *   console.log((error as Error).message); // data/cosqa/cosqa-retrieval-test-500.json is missing. Get …
 * }
 * ```
 * @see Huang et al. (2021), CoSQA: 20,000+ web queries for code search and question answering.
 */
export const loadCosqa = async (
  directory: string,
  options: LoadCosqaOptions = {},
): Promise<RetrievalTask> => {
  checkOptions('loadCosqa', options, { whiteSpace: true });
  const { whiteSpace = 'collapse' } = options;
  if (whiteSpace !== 'collapse' && whiteSpace !== 'keep') {
    throw new RangeError(`whiteSpace must be collapse or keep, received ${String(whiteSpace)}`);
  }
  const collapse = (text: string) => (whiteSpace === 'keep' ? text : collapseSpace(text));
  const advice =
    'Get CoSQA (microsoft/CodeBERT on GitHub, UniXcoder/downstream-tasks/code-search, dataset cosqa) and put ' +
    `cosqa-retrieval-test-500.json and code_idx_map.txt into ${directory}.`;
  const queryFile = await findDataFile(directory, ['cosqa-retrieval-test-500.json', 'test.json'], advice);
  const codeFile = await findDataFile(directory, ['code_idx_map.txt'], advice);
  return {
    name: 'CoSQA',
    measure: 'mrr@1000',
    async *queries() {
      const rows = await readJsonFile(queryFile);
      if (!Array.isArray(rows)) throw new SyntaxError(`${queryFile}: expected a JSON array of queries`);
      for (const [i, value] of rows.entries()) {
        const row = {
          place: `${queryFile}, query ${i + 1}`,
          fields: asRecord(value, `${queryFile}, query ${i + 1}`),
        };
        const { place } = row;
        yield {
          id: `q${i}`,
          text: collapse(stringField(row, 'doc')),
          key: idField(row, 'retrieval_idx'),
          place,
        };
      }
    },
    async *documents() {
      const codes = asRecord(await readJsonFile(codeFile), codeFile);
      for (const [code, index] of Object.entries(codes)) {
        if (typeof index !== 'number') {
          throw new SyntaxError(`${codeFile}: indices must be numbers, received ${JSON.stringify(index)}`);
        }
        yield { id: `d${index}`, text: collapse(code), key: String(index) };
      }
    },
    selfRetrieval: false,
    ignoreIdenticalIds: false,
    published: { queries: 500, documents: 6267 },
  };
};
