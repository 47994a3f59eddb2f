import { readFile } from 'node:fs/promises';
import type { DenseMatrix } from '../../../src/numerics/index.js';

/** Sentences of daily life in pairs, and how alike people find them: what a model may forget when it learns code. */
export interface GeneralSet {
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly scores: readonly number[];
}

/** sts-test.csv of the STS Benchmark: tabs between genre, file, year, number, score and the two sentences. */
export const readStsBenchmark = async (path: string): Promise<GeneralSet> => {
  const rows = (await readFile(path, 'utf8'))
    .split('\n')
    .filter((line) => line.length > 0)
    .map((line) => line.split('\t'));
  return {
    first: rows.map((row) => row[5]!),
    second: rows.map((row) => row[6]!),
    scores: rows.map((row) => Number(row[4])),
  };
};

/** Ranks from 0; equal values share the mean of theirs. */
const ranksOf = (values: readonly number[]): number[] => {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const ranks: number[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return ranks;
};

const correlation = (a: readonly number[], b: readonly number[]): number => {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((value, i) => {
    ab += (value - ma) * (b[i]! - mb);
    aa += (value - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
};

/** Spearman's correlation of cosines with what people say; rows of unit length. */
export const generalScore = (first: DenseMatrix, second: DenseMatrix, { scores }: GeneralSet): number => {
  const cosines = scores.map((_, row) => {
    let sum = 0;
    for (let i = row * first.columns; i < (row + 1) * first.columns; i++)
      sum += first.data[i]! * second.data[i]!;
    return sum;
  });
  return correlation(ranksOf(cosines), ranksOf(scores));
};
