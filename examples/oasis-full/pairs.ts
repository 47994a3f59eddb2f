import { readJsonLines, writeJsonLines } from './run-folder.js';

/** Labelled pairs as parallel arrays; indices point into the training functions. */
export interface LabelledPairs {
  readonly query: Uint32Array;
  readonly document: Uint32Array;
  readonly similarity: Float32Array;
  readonly positive: Uint8Array;
}

type PairRow = readonly [query: number, document: number, similarity: number, positive: number];

function* rowsOf(pairs: LabelledPairs): Generator<PairRow> {
  for (let i = 0; i < pairs.query.length; i++) {
    yield [pairs.query[i]!, pairs.document[i]!, pairs.similarity[i]!, pairs.positive[i]!];
  }
}

export const writePairs = (path: string, pairs: LabelledPairs): Promise<string> =>
  writeJsonLines(path, rowsOf(pairs));

export const readPairs = async (path: string): Promise<LabelledPairs> => {
  const rows: PairRow[] = [];
  for await (const row of readJsonLines<PairRow>(path)) rows.push(row);
  return {
    query: Uint32Array.from(rows, (row) => row[0]),
    document: Uint32Array.from(rows, (row) => row[1]),
    similarity: Float32Array.from(rows, (row) => row[2]),
    positive: Uint8Array.from(rows, (row) => row[3]),
  };
};
