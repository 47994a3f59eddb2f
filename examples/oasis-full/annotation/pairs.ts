import { readJsonLines, writeJsonLines } from '../store/json-lines.js';

/** Labelled pairs as parallel arrays; indices point into the training functions. */
export interface LabelledPairs {
  readonly query: Uint32Array;
  readonly document: Uint32Array;
  readonly similarity: Float32Array;
  readonly positive: Uint8Array;
}

/** Where pairs come from, by the number that shards hold: a stratum of the K negatives, or a near twin beyond them. */
export const PAIR_SOURCES = ['positive', 'random', 'calls', 'lexical', 'twins', 'near-twin'] as const;
export type PairSource = (typeof PAIR_SOURCES)[number];

type PairRow = readonly [
  query: number,
  document: number,
  similarity: number,
  positive: number,
  source: PairSource,
];

function* rowsOf(pairs: LabelledPairs, source: Uint8Array): Generator<PairRow> {
  for (let i = 0; i < pairs.query.length; i++) {
    const name = PAIR_SOURCES[source[i]!]!;
    yield [pairs.query[i]!, pairs.document[i]!, pairs.similarity[i]!, pairs.positive[i]!, name];
  }
}

/** @param source Of each pair, its place in {@link PAIR_SOURCES}. */
export const writePairs = (path: string, pairs: LabelledPairs, source: Uint8Array): Promise<string> =>
  writeJsonLines(path, rowsOf(pairs, source));

export const readPairs = async (path: string): Promise<LabelledPairs> => {
  let pairs = emptyPairs(1024);
  let count = 0;
  for await (const row of readJsonLines<PairRow>(path)) {
    if (count === pairs.query.length) {
      const larger = emptyPairs(2 * count);
      for (const name of PAIR_COLUMNS) larger[name].set(pairs[name]);
      pairs = larger;
    }
    for (const [i, name] of PAIR_COLUMNS.entries()) pairs[name][count] = row[i] as number;
    count++;
  }
  return {
    query: pairs.query.slice(0, count),
    document: pairs.document.slice(0, count),
    similarity: pairs.similarity.slice(0, count),
    positive: pairs.positive.slice(0, count),
  };
};

const PAIR_COLUMNS = ['query', 'document', 'similarity', 'positive'] as const;

export const emptyPairs = (count: number) => ({
  query: new Uint32Array(count),
  document: new Uint32Array(count),
  similarity: new Float32Array(count),
  positive: new Uint8Array(count),
});
