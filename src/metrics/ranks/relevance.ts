/** Pairs of a query and a document relevant to it, as parallel arrays [P]. */
export interface RelevancePairs {
  readonly query: ArrayLike<number>;
  readonly document: ArrayLike<number>;
  /**
   * Grades [P]; a pair with a grade of 0 or less is not relevant.
   * @defaultValue 1 for each
   */
  readonly gain?: ArrayLike<number>;
}

/**
 * What is relevant: pairs, or one document index per query [Q] with a negative number where there is none.
 */
export type Relevance = RelevancePairs | ArrayLike<number>;

/** Documents per query as slices of flat arrays: those of query q lie in [offsets[q], offsets[q + 1]). */
export interface DocumentsByQuery {
  readonly offsets: Uint32Array;
  readonly documents: Uint32Array;
  readonly gains: Float64Array;
}

const isPairs = (relevance: Relevance): relevance is RelevancePairs => 'query' in relevance;

const asPairs = (relevance: Relevance, queries: number, name: string) => {
  if (isPairs(relevance)) {
    const { query, document, gain } = relevance;
    if (document.length !== query.length) {
      const wanted = `${name}.document must have shape [P] = [${query.length}]`;
      throw new RangeError(`${wanted}, received ${document.length}`);
    }
    if (gain !== undefined && gain.length !== query.length) {
      throw new RangeError(`${name}.gain must have shape [P] = [${query.length}], received ${gain.length}`);
    }
    return { size: query.length, at: (i: number) => [query[i]!, document[i]!, gain?.[i] ?? 1] as const };
  }
  if (relevance.length !== queries) {
    throw new RangeError(`${name} must have shape [Q] = [${queries}], received ${relevance.length}`);
  }
  return { size: queries, at: (i: number) => [i, relevance[i]!, relevance[i]! < 0 ? 0 : 1] as const };
};

/** A document that is there more than once. */
const repeated = (documents: Uint32Array): number | undefined => {
  if (documents.length < 2) return undefined;
  const sorted = documents.slice().sort();
  return sorted.find((document, i) => i > 0 && document === sorted[i - 1]);
};

/**
 * Groups pairs by query; drops those with a grade of 0 or less.
 *
 * @throws RangeError when an index is out of range, a grade is not finite, or a pair is given twice.
 */
export const groupByQuery = (
  relevance: Relevance,
  queries: number,
  documents: number,
  name: string,
): DocumentsByQuery => {
  const { size, at } = asPairs(relevance, queries, name);
  const offsets = new Uint32Array(queries + 1);
  for (let i = 0; i < size; i++) {
    const [query, document, gain] = at(i);
    if (!(Number.isInteger(query) && query >= 0 && query < queries)) {
      throw new RangeError(`${name}.query[${i}] must be in [0, Q) = [0, ${queries}), received ${query}`);
    }
    if (!Number.isFinite(gain)) throw new RangeError(`${name}.gain[${i}] must be finite, received ${gain}`);
    if (gain <= 0) continue;
    if (!(Number.isInteger(document) && document < documents && document >= 0)) {
      const place = isPairs(relevance) ? `${name}.document[${i}]` : `${name}[${i}]`;
      throw new RangeError(`${place} must be in [0, N) = [0, ${documents}), received ${document}`);
    }
    offsets[query + 1]! += 1;
  }
  for (let q = 0; q < queries; q++) offsets[q + 1]! += offsets[q]!;
  const total = offsets[queries]!;
  const grouped = new Uint32Array(total);
  const gains = new Float64Array(total);
  const filled = offsets.slice(0, queries);
  for (let i = 0; i < size; i++) {
    const [query, document, gain] = at(i);
    if (gain <= 0) continue;
    const place = filled[query]!++;
    grouped[place] = document;
    gains[place] = gain;
  }
  for (let q = 0; q < queries; q++) {
    const twice = repeated(grouped.subarray(offsets[q]!, offsets[q + 1]!));
    if (twice !== undefined) {
      throw new RangeError(`${name} must name a pair once, received query ${q} with document ${twice} twice`);
    }
  }
  return { offsets, documents: grouped, gains };
};

/** The rows without the documents listed for their query in `excluded`. */
export const withoutExcluded = (relevant: DocumentsByQuery, excluded: DocumentsByQuery): DocumentsByQuery => {
  const queries = relevant.offsets.length - 1;
  const offsets = new Uint32Array(queries + 1);
  const documents: number[] = [];
  const gains: number[] = [];
  for (let q = 0; q < queries; q++) {
    const hidden = excluded.documents.subarray(excluded.offsets[q]!, excluded.offsets[q + 1]!);
    for (let i = relevant.offsets[q]!; i < relevant.offsets[q + 1]!; i++) {
      if (hidden.includes(relevant.documents[i]!)) continue;
      documents.push(relevant.documents[i]!);
      gains.push(relevant.gains[i]!);
    }
    offsets[q + 1] = documents.length;
  }
  return { offsets, documents: Uint32Array.from(documents), gains: Float64Array.from(gains) };
};

/** The rows of queries [from, to), numbered from 0. */
export const sliceQueries = (all: DocumentsByQuery, from: number, to: number): DocumentsByQuery => {
  const start = all.offsets[from]!;
  const end = all.offsets[to]!;
  return {
    offsets: all.offsets.slice(from, to + 1).map((offset) => offset - start),
    documents: all.documents.slice(start, end),
    gains: all.gains.slice(start, end),
  };
};
