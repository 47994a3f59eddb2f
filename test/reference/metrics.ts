/** Slow, obvious versions of what `oasis-embed/metrics` computes, on sorted lists. */

export type Ties = 'trec' | 'optimistic' | 'pessimistic' | 'expected';

const permutations = <T>(items: readonly T[]): T[][] =>
  items.length <= 1
    ? [[...items]]
    : items.flatMap((item, i) =>
        permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
      );

/** The ascending ranks of the relevant documents when all documents are sorted by score. */
export const referenceRanks = (
  scores: readonly number[],
  relevant: ReadonlySet<number>,
  ties: Ties,
): number[] => {
  const groups = [...new Set(scores)]
    .sort((a, b) => b - a)
    .map((level) => scores.flatMap((score, document) => (score === level ? [document] : [])));
  const place = (list: readonly number[], above: number) =>
    list.flatMap((document, i) => (relevant.has(document) ? [above + i + 1] : []));
  const ranks: number[] = [];
  let above = 0;
  for (const group of groups) {
    const first = (wanted: boolean) =>
      [...group].sort((a, b) => Number(relevant.has(b) === wanted) - Number(relevant.has(a) === wanted));
    if (ties === 'trec')
      ranks.push(
        ...place(
          [...group].sort((a, b) => b - a),
          above,
        ),
      );
    else if (ties === 'optimistic') ranks.push(...place(first(true), above));
    else if (ties === 'pessimistic') ranks.push(...place(first(false), above));
    else {
      const all = permutations(group).map((order) => place(order, above));
      all[0]!.forEach((_, i) => {
        ranks.push(all.reduce((sum, list) => sum + list[i]!, 0) / all.length);
      });
    }
    above += group.length;
  }
  return ranks;
};

/** Metrics of one query from its list of grades in ranked order; `total` lists the grades of all that is relevant. */
export const referenceMeasures = (ranked: readonly number[], total: readonly number[], k: number) => {
  const relevant = total.filter((grade) => grade > 0).length;
  const top = ranked.slice(0, k);
  const hits = top.filter((grade) => grade > 0).length;
  const dcg = (grades: readonly number[], gain: (grade: number) => number) =>
    grades.reduce((sum, grade, i) => sum + (grade > 0 ? gain(grade) : 0) / Math.log2(i + 2), 0);
  const best = [...total].sort((a, b) => b - a).slice(0, k);
  const precisions = top.flatMap((grade, i) =>
    grade > 0 ? [top.slice(0, i + 1).filter((g) => g > 0).length / (i + 1)] : [],
  );
  const sum = precisions.reduce((a, b) => a + b, 0);
  const first = top.findIndex((grade) => grade > 0);
  const linear = (grade: number) => grade;
  const exponential = (grade: number) => 2 ** grade - 1;
  return {
    mrr: first < 0 ? 0 : 1 / (first + 1),
    map: sum / relevant,
    'map-min': sum / Math.min(k, relevant),
    recall: hits / relevant,
    precision: hits / k,
    success: hits > 0 ? 1 : 0,
    ndcg: dcg(top, linear) / dcg(best, linear),
    'ndcg-exp': dcg(top, exponential) / dcg(best, exponential),
    'r-precision': ranked.slice(0, relevant).filter((grade) => grade > 0).length / relevant,
  };
};
