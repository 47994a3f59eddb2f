import type { TextList } from '../encoders/index.js';
import { checkWholeNumber, isMark, type LabeledPairs, StringHashes } from '../numerics/index.js';
import type { TeacherVectors } from './teacher-vectors.js';

/**
 * Unique texts and the pairs among them, as parallel arrays of one length P.
 *
 * Texts are arrays, which are tokenized once, or stay on disk (`TextFile`). In the second case each batch reads and
 * tokenizes its own, and memory holds about 20 bytes per pair and a few dozen per text.
 */
export interface OasisDataset<Texts extends TextList = TextList> {
  readonly queries: Texts;
  readonly documents: Texts;
  /** Indices are rows of `queries` and of `documents`; CoSENT orders by `similarity`. */
  readonly pairs: LabeledPairs;
  /** What labels further pairs of a batch, with `labels: 'batch'`. */
  readonly teacher?: TeacherVectors;
}

const rowOf = (texts: TextList, wanted: string): number => {
  let row = 0;
  for (const text of texts) {
    if (text === wanted) return row;
    row++;
  }
  return -1;
};

const checkUnique = (name: string, texts: TextList) => {
  const seen = new StringHashes();
  let row = 0;
  for (const text of texts) {
    if (!seen.add(text)) {
      const first = rowOf(texts, text);
      if (first < row)
        throw new RangeError(`${name} must be unique, ${name}[${row}] repeats ${name}[${first}]`);
    }
    row++;
  }
};

/** Query by query, with the last query that each document came with: no set of all pairs, which may be too many for one. */
const checkDistinctPairs = (pairs: LabeledPairs, documents: number, queries: number) => {
  const { start, order } = byQuery(pairs, queries);
  const lastQuery = new Uint32Array(documents);
  for (let query = 0; query < queries; query++) {
    for (let i = start[query]!; i < start[query + 1]!; i++) {
      const p = order[i]!;
      const document = pairs.document[p]!;
      if (lastQuery[document] === query + 1)
        throw new RangeError(`pairs[${p}] repeats query ${query} with document ${document}`);
      lastQuery[document] = query + 1;
    }
  }
};

/** Pairs by query: query q owns `order[start[q]]` to `order[start[q + 1]]`, in rising order. */
export const byQuery = ({ query }: Pick<LabeledPairs, 'query'>, queries: number) => {
  const start = new Uint32Array(queries + 1);
  for (let p = 0; p < query.length; p++) start[query[p]! + 1]!++;
  for (let q = 0; q < queries; q++) start[q + 1]! += start[q]!;
  const next = start.slice();
  const order = new Uint32Array(query.length);
  for (let p = 0; p < query.length; p++) order[next[query[p]!]!++] = p;
  return { start, order };
};

const checkRows = (name: string, rows: ArrayLike<number>, count: number) => {
  for (let p = 0; p < rows.length; p++) {
    checkWholeNumber(`${name}[${p}]`, rows[p]!, 0);
    if (rows[p]! >= count) throw new RangeError(`${name}[${p}] must be below ${count}, received ${rows[p]}`);
  }
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
  let positives = 0;
  for (let p = 0; p < count; p++) {
    if (!Number.isFinite(pairs.similarity[p])) {
      throw new RangeError(`pairs.similarity[${p}] must be finite, received ${pairs.similarity[p]}`);
    }
    if (!isMark(pairs.positive[p])) {
      throw new RangeError(
        `pairs.positive[${p}] must be true, false, 0 or 1, received ${JSON.stringify(pairs.positive[p])}`,
      );
    }
    if (pairs.positive[p]) positives++;
  }
  if (positives === 0)
    throw new RangeError(`pairs must hold a positive, received ${count} pairs without one`);
  checkDistinctPairs(pairs, documents.length, queries.length);
};
