import { readFile } from 'node:fs/promises';
import { checkOptions } from '../numerics/index.js';
import {
  asRecord,
  findDataFile,
  idField,
  type JsonRow,
  readJsonLines,
  stringField,
  tokensField,
} from './json-lines.js';
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
  path: string,
  read: (row: JsonRow, index: number) => RetrievalText,
): AsyncGenerator<RetrievalText> {
  let index = 0;
  for await (const row of readJsonLines(path)) yield { ...read(row, index++), place: row.place };
}

const docstringQuery = (row: JsonRow, index: number): RetrievalText => ({
  id: `q${index}`,
  text: tokensField(row, ['docstring_tokens']),
  key: stringField(row, 'url'),
  prediction: stringField(row, 'url'),
});

const tokenizedCode = (row: JsonRow, index: number): RetrievalText => ({
  id: `d${index}`,
  text: tokensField(row, ['code_tokens', 'function_tokens']),
  key: stringField(row, 'url'),
  prediction: row.fields.idx === undefined ? String(index) : idField(row, 'idx'),
});

/**
 * CodeSearchNet as cleaned by GraphCodeBERT: docstrings against the codebase of one language, MRR@1000.
 *
 * Reads `<directory>/<language>/test.jsonl` and `codebase.jsonl`. A query is its `docstring_tokens`, a candidate its
 * `code_tokens`, joined by one space; a candidate with the query's `url` is relevant.
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
  const queryFile = await findDataFile(directory, [`${language}/test.jsonl`], advice);
  const documentFile = await findDataFile(directory, [`${language}/codebase.jsonl`], advice);
  return {
    name,
    measure: 'mrr@1000',
    queries: () => texts(queryFile, docstringQuery),
    documents: () => texts(documentFile, tokenizedCode),
    selfRetrieval: false,
    ignoreIdenticalIds: false,
    published: { queries, documents },
  };
};

/**
 * AdvTest of CodeXGLUE: Python docstrings against functions with their names masked, MRR@1000.
 *
 * Reads `<directory>/test.jsonl`, which is queries and candidates at once: 19,210 of each.
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
  const file = await findDataFile(directory, ['test.jsonl'], advice);
  return {
    name: 'AdvTest',
    measure: 'mrr@1000',
    queries: () => texts(file, docstringQuery),
    documents: () => texts(file, tokenizedCode),
    selfRetrieval: false,
    ignoreIdenticalIds: false,
    published: { queries: 19210, documents: 19210 },
  };
};

export interface LoadCosqaOptions {
  /**
   * Whether runs of white space, line breaks included, become one space, as in the published script.
   * @defaultValue 'collapse'
   */
  readonly whiteSpace?: 'collapse' | 'keep';
}

/** Python's white space: more than `\s` knows, and no byte-order mark. */
const PYTHON_SPACE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at these too.
  /[\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/** What `str.split()` gives in Python. */
const splitWords = (text: string): string[] => text.split(PYTHON_SPACE).filter((word) => word !== '');

const readJson = async (path: string): Promise<unknown> => {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SyntaxError(`${path}: not valid JSON: ${(error as Error).message}`);
  }
};

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
  const collapse = (text: string) => (whiteSpace === 'keep' ? text : splitWords(text).join(' '));
  const advice =
    'Get CoSQA (microsoft/CodeBERT on GitHub, UniXcoder/downstream-tasks/code-search, dataset cosqa) and put ' +
    `cosqa-retrieval-test-500.json and code_idx_map.txt into ${directory}.`;
  const queryFile = await findDataFile(directory, ['cosqa-retrieval-test-500.json', 'test.json'], advice);
  const codeFile = await findDataFile(directory, ['code_idx_map.txt'], advice);
  return {
    name: 'CoSQA',
    measure: 'mrr@1000',
    async *queries() {
      const rows = await readJson(queryFile);
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
      const codes = asRecord(await readJson(codeFile), codeFile);
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
