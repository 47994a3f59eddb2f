import { type IndexedPairs, NEGATIVE_SENTINEL } from '../numerics/index.js';
import type { Direction, HardnessMode } from './info-nce-options.js';
import { type Relevance, relevantDocuments, relevantQueries } from './relevance.js';

/** Where the candidates of an anchor come from; documents come first in the columns. */
export interface CandidateSources {
  readonly documents: boolean;
  readonly queries: boolean;
}

/** The anchors of one side: rows with at least one positive, and what stands against them. */
export interface AnchorSide {
  readonly side: 'query' | 'document';
  /** [R], rows of the side that are anchors. */
  readonly rows: Int32Array;
  readonly sources: CandidateSources;
  /** Positives as parallel arrays: position in `rows`, row of the other side; ordered by position. */
  readonly positiveAnchor: Int32Array;
  readonly positiveOther: Int32Array;
  /**
   * Added to the logits of anchors [from, to): the sentinel at candidates that are no negatives, else 0. Written to
   * `mask`, zeros, where the caller has one.
   */
  readonly exclude: (from: number, to: number, mask?: Float32Array) => Float32Array;
  /** 1 at candidates of anchors [from, to) that a hardness penalty is added to, else 0; absent where it is to all. */
  readonly penalized?: (from: number, to: number) => Float32Array;
}

export interface SideRules {
  readonly relevance: Relevance;
  readonly directions: ReadonlySet<Direction>;
  readonly negatives?: (IndexedPairs & { readonly scope?: 'shared' | 'own' }) | undefined;
  readonly inBatchNegatives: boolean;
  /** Hard negatives of a document's own queries are no candidates of the document. */
  readonly hidesOwnNegatives: boolean;
  readonly hardnessMode: HardnessMode;
}

export const querySide = (rules: SideRules): AnchorSide => {
  const { relevance, directions } = rules;
  const sources = {
    documents: directions.has('queryToDocument'),
    queries: directions.has('queryToQuery'),
  };
  const owned = ownership(rules);
  const side = buildSide('query', relevance.documentsOf, sources, relevance, (query, row) => {
    if (sources.documents) {
      owned.restrict(row, new Set([query]));
      for (const document of relevantDocuments(relevance, query)) row[document] = NEGATIVE_SENTINEL;
    }
    if (sources.queries) {
      const base = sources.documents ? relevance.documents : 0;
      if (!rules.inBatchNegatives) row.fill(NEGATIVE_SENTINEL, base);
      for (const twin of relevance.sameQuery(query)) row[base + twin] = NEGATIVE_SENTINEL;
      for (const document of relevance.documentsOf[query]!) {
        for (const other of relevantQueries(relevance, document)) row[base + other] = NEGATIVE_SENTINEL;
      }
    }
  });
  if (rules.hardnessMode === 'everyNegative') return side;
  // What is no negative is masked anyway, so a positive may count as penalized.
  const [own, others] = {
    allNegatives: [1, 1],
    inBatchNegatives: [0, 1],
    hardNegatives: [1, 0],
  }[rules.hardnessMode] as [number, number];
  return {
    ...side,
    penalized: rowsOf(side.rows, columnsOf(sources, relevance), (query, row) => {
      if (!sources.documents) return;
      row.fill(others, 0, relevance.documents);
      for (const document of owned.of(query)) row[document] = own;
    }),
  };
};

