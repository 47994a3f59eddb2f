import type { IndexedPairs } from '../numerics/index.js';
import { checkIndices, checkLength } from './checks.js';

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
  positives: IndexedPairs | ArrayLike<number> | undefined,
  queryIds?: ArrayLike<number | string>,
  documentIds?: ArrayLike<number | string>,
): Relevance => {
  const pairs = readPositives(queries, documents, positives);
  if (queryIds !== undefined) checkLength('queryIds', 'Q', queryIds, queries);
  if (documentIds !== undefined) checkLength('documentIds', 'N', documentIds, documents);
  return {
    queries,
    documents,
    documentsOf: adjacency(queries, pairs.query, pairs.document),
    queriesOf: adjacency(documents, pairs.document, pairs.query),
    sameQuery: twins(queryIds),
    sameDocument: twins(documentIds),
  };
};

const readPositives = (
  queries: number,
  documents: number,
  positives: IndexedPairs | ArrayLike<number> | undefined,
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
  if ('query' in positives) {
    checkPairs('positives', positives, queries, documents);
    return { query: Array.from(positives.query), document: Array.from(positives.document) };
  }
  checkLength('positives', 'Q', positives, queries);
  const query: number[] = [];
  const document: number[] = [];
  for (let i = 0; i < queries; i++) {
    const column = positives[i]!;
    if (column === -1) continue;
    if (!(Number.isInteger(column) && column >= 0 && column < documents)) {
      throw new RangeError(
        `positives[${i}] must name a row of documents in [0, ${documents}) or be -1, received ${column}`,
      );
    }
    query.push(i);
    document.push(column);
  }
  return { query, document };
};

export const checkPairs = (name: string, pairs: IndexedPairs, queries: number, documents: number): void => {
  checkLength(`${name}.document`, 'P', pairs.document, pairs.query.length);
  checkIndices(`${name}.query`, pairs.query, queries, 'queries');
  checkIndices(`${name}.document`, pairs.document, documents, 'documents');
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
