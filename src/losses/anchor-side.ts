import { type IndexedPairs, NEGATIVE_SENTINEL } from '../numerics/index.js';
import type { Direction } from './info-nce-options.js';
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
}

export interface SideRules {
  readonly relevance: Relevance;
  readonly directions: ReadonlySet<Direction>;
  readonly negatives?: (IndexedPairs & { readonly scope?: 'shared' | 'own' }) | undefined;
  readonly inBatchNegatives: boolean;
}

export const querySide = (rules: SideRules): AnchorSide => {
  const { relevance, directions } = rules;
  const sources = {
    documents: directions.has('queryToDocument'),
    queries: directions.has('queryToQuery'),
  };
  const owned = ownership(rules);
  return buildSide('query', relevance.documentsOf, sources, relevance, (query, row) => {
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
};

export const documentSide = (rules: SideRules): AnchorSide => {
  const { relevance, directions } = rules;
  const sources = {
    documents: directions.has('documentToDocument'),
    queries: directions.has('documentToQuery'),
  };
  const owned = ownership(rules);
  return buildSide('document', relevance.queriesOf, sources, relevance, (document, row) => {
    if (sources.documents) {
      owned.restrict(row, new Set(relevance.queriesOf[document]!));
      for (const twin of relevance.sameDocument(document)) row[twin] = NEGATIVE_SENTINEL;
      for (const query of relevance.queriesOf[document]!) {
        for (const other of relevantDocuments(relevance, query)) row[other] = NEGATIVE_SENTINEL;
      }
    }
    if (sources.queries) {
      const base = sources.documents ? relevance.documents : 0;
      if (!rules.inBatchNegatives) row.fill(NEGATIVE_SENTINEL, base);
      for (const query of relevantQueries(relevance, document)) row[base + query] = NEGATIVE_SENTINEL;
    }
  });
};

const buildSide = (
  side: 'query' | 'document',
  positives: readonly (readonly number[])[],
  sources: CandidateSources,
  relevance: Relevance,
  excludeRow: (anchor: number, row: Float32Array) => void,
): AnchorSide => {
  const rows = Int32Array.from(positives.flatMap((others, row) => (others.length > 0 ? [row] : [])));
  const columns = (sources.documents ? relevance.documents : 0) + (sources.queries ? relevance.queries : 0);
  return {
    side,
    rows,
    sources,
    positiveAnchor: Int32Array.from([...rows].flatMap((row, r) => positives[row]!.map(() => r))),
    positiveOther: Int32Array.from([...rows].flatMap((row) => [...positives[row]!])),
    exclude: (from, to, mask = new Float32Array((to - from) * columns)) => {
      for (let r = from; r < to; r++) {
        excludeRow(rows[r]!, mask.subarray((r - from) * columns, (r - from + 1) * columns));
      }
      return mask;
    },
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
  return {
    restrict: (row: Float32Array, queries: ReadonlySet<number>): void => {
      row.set(hidden);
      for (const query of queries) {
        for (const document of documentsOf.get(query) ?? []) row[document] = 0;
      }
    },
  };
};
