import type { DocstringRow } from 'oasis-embed/annotation';
import { distinct } from '../corpus/distinct-texts.js';
import type { StoredFunction } from '../corpus/stored-function.js';

/** A function with the docstring that asks for it: what pairs are made of. */
export interface AnnotatedFunction extends StoredFunction {
  readonly docstring: string;
}

/** The functions whose row holds a docstring, in their order; rows are found by id. */
export const annotatedFunctions = (
  functions: readonly StoredFunction[],
  rows: readonly DocstringRow[],
): AnnotatedFunction[] => {
  const docstringOf = new Map(rows.map(({ id, docstring }) => [id, docstring]));
  return functions.flatMap((fn) => {
    const docstring = docstringOf.get(fn.id) ?? null;
    return docstring === null ? [] : [{ ...fn, docstring }];
  });
};

/**
 * What pair indices point into: the distinct docstrings, and the functions in their order. Two functions with one
 * docstring are two positives of one query.
 */
export const pairTexts = (functions: readonly AnnotatedFunction[]) => {
  const { texts, rows } = distinct(functions.map((fn) => fn.docstring));
  return { queries: texts, queryOf: rows, documents: functions.map((fn) => fn.code) };
};
