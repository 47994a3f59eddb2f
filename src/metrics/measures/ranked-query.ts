/** The judged documents of one kind that a query has, by ascending rank. */
export interface RankedDocuments {
  /** From 1; Infinity for a document that was not retrieved. */
  readonly ranks: Float64Array;
  /** Where every order of tied documents is equally likely: see `TiedGroups`. */
  readonly tied?: { readonly above: Float64Array; readonly size: Float64Array };
}

/** What a metric sees of one query. */
export interface RankedQuery extends RankedDocuments {
  /** The grade of each relevant document, above 0. */
  readonly gains: Float64Array;
  /** The documents that are not relevant; unknown where only ranks of relevant documents were counted. */
  readonly judged?: {
    readonly nonRelevant: RankedDocuments;
    /** Drawn for judgement but not judged: a negative grade in the qrels. */
    readonly unjudged: RankedDocuments;
    /** How many documents the run lists for the query. */
    readonly retrieved: number;
  };
}

/** The value of one query that has at least one relevant document. */
export type QueryMeasure = (query: RankedQuery) => number;

/** Documents of equal score: `size` places from `above + 1` on, `to − from` of them taken by documents [from, to). */
export interface TieGroup {
  readonly above: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** The retrieved documents from the top, by groups of equal score; one by one unless every order is equally likely. */
export function* tieGroups({ ranks, tied }: RankedDocuments): Generator<TieGroup> {
  for (let from = 0; from < ranks.length && ranks[from] !== Number.POSITIVE_INFINITY; ) {
    if (tied === undefined) {
      yield { above: ranks[from]! - 1, size: 1, from, to: from + 1 };
      from += 1;
      continue;
    }
    let to = from + 1;
    while (to < ranks.length && tied.above[to] === tied.above[from]) to += 1;
    yield { above: tied.above[from]!, size: tied.size[from]!, from, to };
    from = to;
  }
}

/** How many places of a group lie within the first k. */
export const placesWithin = ({ above, size }: TieGroup, k: number): number =>
  Math.min(size, Math.max(0, Math.floor(k - above)));

/** The expected number of documents within the first k. */
export const foundWithin = (documents: RankedDocuments, k: number): number => {
  let found = 0;
  for (const group of tieGroups(documents)) {
    const places = placesWithin(group, k);
    if (places === 0) break;
    found += ((group.to - group.from) * places) / group.size;
  }
  return found;
};

const pick = ({ ranks, tied }: RankedDocuments, places: Uint32Array): RankedDocuments => {
  const of = (values: Float64Array) => Float64Array.from(places, (place) => values[place]!);
  return { ranks: of(ranks), ...(tied && { tied: { above: of(tied.above), size: of(tied.size) } }) };
};

const merge = (a: RankedDocuments, b: RankedDocuments): RankedDocuments => {
  const joined = (x: Float64Array, y: Float64Array) => {
    const all = new Float64Array(x.length + y.length);
    all.set(x);
    all.set(y, x.length);
    return all;
  };
  const all: RankedDocuments = {
    ranks: joined(a.ranks, b.ranks),
    ...(a.tied && b.tied
      ? { tied: { above: joined(a.tied.above, b.tied.above), size: joined(a.tied.size, b.tied.size) } }
      : {}),
  };
  const { ranks, tied } = all;
  const order = Uint32Array.from(ranks, (_, i) => i).sort((x, y) => {
    // Groups stay together: their members' mean ranks may interleave with nothing but each other.
    if (tied !== undefined && tied.above[x] !== tied.above[y]) return tied.above[x]! - tied.above[y]!;
    return ranks[x] === ranks[y] ? 0 : ranks[x]! - ranks[y]!;
  });
  return pick(all, order);
};

/** The query as it is when only grades of `level` and more count as relevant. */
export const atLevel = (query: RankedQuery, level: number): RankedQuery => {
  const { gains, judged } = query;
  if (gains.every((gain) => gain >= level)) return query;
  const places = Uint32Array.from(gains.keys());
  const relevant = places.filter((place) => gains[place]! >= level);
  const others = places.filter((place) => gains[place]! < level);
  return {
    ...pick(query, relevant),
    gains: Float64Array.from(relevant, (place) => gains[place]!),
    ...(judged && {
      judged: { ...judged, nonRelevant: merge(judged.nonRelevant, pick(query, others)) },
    }),
  };
};
