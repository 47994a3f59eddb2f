import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type FlatTree,
  flattenObject,
  labelLowerBound,
  postorderLowerBound,
  preorderLowerBound,
  treeEditDistance,
  treeEditDistanceWithin,
  treeEditMapping,
} from '../../src/ast/index.js';
import type { OracleTree } from '../reference/tree-edit.js';

interface Published {
  apted: [string, string, number][];
  ted: [string, string, number][];
  touzet: [string, string, number, number | null][];
  join: { trees: string[]; pairsWithin: number[] }[];
}

// Written by published.py from the projects' own test suites.
const published: Published = JSON.parse(
  readFileSync(new URL('./golden/published.golden.json', import.meta.url), 'utf8'),
);

/** Bracket notation: `{label{child}{child}}`, with a backslash before braces that belong to a label. */
const parse = (text: string): FlatTree => {
  interface Node extends OracleTree {
    label: string;
    children: Node[];
  }
  const open: Node[] = [];
  for (let i = 0; i < text.length; i++) {
    const top = open.at(-1);
    if (text[i] === '{') {
      const node: Node = { label: '', children: [] };
      top?.children.push(node);
      open.push(node);
    } else if (text[i] === '}') {
      if (open.length === 1) return flattenObject(open[0]!);
      open.pop();
    } else if (top !== undefined) {
      top.label += text[i] === '\\' ? text[++i] : text[i];
    }
  }
  throw new Error(`unbalanced: ${text}`);
};

describe('published test data', () => {
  it.each([
    ['apted', published.apted],
    ['tree-similarity', published.ted],
  ])('gives the distances of %s, and mappings and bounds that fit them', (_, cases) => {
    expect(cases.length).toBeGreaterThan(50);
    for (const [first, second, distance] of cases) {
      const a = parse(first);
      const b = parse(second);
      expect(treeEditDistance(a, b), `${first} ${second}`).toBe(distance);
      expect(treeEditMapping(a, b).distance).toBe(distance);
      for (const bound of [labelLowerBound, preorderLowerBound, postorderLowerBound]) {
        expect(bound(a, b)).toBeLessThanOrEqual(distance);
      }
    }
  });

  it('gives the bounded distances of tree-similarity', () => {
    for (const [first, second, limit, distance] of published.touzet) {
      const expected = distance ?? Number.POSITIVE_INFINITY;
      expect(treeEditDistanceWithin(parse(first), parse(second), limit), `${first} ${second}`).toBe(expected);
    }
  });

  it.each(published.join)(
    'finds as many pairs within each distance as the joins of tree-similarity',
    (join) => {
      const trees = join.trees.map(parse);
      const counts = join.pairsWithin.map(() => 0);
      trees.forEach((a, i) => {
        for (const b of trees.slice(i + 1)) {
          const distance = treeEditDistanceWithin(a, b, counts.length);
          for (let limit = 1; limit <= counts.length; limit++) if (distance <= limit) counts[limit - 1]!++;
        }
      });
      expect(counts).toEqual(join.pairsWithin);
    },
  );
});
