import { type AnchorSide, documentSide, querySide } from './anchor-side.js';
import type { Direction } from './info-nce-options.js';
import type { InfoNceSettings } from './info-nce-settings.js';
import type { Relevance } from './relevance.js';

/** Which rows are anchors, and how much each weighs. */
export interface Anchors {
  /** The sides with anchors or candidates: queries, then documents. */
  readonly sides: readonly AnchorSide[];
  /** Those of them whose rows have losses: the joint partition has one a query. */
  readonly anchorSides: readonly AnchorSide[];
  /** [A], side by side; null where all weigh 1. */
  readonly anchorWeights: Float64Array | null;
  /** Σ of the weights; 0 where nothing is compared. */
  readonly total: number;
}

export const readAnchors = (settings: Omit<InfoNceSettings, 'guide'>): Anchors => {
  const { directions, relevance, weights, partition } = settings;
  const joint = partition !== 'anchor';
  const fromQueries = directions.has('queryToDocument') || directions.has('queryToQuery');
  const fromDocuments = ['documentToQuery', 'documentToDocument', 'positiveToPositive'].some((direction) =>
    directions.has(direction as Direction),
  );
  const sides = [
    ...(fromQueries || joint ? [querySide(settings)] : []),
    ...(fromDocuments ? [documentSide(settings)] : []),
  ];
  const anchorSides = joint ? sides.slice(0, 1) : sides;
  const anchorWeights = weights === null ? null : weightsOf(anchorSides, relevance, weights);
  const anchors = anchorSides.reduce((sum, side) => sum + side.rows.length, 0);
  const total = anchorWeights === null ? anchors : anchorWeights.reduce((sum, weight) => sum + weight, 0);
  return { sides, anchorSides, anchorWeights, total };
};

/** Where the losses of anchors stand among all rows, for `reduction: 'none'`. */
export const spreadPlaces = (
  sides: readonly AnchorSide[],
  { queries, documents }: Relevance,
): { readonly rows: readonly number[]; readonly length: number } => {
  const base = sides[0]?.side === 'query' ? queries : 0;
  return {
    rows: sides.flatMap(({ side, rows }) => Array.from(rows, (row) => (side === 'query' ? row : base + row))),
    length: base + (sides.some(({ side }) => side === 'document') ? documents : 0),
  };
};

/** [A], the weight of every anchor, side by side: a document weighs as much as its queries do on average. */
const weightsOf = (
  sides: readonly AnchorSide[],
  relevance: Relevance,
  weights: ArrayLike<number>,
): Float64Array =>
  Float64Array.from(
    sides.flatMap(({ side, rows }) =>
      Array.from(rows, (row) => {
        if (side === 'query') return weights[row]!;
        const queries = relevance.queriesOf[row]!;
        return queries.reduce((sum, query) => sum + weights[query]!, 0) / queries.length;
      }),
    ),
  );
