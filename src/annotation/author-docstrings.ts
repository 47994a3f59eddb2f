import type { CodeFunction } from '../corpus/index.js';

/** The docstring of one function, or why there is none. */
export interface DocstringRow {
  /** The function's id. */
  readonly id: string;
  readonly docstring: string | null;
  /** `author`, or the name of the model that wrote it. */
  readonly origin: string;
  /** The template's version, or null for an author's docstring. */
  readonly promptVersion: string | null;
  /** Null where there is a docstring. */
  readonly failure: string | null;
}

/**
 * Docstrings without a model: the author's own summary, white space collapsed.
 *
 * A function without a summary gets a row that says so; no text is invented.
 *
 * @returns One row per function, in their order.
 *
 * @example
 * ```ts
 * import { authorDocstrings } from 'oasis-embed/annotation';
 * const [row] = authorDocstrings([{ id: 'f', summary: 'Adds two\n numbers.' }]);
 * console.log(row?.docstring); // Adds two numbers.
 * ```
 */
export const authorDocstrings = (
  functions: readonly Pick<CodeFunction, 'id' | 'summary'>[],
): DocstringRow[] =>
  functions.map(({ id, summary }) => {
    const docstring = summary?.replace(/\s+/g, ' ').trim() ?? '';
    return {
      id,
      docstring: docstring === '' ? null : docstring,
      origin: 'author',
      promptVersion: null,
      failure: docstring === '' ? 'the author wrote no summary' : null,
    };
  });
