import type * as tf from '@tensorflow/tfjs';
import type { IndexedPairs } from '../numerics/index.js';
import { checkIndices, checkObject, type Ids, type Numbers, readArray, readIds, refuse } from './checks.js';

/** Pairs whose parts may be tensors of shape [P]. */
export type IndexedPairsLike = { readonly [Part in keyof IndexedPairs]: IndexedPairs[Part] | tf.Tensor };

/** Which documents are known to answer which queries, and which rows repeat the same text. */
export interface Relevance {
  readonly queries: number;
  readonly documents: number;
  /** Positives by query and, the other way round, by document; ascending, without repeats. */
  readonly documentsOf: readonly (readonly number[])[];
  readonly queriesOf: readonly (readonly number[])[];
  /** Rows with the same id as this one, itself included. */
  readonly sameQuery: (query: number) => readonly number[];
  readonly sameDocument: (document: number) => readonly number[];
}

/**
 * @param positives Pairs; or one document per query, [Q], where -1 means that the query is no anchor; without
 * it query i answers to document i.
 */
export const readRelevance = (
  queries: number,
  documents: number,
  positives: IndexedPairsLike | Numbers | undefined,
  queryIds?: Ids,
  documentIds?: Ids,
): Relevance => {
  const pairs = readPositives(queries, documents, positives);
  return {
    queries,
    documents,
    documentsOf: adjacency(queries, pairs.query, pairs.document),
    queriesOf: adjacency(documents, pairs.document, pairs.query),
    sameQuery: twins(readIds('queryIds', 'Q', queryIds, queries)),
    sameDocument: twins(readIds('documentIds', 'N', documentIds, documents)),
  };
};

const readPositives = (
  queries: number,
  documents: number,
  positives: IndexedPairsLike | Numbers | undefined,
): { query: number[]; document: number[] } => {
  if (positives === undefined) {
    if (documents < queries) {
      throw new RangeError(
        `documents must have at least Q = ${queries} rows when positives are not given, received ${documents}`,
      );
    }
    const diagonal = Array.from({ length: queries }, (_, i) => i);
    return { query: diagonal, document: diagonal };
  }
  if (typeof positives === 'object' && positives !== null && 'query' in positives) {
    const { query, document } = readPairs('positives', positives, queries, documents);
    return { query: Array.from(query), document: Array.from(document) };
  }
  const rows = readArray<number>('positives', 'Q', positives, queries);
  const query: number[] = [];
  const document: number[] = [];
  for (let i = 0; i < queries; i++) {
    const column = rows[i]!;
    if (column === -1) continue;
    if (!(Number.isInteger(column) && column >= 0 && column < documents))
      refuse(`positives[${i}]`, `name a row of documents in [0, ${documents}) or be -1`, column);
    query.push(i);
    document.push(column);
  }
  return { query, document };
};

/** Pairs on the host, of rows that exist. */
export const readPairs = (
  name: string,
  pairs: IndexedPairsLike,
  queries: number,
  documents: number,
): IndexedPairs => {
  checkObject(name, pairs);
  const { query: first } = pairs;
  const length = (first as tf.Tensor)?.size ?? (first as ArrayLike<number>)?.length;
  if (length === undefined) refuse(`${name}.query`, 'be an array of rows', first, TypeError);
  const query = readArray<number>(`${name}.query`, 'P', first, length);
  const document = readArray<number>(`${name}.document`, 'P', pairs.document, length);
  checkIndices(`${name}.query`, query, queries, 'queries');
  checkIndices(`${name}.document`, document, documents, 'documents');
  return { query, document };
};

const adjacency = (size: number, from: readonly number[], to: readonly number[]): number[][] => {
  const sets = Array.from({ length: size }, () => new Set<number>());
  from.forEach((row, i) => {
    sets[row]!.add(to[i]!);
  });
  return sets.map((set) => [...set].sort((a, b) => a - b));
};

const twins = (ids: ArrayLike<number | string> | undefined): ((row: number) => readonly number[]) => {
  if (ids === undefined) return (row) => [row];
  const rows = new Map<number | string, number[]>();
  for (let i = 0; i < ids.length; i++) {
    const known = rows.get(ids[i]!);
    if (known === undefined) rows.set(ids[i]!, [i]);
    else known.push(i);
  }
  return (row) => rows.get(ids[row]!)!;
};

/** Documents that answer the query or repeat one that does, by its own pairs or those of a repeated query. */
export const relevantDocuments = (relevance: Relevance, query: number): number[] =>
  relevance
    .sameQuery(query)
    .flatMap((twin) =>
      relevance.documentsOf[twin]!.flatMap((document) => [...relevance.sameDocument(document)]),
    );

/** Queries that the document answers, or that repeat one; the mirror image of {@link relevantDocuments}. */
export const relevantQueries = (relevance: Relevance, document: number): number[] =>
  relevance
    .sameDocument(document)
    .flatMap((twin) => relevance.queriesOf[twin]!.flatMap((query) => [...relevance.sameQuery(query)]));
