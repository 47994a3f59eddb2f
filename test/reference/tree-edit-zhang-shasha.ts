/**
 * Zhang and Shasha as the paper prints it, left paths only, on typed arrays: no classes, no trimming, no bounds.
 * The oracle for trees too large for the recursion, and the textbook rival in the benches.
 */
export const textbookZhangShasha = (
  labelsA: Int32Array,
  sizesA: Int32Array,
  labelsB: Int32Array,
  sizesB: Int32Array,
): number => {
  const n = labelsA.length;
  const m = labelsB.length;
  if (n === 0 || m === 0) return n + m;
  const leftA = sizesA.map((size, i) => i - size + 1);
  const leftB = sizesB.map((size, i) => i - size + 1);
  const keyrootsA = keyroots(leftA);
  const keyrootsB = keyroots(leftB);
  const trees = new Int32Array(n * m);
  const forest = new Int32Array((n + 1) * (m + 1));
  for (const x of keyrootsA) {
    for (const y of keyrootsB) {
      const lx = leftA[x]!;
      const ly = leftB[y]!;
      const stride = y - ly + 2;
      forest[0] = 0;
      for (let i = lx; i <= x; i++) forest[(i - lx + 1) * stride] = i - lx + 1;
      for (let j = ly; j <= y; j++) forest[j - ly + 1] = j - ly + 1;
      for (let i = lx; i <= x; i++) {
        for (let j = ly; j <= y; j++) {
          const at = (i - lx + 1) * stride + (j - ly + 1);
          const edit = Math.min(forest[at - stride]!, forest[at - 1]!) + 1;
          if (leftA[i] === lx && leftB[j] === ly) {
            const pair = forest[at - stride - 1]! + (labelsA[i] === labelsB[j] ? 0 : 1);
            forest[at] = Math.min(edit, pair);
            trees[i * m + j] = forest[at]!;
          } else {
            const pair = forest[(leftA[i]! - lx) * stride + (leftB[j]! - ly)]! + trees[i * m + j]!;
            forest[at] = Math.min(edit, pair);
          }
        }
      }
    }
  }
  return trees[n * m - 1]!;
};

const keyroots = (left: Int32Array): Int32Array => {
  const last = new Map<number, number>();
  left.forEach((leaf, i) => {
    last.set(leaf, i);
  });
  return Int32Array.from(last.values()).sort();
};
