import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { treeEditDistance, treeEditDistanceWithin, treeEditMapping } from '../../src/ast/index.js';
import { parseBrackets } from './bracket-notation.js';

/**
 * The published test data of DatabaseGroup/apted and DatabaseGroup/tree-similarity, read from checkouts:
 * APTED=… TREE_SIMILARITY=… npx vitest run --project published-trees
 */
const folder = (name: 'APTED' | 'TREE_SIMILARITY'): string => {
  const path = process.env[name];
  if (path === undefined) throw new Error(`${name} must name a checkout`);
  return path;
};
const lines = (path: string): string[] => readFileSync(path, 'utf8').split('\n');

/** The lines after each comment line, one case a comment. */
const blocks = (path: string): string[][] => {
  const cases: string[][] = [];
  for (const line of lines(path)) {
    if (line.startsWith('#')) cases.push([]);
    else if (line !== '') cases.at(-1)!.push(line);
  }
  return cases.filter((block) => block.length > 0);
};

const agrees = (first: string, second: string, distance: number) => {
  const [a, b] = [parseBrackets(first), parseBrackets(second)];
  expect(treeEditDistance(a, b), `${first} ${second}`).toBe(distance);
  expect(treeEditMapping(a, b).distance).toBe(distance);
};

describe('published test data', () => {
  it('apted: every distance', () => {
    const path = join(folder('APTED'), 'src/test/resources/correctness_test_cases.json');
    const cases = JSON.parse(readFileSync(path, 'utf8')) as { t1: string; t2: string; d: number }[];
    expect(cases.length).toBeGreaterThan(50);
    for (const { t1, t2, d } of cases) agrees(t1, t2, d);
  });

  it('tree-similarity: every distance', () => {
    const cases = blocks(join(folder('TREE_SIMILARITY'), 'test/ted/ted_test_data.txt'));
    expect(cases.length).toBeGreaterThan(50);
    for (const [first, second, distance] of cases) agrees(first!, second!, Number(distance));
  });

  it('tree-similarity: every bounded distance', () => {
    const cases = blocks(join(folder('TREE_SIMILARITY'), 'test/touzet/touzet_ted_test_data.txt'));
    expect(cases.length).toBeGreaterThan(50);
    for (const [first, second, limit, distance] of cases) {
      const expected = distance === 'INF' ? Number.POSITIVE_INFINITY : Number(distance);
      const found = treeEditDistanceWithin(parseBrackets(first!), parseBrackets(second!), Number(limit));
      expect(found, `${first} ${second}`).toBe(expected);
    }
  });

  it.each(['20', '129'])('tree-similarity: as many pairs within each distance, join of %s', (name) => {
    const data = join(folder('TREE_SIMILARITY'), `test/join/join_test_data_${name}.txt`);
    const trees = lines(data).filter(Boolean).map(parseBrackets);
    const expected = readFileSync(data.replace('_data_', '_results_'), 'utf8')
      .trim()
      .split(/\s+/)
      .map(Number);
    const counts = expected.map(() => 0);
    trees.forEach((a, i) => {
      for (const b of trees.slice(i + 1)) {
        const distance = treeEditDistanceWithin(a, b, counts.length);
        for (let limit = 1; limit <= counts.length; limit++) if (distance <= limit) counts[limit - 1]!++;
      }
    });
    expect(counts).toEqual(expected);
  });
});
