/** A tree for the slow oracles: plain objects. */
export interface OracleTree {
  readonly label: string;
  readonly children: readonly OracleTree[];
}

export interface OracleCosts {
  insert(label: string): number;
  delete(label: string): number;
  rename(from: string, to: string): number;
  /** Of a pair of equal labels; 0 where it is left out. */
  match?(label: string): number;
}

const unit: OracleCosts = { insert: () => 1, delete: () => 1, rename: (from, to) => (from === to ? 0 : 1) };

/**
 * The textbook recursion on forests, with nothing remembered: exponential, for trees of up to about 8 nodes.
 *
 * d(F, G) = min of: delete the last root of F; insert the last root of G; pair the two last roots.
 */
export const bruteForceDistance = (a: OracleTree | null, b: OracleTree | null, costs = unit): number => {
  const forests = (f: readonly OracleTree[], g: readonly OracleTree[]): number => {
    const v = f.at(-1);
    const w = g.at(-1);
    if (v === undefined && w === undefined) return 0;
    if (v === undefined) return forests(f, [...g.slice(0, -1), ...w!.children]) + costs.insert(w!.label);
    if (w === undefined) return forests([...f.slice(0, -1), ...v.children], g) + costs.delete(v.label);
    return Math.min(
      forests([...f.slice(0, -1), ...v.children], g) + costs.delete(v.label),
      forests(f, [...g.slice(0, -1), ...w.children]) + costs.insert(w.label),
      forests(f.slice(0, -1), g.slice(0, -1)) +
        forests(v.children, w.children) +
        (v.label === w.label ? (costs.match?.(v.label) ?? 0) : costs.rename(v.label, w.label)),
    );
  };
  return forests(a === null ? [] : [a], b === null ? [] : [b]);
};

/** Levenshtein's table as it stands in every textbook. */
export const levenshtein = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const table = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      table[i]![j] = Math.min(
        table[i - 1]![j]! + 1,
        table[i]![j - 1]! + 1,
        table[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
  }
  return table[a.length]![b.length]!;
};

export const mirrorTree = (tree: OracleTree): OracleTree => ({
  label: tree.label,
  children: tree.children.map(mirrorTree).reverse(),
});

export const countNodes = (tree: OracleTree): number =>
  tree.children.reduce((sum, child) => sum + countNodes(child), 1);
