import type { FlatTree } from '../../src/ast/index.js';
import { treeEditDistance } from '../../src/ast/index.js';

interface Pairs {
  readonly query: readonly number[];
  readonly document: readonly number[];
  readonly similarity: readonly number[];
  readonly positive: readonly number[];
}

interface Rules {
  readonly threshold: number | null;
  readonly aboveOwnPositive: boolean;
  readonly trees: readonly (FlatTree | null)[];
  readonly treeRatio: number;
  readonly minTreeNodes: number;
  readonly tokens: readonly (readonly string[])[];
  readonly maxTokenJaccard: number;
}

const jaccard = (a: readonly string[], b: readonly string[]): number => {
  const union = new Set([...a, ...b]);
  const shared = [...union].filter((token) => a.includes(token) && b.includes(token));
  return union.size === 0 ? 1 : shared.length / union.size;
};

/** Every negative held against every positive of its query, word for word as the rules are written. */
export const referenceSuspects = (pairs: Pairs, rules: Rules) => {
  const suspects: { pair: number; rules: string[]; treeRatio: number; positive: number }[] = [];
  pairs.query.forEach((query, pair) => {
    if (pairs.positive[pair] === 1) return;
    const positives = pairs.query
      .map((_, i) => i)
      .filter((i) => pairs.query[i] === query && pairs.positive[i] === 1)
      // The most similar first, and the earlier of two that are equally so: the first is held against.
      .sort((a, b) => pairs.similarity[b]! - pairs.similarity[a]! || a - b);
    const names: string[] = [];
    const similarity = pairs.similarity[pair]!;
    if (rules.threshold !== null && similarity > rules.threshold) names.push('threshold');
    if (
      rules.aboveOwnPositive &&
      positives.length > 0 &&
      similarity > Math.max(...positives.map((i) => pairs.similarity[i]!))
    ) {
      names.push('aboveOwnPositive');
    }
    let best = Number.NaN;
    let against = positives[0] ?? 0xffffffff;
    for (const i of positives) {
      const a = rules.trees[pairs.document[i]!];
      const f = rules.trees[pairs.document[pair]!];
      if (!a || !f || a.hasError || f.hasError || Math.min(a.size, f.size) < rules.minTreeNodes) continue;
      if (
        jaccard(rules.tokens[pairs.document[i]!]!, rules.tokens[pairs.document[pair]!]!) >
        rules.maxTokenJaccard
      ) {
        continue;
      }
      const ratio = treeEditDistance(a, f) / (a.size + f.size);
      if (ratio <= rules.treeRatio && !(ratio >= best)) {
        best = ratio;
        against = i;
      }
    }
    if (!Number.isNaN(best)) names.push('tree');
    if (names.length > 0) suspects.push({ pair, rules: names, treeRatio: best, positive: against });
  });
  return suspects;
};