export const documentSide = (rules: SideRules): AnchorSide => {
  const { relevance, directions } = rules;
  const sources = {
    documents: directions.has('documentToDocument') || directions.has('positiveToPositive'),
    queries: directions.has('documentToQuery'),
  };
  const amongPositives = !directions.has('documentToDocument');
  const owned = ownership(rules);
  const side = buildSide('document', relevance.queriesOf, sources, relevance, (document, row) => {
    if (sources.documents) {
      owned.restrict(row, new Set(relevance.queriesOf[document]!));
      for (const twin of relevance.sameDocument(document)) row[twin] = NEGATIVE_SENTINEL;
      for (const query of relevance.queriesOf[document]!) {
        for (const other of relevantDocuments(relevance, query)) row[other] = NEGATIVE_SENTINEL;
        if (rules.hidesOwnNegatives) for (const own of owned.of(query)) row[own] = NEGATIVE_SENTINEL;
      }
      if (amongPositives) {
        for (let other = 0; other < relevance.documents; other++)
          if (relevance.queriesOf[other]!.length === 0) row[other] = NEGATIVE_SENTINEL;
      }
    }
    if (sources.queries) {
      const base = sources.documents ? relevance.documents : 0;
      if (!rules.inBatchNegatives) row.fill(NEGATIVE_SENTINEL, base);
      for (const query of relevantQueries(relevance, document)) row[base + query] = NEGATIVE_SENTINEL;
    }
  });
  if (rules.hardnessMode === 'everyNegative') return side;
  const columns = columnsOf(sources, relevance);
  return { ...side, penalized: (from, to) => new Float32Array((to - from) * columns) };
};

const columnsOf = ({ documents, queries }: CandidateSources, relevance: Relevance): number =>
  (documents ? relevance.documents : 0) + (queries ? relevance.queries : 0);

/** Rows of a mask for anchors [from, to), one after another. */
const rowsOf =
  (rows: Int32Array, columns: number, fillRow: (anchor: number, row: Float32Array) => void) =>
  (from: number, to: number, mask: Float32Array = new Float32Array((to - from) * columns)): Float32Array => {
    for (let r = from; r < to; r++)
      fillRow(rows[r]!, mask.subarray((r - from) * columns, (r - from + 1) * columns));
    return mask;
  };

const buildSide = (
  side: 'query' | 'document',
  positives: readonly (readonly number[])[],
  sources: CandidateSources,
  relevance: Relevance,
  excludeRow: (anchor: number, row: Float32Array) => void,
): AnchorSide => {
  const rows = Int32Array.from(positives.flatMap((others, row) => (others.length > 0 ? [row] : [])));
  return {
    side,
    rows,
    sources,
    positiveAnchor: Int32Array.from([...rows].flatMap((row, r) => positives[row]!.map(() => r))),
    positiveOther: Int32Array.from([...rows].flatMap((row) => [...positives[row]!])),
    exclude: rowsOf(rows, columnsOf(sources, relevance), excludeRow),
  };
};

/**
 * Which documents an anchor may not see: with `own` scope other queries' hard negatives (unless they are
 * someone's positive), without in-batch negatives everything but its own hard negatives.
 */
const ownership = ({ relevance, negatives, inBatchNegatives }: SideRules) => {
  const ownersOf = new Map<number, Set<number>>();
  if (negatives !== undefined) {
    for (let i = 0; i < negatives.document.length; i++) {
      const owners = ownersOf.get(negatives.document[i]!) ?? new Set<number>();
      ownersOf.set(negatives.document[i]!, owners.add(negatives.query[i]!));
    }
  }
  const hidden = new Float32Array(relevance.documents);
  if (!inBatchNegatives) hidden.fill(NEGATIVE_SENTINEL);
  else if (negatives?.scope === 'own') {
    for (const document of ownersOf.keys()) {
      if (relevance.queriesOf[document]!.length === 0) hidden[document] = NEGATIVE_SENTINEL;
    }
  }
  const documentsOf = new Map<number, number[]>();
  for (const [document, owners] of ownersOf) {
    for (const query of owners) documentsOf.set(query, [...(documentsOf.get(query) ?? []), document]);
  }
  const of = (query: number): readonly number[] => documentsOf.get(query) ?? [];
  return {
    /** The query's own hard negatives. */
    of,
    restrict: (row: Float32Array, queries: ReadonlySet<number>): void => {
      row.set(hidden);
      for (const query of queries) {
        for (const document of of(query)) row[document] = 0;
      }
    },
  };
};
