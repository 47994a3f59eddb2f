/** Unique texts and the pairs among them, as parallel arrays of one length P. */
export interface OasisDataset {
  readonly queries: readonly string[];
  readonly documents: readonly string[];
  readonly pairs: OasisPairs;
}

export interface OasisPairs {
  /** [P], rows of `queries`. */
  readonly query: Uint32Array;
  /** [P], rows of `documents`. */
  readonly document: Uint32Array;
  /** [P], the label that CoSENT orders by. */
  readonly similarity: Float32Array;
  /** [P], 1 where the document answers the query. */
  readonly positive: Uint8Array;
}

const checkUnique = (name: string, texts: readonly string[]) => {
  const seen = new Map<string, number>();
  texts.forEach((text, i) => {
    const first = seen.get(text);
    if (first !== undefined) {
      throw new RangeError(`${name} must be unique, ${name}[${i}] repeats ${name}[${first}]`);
    }
    seen.set(text, i);
  });
};

const checkRows = (name: string, rows: Uint32Array, count: number) => {
  rows.forEach((row, p) => {
    if (row >= count) throw new RangeError(`${name}[${p}] must be below ${count}, received ${row}`);
  });
};

/**
 * Checks a dataset before any work is done.
 *
 * @throws {RangeError} Naming what is wrong: repeated texts (they would become false negatives), pair arrays of
 * different lengths, rows out of range, a similarity that is not finite, a pair given twice, no positive pair.
 */
export const checkDataset = ({ queries, documents, pairs }: OasisDataset): void => {
  const count = pairs.query.length;
  for (const name of ['document', 'similarity', 'positive'] as const) {
    if (pairs[name].length !== count) {
      throw new RangeError(
        `pairs.${name} must have shape [P] = [${count}], received [${pairs[name].length}]`,
      );
    }
  }
  checkUnique('queries', queries);
  checkUnique('documents', documents);
  checkRows('pairs.query', pairs.query, queries.length);
  checkRows('pairs.document', pairs.document, documents.length);
  const seen = new Set<number>();
  let positives = 0;
  for (let p = 0; p < count; p++) {
    if (!Number.isFinite(pairs.similarity[p])) {
      throw new RangeError(`pairs.similarity[${p}] must be finite, received ${pairs.similarity[p]}`);
    }
    const cell = pairs.query[p]! * documents.length + pairs.document[p]!;
    if (seen.has(cell)) {
      throw new RangeError(`pairs[${p}] repeats query ${pairs.query[p]} with document ${pairs.document[p]}`);
    }
    seen.add(cell);
    if (pairs.positive[p] !== 0) positives++;
  }
  if (positives === 0)
    throw new RangeError(`pairs must hold a positive, received ${count} pairs without one`);
};
