/** How the benchmark judges an answer: NDCG@10 over places, as its own `metrics.py` computes it. */

/** A file, or lines of one, that a question is to find. */
export interface Target {
  readonly path: string;
  readonly start_line?: number;
  readonly end_line?: number;
}

/** One answer, by its place. */
export interface Place {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
}

const pathsMatch = (found: string, wanted: string): boolean =>
  found === wanted || found.endsWith(`/${wanted}`) || wanted.endsWith(`/${found}`);

const covers = (place: Place, { path, start_line: start, end_line: end }: Target): boolean =>
  pathsMatch(place.path, path) &&
  (start === undefined || end === undefined || !(place.endLine < start || place.startLine > end));

/** Ranks count from 1; each target has that of the first answer which covers it, and answers count once. */
export const ndcg = (answers: readonly Place[], targets: readonly Target[], k = 10): number => {
  if (targets.length === 0) return 0;
  const relevances = new Array<number>(k).fill(0);
  for (const target of targets) {
    const rank = answers.slice(0, k).findIndex((answer) => covers(answer, target));
    if (rank >= 0) relevances[rank] = 1;
  }
  const gain = (values: readonly number[]) =>
    values.reduce((sum, value, i) => sum + value / Math.log2(i + 2), 0);
  return gain(relevances) / gain(new Array<number>(Math.min(k, targets.length)).fill(1));
};
