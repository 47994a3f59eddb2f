/** Items of each group, without lists that have one item or no weight. */
export const listsOf = (
  length: number,
  groups: ArrayLike<number | string> | undefined,
  weights: ArrayLike<number> | undefined,
): number[][] => {
  const lists = new Map<number | string, number[]>();
  for (let i = 0; i < length; i++) {
    const id = groups?.[i] ?? 0;
    const list = lists.get(id);
    if (list === undefined) lists.set(id, [i]);
    else list.push(i);
  }
  const weighted = (list: number[]) => weights === undefined || list.some((i) => weights[i]! > 0);
  return [...lists.values()].filter((list) => list.length > 1 && weighted(list));
};

/** p = softmax(y/τ_y) over a list, items in its order. */
export const targetOf = (
  list: readonly number[],
  labels: ArrayLike<number>,
  temperature: number,
  weights: ArrayLike<number> | undefined,
): number[] => {
  const kept = list.filter((i) => weights?.[i] !== 0);
  const highest = kept.reduce((most, i) => Math.max(most, labels[i]!), -Infinity);
  const mass = list.map((i) =>
    weights?.[i] === 0 ? 0 : (weights?.[i] ?? 1) * Math.exp((labels[i]! - highest) / temperature),
  );
  const total = mass.reduce((sum, one) => sum + one, 0);
  return mass.map((one) => one / total);
};
