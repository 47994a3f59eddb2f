import { readLines } from '../numerics/index.js';
import { asRecord, findDataFile, idField, stringField } from './files/json-lines.js';
import { readJsonFile } from './files/read-table.js';

/** A query and a code, judged as a pair. */
export interface JudgedPair {
  readonly id: string;
  readonly query: string;
  readonly code: string;
  /** Whether the code answers the query. */
  readonly answers: boolean;
}

/** Answers by id: `webquery-test-1<TAB>1`. */
const readAnswers = async (path: string): Promise<ReadonlyMap<string, boolean>> => {
  const answers = new Map<string, boolean>();
  for await (const [number, line] of readLines(path)) {
    if (line.trim() === '') continue;
    const [id = '', label, ...rest] = line.trim().split('\t');
    if ((label !== '0' && label !== '1') || rest.length > 0) {
      throw new SyntaxError(
        `${path}:${number}: expected an id, a tab and 0 or 1, received ${JSON.stringify(line)}`,
      );
    }
    answers.set(id, label === '1');
  }
  return answers;
};

/**
 * WebQueryTest of CodeXGLUE: 1,046 pairs of a web query and a Python function, each judged whether the function answers.
 *
 * Reads `<directory>/test_webquery.json` (fields `idx`, `doc`, `code`) and `webquery_answers.txt`, or, for training and
 * choosing a threshold, CoSQA's `cosqa-dev.json` and `cosqa-train.json`, which have the judgement as `label`. Texts stay
 * as they are, as in the published script. {@link evaluatePairs} gives accuracy, F1 and average precision.
 *
 * @param part Of the pairs of CoSQA, instead of WebQueryTest.
 * @throws MissingDataError when a file is missing: what to get and where to put it.
 * @throws SyntaxError naming the pair that is malformed or without an answer.
 *
 * @example
 * ```ts
 * import { loadWebQuery } from 'oasis-embed/benchmarks';
 * try {
 *   const pairs = await loadWebQuery('data/webquery');
 *   console.log(pairs.length, pairs[0]?.query);
 * } catch (error) {
 *   console.log((error as Error).message); // data/webquery/test_webquery.json is missing. Get …
 * }
 * ```
 * @see Huang et al. (2021), CoSQA; Lu et al. (2021), CodeXGLUE.
 */
export const loadWebQuery = async (
  directory: string,
  part: 'test' | 'dev' | 'train' = 'test',
): Promise<readonly JudgedPair[]> => {
  if (part !== 'test' && part !== 'dev' && part !== 'train') {
    throw new RangeError(`part must be test, dev or train, received ${String(part)}`);
  }
  const names =
    part === 'test'
      ? ['test_webquery.json', 'data/test_webquery.json']
      : [`cosqa-${part}.json`, `CoSQA/cosqa-${part}.json`];
  const advice =
    'Get NL-code-search-WebQuery of CodeXGLUE (microsoft/CodeXGLUE on GitHub, Text-Code/NL-code-search-WebQuery) and ' +
    `put test_webquery.json, webquery_answers.txt and the files of CoSQA into ${directory}.`;
  const file = await findDataFile(directory, names, advice);
  const answers =
    part === 'test'
      ? await readAnswers(
          await findDataFile(directory, ['webquery_answers.txt', 'evaluator/webquery_answers.txt'], advice),
        )
      : null;
  const rows = await readJsonFile(file);
  if (!Array.isArray(rows)) throw new SyntaxError(`${file}: expected a JSON array of pairs`);
  return rows.map((value, i): JudgedPair => {
    const place = `${file}, pair ${i + 1}`;
    const row = { place, fields: asRecord(value, place) };
    const id = idField(row, 'idx');
    const label = answers === null ? row.fields.label : answers.get(id);
    if (label === undefined) throw new SyntaxError(`${place}: ${id} must have an answer, received none`);
    if (![0, 1, true, false].includes(label as number)) {
      throw new SyntaxError(`${place}: label must be 0 or 1, received ${JSON.stringify(label)}`);
    }
    return {
      id,
      query: stringField(row, 'doc'),
      code: stringField(row, 'code'),
      answers: label === 1 || label === true,
    };
  });
};
