import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type FlatTree,
  normalizedTreeEditDistance,
  treeEditDistance,
  treeEditMapping,
  treeEditMoves,
} from '../../src/ast/index.js';
import { parseBrackets } from './bracket-notation.js';

interface Case {
  readonly a: string;
  readonly b: string;
  readonly unit: number;
  /** What the edits of APTED's own mapping cost. */
  readonly mapping: number;
  readonly normalized: number;
  readonly byLabel: number;
  readonly byNode: number;
}

// Written by golden/tree-peers.py: random trees, zigzags and combs; zss and apted from PyPI.
const cases = (
  JSON.parse(readFileSync(new URL('./golden/tree-peers.golden.json', import.meta.url), 'utf8')) as Case[]
).map((row) => ({ ...row, a: parseBrackets(row.a), b: parseBrackets(row.b) }));

const code = (label: string) => label.charCodeAt(0);
const byLabel = {
  insert: (label: string) => 1 + (code(label) % 3) / 2,
  delete: (label: string) => 0.5 + (code(label) % 2),
  rename: (from: string, to: string) => 0.25 + Math.abs(code(from) - code(to)) / 4,
  match: 0.125,
};
const byNode = {
  byNode: true as const,
  insert: ({ index }: { index: number }) => 0.5 + (index % 3) / 2,
  delete: ({ index }: { index: number }) => 0.25 + (index % 5) / 4,
  pair: (from: { index: number }, to: { index: number }) => ((from.index * 7 + to.index * 3) % 11) / 8,
};

/** What the edits of a mapping cost, counted one by one. */
const unitCost = (a: FlatTree, b: FlatTree, targets: Int32Array): number => {
  const pairs = Array.from(targets.entries()).filter(([, j]) => j !== -1);
  const renamed = pairs.filter(([i, j]) => a.labels[i] !== b.labels[j]).length;
  return a.size + b.size - 2 * pairs.length + renamed;
};

describe('zss and apted', () => {
  it('agree on distances under unit costs, costs by label and costs by node', () => {
    expect(cases.length).toBeGreaterThan(60);
    for (const { a, b, ...expected } of cases) {
      expect({
        unit: treeEditDistance(a, b),
        byLabel: treeEditDistance(a, b, byLabel),
        byNode: treeEditDistance(a, b, byNode),
      }).toEqual({ unit: expected.unit, byLabel: expected.byLabel, byNode: expected.byNode });
    }
  });

  it('agree on what a cheapest mapping costs', () => {
    for (const { a, b, ...expected } of cases) {
      const mapping = treeEditMapping(a, b);
      expect(unitCost(a, b, mapping.targets)).toBe(expected.mapping);
      expect(treeEditMapping(a, b, byLabel).distance).toBe(expected.byLabel);
      expect(treeEditMapping(a, b, byNode).distance).toBe(expected.byNode);
    }
  });

  it('agree on the normalized distance', () => {
    for (const { a, b, normalized } of cases)
      expect(normalizedTreeEditDistance(a, b)).toBeCloseTo(normalized, 14);
  });

  it('need as many edits at least as a mapping with moves', () => {
    for (const { a, b, unit } of cases) expect(treeEditMoves(a, b).distance).toBeLessThanOrEqual(unit);
  });
});
