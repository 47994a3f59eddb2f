import type { RelevancePairs } from 'oasis-embed/metrics';
import { distinct, documentedIn, type StoredFunction } from './functions.js';
import type { Split } from './split.js';

/** A retrieval task: each docstring asks for its own code among all documented functions of its split. */
export interface RetrievalSet {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  /** Which documents answer which queries: several where functions share a docstring. */
  readonly relevant: RelevancePairs & { readonly query: Uint32Array };
  /** Row i of `documents`. */
  readonly functions: readonly StoredFunction[];
}

export const retrievalSet = (functions: readonly StoredFunction[], split: Split): RetrievalSet => {
  const own = documentedIn(functions, split);
  const { texts, rows } = distinct(own.map((fn) => fn.summary!));
  const relevant = { query: rows, document: Uint32Array.from(rows, (_, i) => i) };
  return { queries: texts, documents: own.map((fn) => fn.code), relevant, functions: own };
};
