import { describe, expect, it } from 'vitest';
import { flattenObject, treeEditRatio } from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { twinNegatives } from '../../src/refinement/index.js';

const list = (labels: readonly string[]) =>
  flattenObject({ label: 'f', children: labels.map((label) => ({ label })) });

describe('twinNegatives', () => {
  const random = createRandom(5);
  const draw = (from: string) => from[random.below(from.length)]!;
  const count = 60;
  const trees = Array.from({ length: count }, (_, i) =>
    i % 17 === 16 ? null : list(Array.from({ length: 3 + random.below(4) }, () => draw('abc'))),
  );
  const repositories = Array.from({ length: count }, () => draw('rs'));
  const tokens = Array.from({ length: count }, () => [draw('uvwxyz'), draw('uvwxyz')]);
  // Query i is answered by document i; document i + 1 is a negative already.
  const indices = Array.from({ length: count }, (_, i) => i);
  const pairs = {
    query: [...indices, ...indices],
    document: [...indices, ...indices.map((i) => (i + 1) % count)],
    positive: [...indices.map(() => 1), ...indices.map(() => 0)],
  };

  it('proposes exactly the near pairs of a repository that are not there yet, nearest first', () => {
    const treeRatio = 0.15;
    const maxTokenJaccard = 0.4;
    const expected: [number, number, number][] = [];
    for (const a of indices) {
      const near = indices
        .filter((b) => b !== a && b !== (a + 1) % count && repositories[a] === repositories[b])
        .filter((b) => trees[a] && trees[b] && treeEditRatio(trees[a]!, trees[b]!) <= treeRatio)
        .filter((b) => {
          const union = new Set([...tokens[a]!, ...tokens[b]!]);
          const shared = new Set(tokens[a]!.filter((token) => tokens[b]!.includes(token)));
          return shared.size / union.size <= maxTokenJaccard;
        })
        .map((b): [number, number, number] => [a, b, treeEditRatio(trees[a]!, trees[b]!)])
        .sort((x, y) => x[2] - y[2] || x[1] - y[1]);
      expected.push(...near);
    }
    const options = { trees, repositories, treeRatio, tokens, maxTokenJaccard, minTreeNodes: 1 };
    const twins = twinNegatives(pairs, options);
    expect(expected.length).toBeGreaterThan(30);
    const found = [...twins.query].map((query, i) => [query, twins.document[i], twins.treeRatio[i]]);
    expect(found).toEqual(expected.map(([a, b, ratio]) => [a, b, Math.fround(ratio)]));
    const one = twinNegatives(pairs, { ...options, maxPerQuery: 1 });
    const firsts = expected.filter(([a], i) => expected.findIndex(([query]) => query === a) === i);
    expect([...one.document]).toEqual(firsts.map(([, b]) => b));
  });

  it('refuses lists that do not fit together', () => {
    expect(() => twinNegatives(pairs, { trees, repositories: ['r'] })).toThrow(
      /repositories must have shape \[D\] = \[60\], received \[1\]/,
    );
    expect(() =>
      twinNegatives({ ...pairs, document: pairs.document.map(() => 99) }, { trees, repositories }),
    ).toThrow(/pairs.document\[0\] must be in \[0, 60\), received 99/);
  });
});
