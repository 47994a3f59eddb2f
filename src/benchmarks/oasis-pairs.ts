import { stat } from 'node:fs/promises';
import { flagField, MissingDataError, numberField, readJsonLines, stringField } from './json-lines.js';

/** One row of the released training data. */
export interface OasisPair {
  /** The docstring, the query; column `poss_docstring`. */
  readonly docstring: string;
  /** The code without comments; column `snippet_wo_comment`. */
  readonly code: string;
  /** In [−1, 1]; column `similarity`. */
  readonly similarity: number;
  /** Column `lang`. */
  readonly language: string;
  /** Whether the docstring was written for the code; column `is_gt`. */
  readonly positive: boolean;
}

/**
 * The rows of training pairs in the columns that OASIS released, as JSON Lines, one at a time.
 *
 * Columns `poss_docstring`, `snippet_wo_comment`, `similarity`, `lang`, `is_gt`; others are ignored. A file whose name
 * ends in `.gz` is unpacked. Constant memory at any size.
 *
 * @throws MissingDataError when the file is missing: what to get and where to put it.
 * @throws SyntaxError with file and line number for a row that is malformed.
 *
 * @example
 * ```ts
 * import { readOasisPairs } from 'oasis-embed/benchmarks';
 * try {
 *   for await (const { docstring, similarity } of readOasisPairs('data/oasis-53m.jsonl.gz')) {
 *     console.log(similarity, docstring);
 *   }
 * } catch (error) {
 *   console.log((error as Error).message); // what to get and where to put it
 * }
 * ```
 */
export async function* readOasisPairs(path: string): AsyncGenerator<OasisPair> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) {
    throw new MissingDataError(
      `${path} is missing. Get OASIS-53M-dataset, export it as JSON Lines with the columns poss_docstring, ` +
        'snippet_wo_comment, similarity, lang and is_gt, and put it there.',
    );
  }
  for await (const row of readJsonLines(path)) {
    const similarity = numberField(row, 'similarity');
    if (similarity < -1.000001 || similarity > 1.000001) {
      throw new SyntaxError(`${row.place}: similarity must be in [-1, 1], received ${similarity}`);
    }
    yield {
      docstring: stringField(row, 'poss_docstring'),
      code: stringField(row, 'snippet_wo_comment'),
      similarity,
      language: stringField(row, 'lang'),
      positive: flagField(row, 'is_gt'),
    };
  }
}
