import writeFileAtomic from 'write-file-atomic';
import { idField, type JsonRow, readJsonLines } from './files/json-lines.js';

/** Scores by query and document, of which only the order matters: the answer at place i scores −i. */
export type RankedAnswers = Map<string, Map<string, number>>;

/** The field that names the query: `url` in NL-code-search-Adv, `index` in the clone tasks. */
export type PredictionKey = 'url' | 'index';

const answersOf = (row: JsonRow): Map<string, number> => {
  const { answers } = row.fields;
  const isId = (answer: unknown) => typeof answer === 'string' || typeof answer === 'number';
  if (!Array.isArray(answers) || !answers.every(isId)) {
    const shown = JSON.stringify(answers)?.slice(0, 60) ?? 'nothing';
    throw new SyntaxError(`${row.place}: answers must be an array of strings or numbers, received ${shown}`);
  }
  const scores = new Map<string, number>();
  answers.forEach((answer, i) => {
    const id = String(answer);
    if (scores.has(id)) throw new SyntaxError(`${row.place}: answer ${id} appears twice`);
    scores.set(id, -i);
  });
  return scores;
};

/**
 * Reads predictions in the format of CodeXGLUE's evaluators, one `{"url": …, "answers": [idx, …]}` per line, best answer
 * first, as a run for `evaluateRun`.
 *
 * @param path A JSON Lines file, packed where its name ends in `.gz`.
 * @returns Scores by query and answer, both as strings.
 * @throws SyntaxError with file and line number for a malformed line, a query or an answer that appears twice.
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { readCodeXGluePredictions } from 'oasis-embed/benchmarks';
 * import { evaluateRun } from 'oasis-embed/metrics';
 * const path = join(mkdtempSync(join(tmpdir(), 'predictions-')), 'predictions.jsonl');
 * writeFileSync(path, '{"url": "url0", "answers": [10, 0, 2]}');
 * const run = await readCodeXGluePredictions(path);
 * console.log(evaluateRun(run, { url0: { 0: 1 } }, ['mrr']).mean.mrr); // 0.5
 * ```
 */
export const readCodeXGluePredictions = async (path: string): Promise<RankedAnswers> => {
  const run: RankedAnswers = new Map();
  for await (const row of readJsonLines(path)) {
    const query = idField(
      row,
      row.fields.url === undefined && row.fields.index !== undefined ? 'index' : 'url',
    );
    if (run.has(query)) throw new SyntaxError(`${row.place}: query ${query} appears twice`);
    run.set(query, answersOf(row));
  }
  return run;
};

/**
 * Predictions in the format of CodeXGLUE's evaluators, one line per query: answers by descending score, equal scores in the
 * order given. Ids of digits only become numbers, as CodeXGLUE has them.
 *
 * @example
 * ```ts
 * import { formatCodeXGluePredictions } from 'oasis-embed/benchmarks';
 * const run = new Map([['url0', new Map([['7', 0.2], ['3', 0.9]])]]);
 * console.log(formatCodeXGluePredictions(run)); // {"url":"url0","answers":[3,7]}
 * ```
 */
export const formatCodeXGluePredictions = (
  run: ReadonlyMap<string, ReadonlyMap<string, number>>,
  key: PredictionKey = 'url',
): string =>
  [...run]
    .map(([query, scores]) => {
      const answers = [...scores]
        .sort((a, b) => b[1] - a[1])
        .map(([id]) => (/^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id));
      return `${JSON.stringify({ [key]: query, answers })}\n`;
    })
    .join('');

/**
 * Writes predictions, atomically; see {@link formatCodeXGluePredictions}.
 *
 * @example
 * ```ts
 * import { mkdtempSync, readFileSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeCodeXGluePredictions } from 'oasis-embed/benchmarks';
 * const path = join(mkdtempSync(join(tmpdir(), 'predictions-')), 'predictions.jsonl');
 * await writeCodeXGluePredictions(path, new Map([['url0', new Map([['7', 0.2], ['3', 0.9]])]]));
 * console.log(readFileSync(path, 'utf8')); // {"url":"url0","answers":[3,7]}
 * ```
 */
export const writeCodeXGluePredictions = async (
  path: string,
  run: ReadonlyMap<string, ReadonlyMap<string, number>>,
  key: PredictionKey = 'url',
): Promise<void> => {
  await writeFileAtomic(path, formatCodeXGluePredictions(run, key));
};
