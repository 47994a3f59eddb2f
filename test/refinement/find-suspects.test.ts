import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FlatTree, flattenObject } from '../../src/ast/index.js';
import { findSuspects, NO_PAIR, SuspectRule, suspectRuleNames } from '../../src/refinement/index.js';
import { referenceSuspects } from '../reference/suspects.js';

const list = (...labels: string[]): FlatTree =>
  flattenObject({ label: 'f', children: labels.map((label) => ({ label })) });
const namesOf = (suspects: ReturnType<typeof findSuspects>) =>
  Object.fromEntries([...suspects.pair].map((pair, i) => [pair, suspectRuleNames(suspects.rules[i]!)]));

/** Query 0 with positive 0.6 and four negatives. */
const pairs = {
  query: [0, 0, 0, 0, 0],
  document: [0, 1, 2, 3, 4],
  similarity: [0.6, 0.7, 0.6, 0.55, 0.1],
  positive: [1, 0, 0, 0, 0],
};

describe('findSuspects', () => {
  it('suspects negatives above the threshold or above their own positive, strictly', () => {
    expect(namesOf(findSuspects(pairs, { threshold: 0.55 }))).toEqual({
      1: ['threshold', 'aboveOwnPositive'],
      2: ['threshold'],
    });
    expect(namesOf(findSuspects(pairs))).toEqual({ 1: ['aboveOwnPositive'] });
    expect(namesOf(findSuspects(pairs, { aboveOwnPositive: false }))).toEqual({});
  });

  it('takes typed arrays, and marks that are booleans', () => {
    const expected = findSuspects(pairs, { threshold: 0.55 });
    const marks = { ...pairs, positive: pairs.positive.map(Boolean) };
    expect(findSuspects(marks, { threshold: 0.55 })).toEqual(expected);
    const typed = {
      ...pairs,
      query: Uint32Array.from(pairs.query),
      positive: Uint8Array.from(pairs.positive),
    };
    expect(findSuspects(typed, { threshold: 0.55 })).toEqual(expected);
  });

  it('holds a negative against the most similar of several positives', () => {
    const two = { query: [0, 0, 0], document: [0, 1, 2], similarity: [0.3, 0.5, 0.4], positive: [1, 1, 0] };
    expect(namesOf(findSuspects(two))).toEqual({});
    const suspects = findSuspects({ ...two, similarity: [0.3, 0.5, 0.6] });
    expect([...suspects.positive]).toEqual([1]);
  });

  it('names the positive of the nearest tree, of equally near trees that of the most similar', () => {
    const near = list('a', 'b', 'c', 'd');
    const three = {
      query: [0, 0, 0, 0],
      document: [0, 1, 2, 3],
      similarity: [0.5, 0.9, 0.7, 0.1],
      positive: [1, 1, 1, 0],
    };
    const options = { minTreeNodes: 1, treeRatio: 0.3 };
    const against = (...trees: FlatTree[]) =>
      findSuspects(three, { ...options, trees: [...trees, near] }).positive[0];
    expect(against(list('a', 'b', 'c', 'd'), list('a', 'b', 'c', 'x'), list('a', 'b', 'x', 'y'))).toBe(0);
    expect(against(near, list('a', 'b', 'c', 'x'), near)).toBe(2);
    expect(against(near, near, near)).toBe(1);
  });

  it('suspects a negative whose tree is near its own positive only, whatever its similarity', () => {
    const trees = [
      list('a', 'b', 'c', 'd'),
      list('x', 'y', 'z'),
      null,
      list('a', 'b', 'c', 'e'),
      list('a', 'b'),
    ];
    const suspects = findSuspects(pairs, { aboveOwnPositive: false, trees, minTreeNodes: 1 });
    expect(namesOf(suspects)).toEqual({ 3: ['tree'] });
    // One rename over 5 + 5 nodes.
    expect(suspects.treeRatio[0]).toBeCloseTo(0.1, 7);
    expect(suspects.statistics.trees).toMatchObject({ compared: 4, withoutTree: 1, within: 1 });
  });

  it('includes a ratio equal to the limit, also where it is no binary fraction', () => {
    const trees = [list('a', 'b', 'c', 'd'), list('u', 'v', 'w', 'd')];
    const two = { query: [0, 0], document: [0, 1], similarity: [0.6, 0.1], positive: [1, 0] };
    // Three renames over 10 nodes; 0.3 · 10 is below 3 in floating point for some neighbors of 0.3.
    expect(findSuspects(two, { trees, treeRatio: 0.3, minTreeNodes: 1 }).pair).toHaveLength(1);
    expect(findSuspects(two, { trees, treeRatio: 0.2999, minTreeNodes: 1 }).pair).toHaveLength(0);
  });

  it('includes a ratio equal to the limit where their product falls below the distance', () => {
    expect((1 / 49) * 49).toBeLessThan(1);
    const labels = Array.from({ length: 24 }, (_, i) => `l${i}`);
    const trees = [list(...labels), list(...labels.slice(1))];
    const two = { query: [0, 0], document: [0, 1], similarity: [0.6, 0.1], positive: [1, 0] };
    expect(findSuspects(two, { trees, treeRatio: 1 / 49 }).pair).toHaveLength(1);
  });

  it('counts huge trees that no table can compare, and does not call them near', () => {
    const two = { query: [0, 0], document: [0, 1], similarity: [0.6, 0.1], positive: [1, 0] };
    // 20,001 × 20,001 cells are more than a table may have; the labels alone tell them 20,000 edits apart.
    const trees = ['a', 'b'].map((label) => list(...new Array<string>(20_000).fill(label)));
    const find = (treeRatio: number) => findSuspects(two, { trees, treeRatio });
    expect(find(0.5).pair).toHaveLength(0);
    expect(find(0.5).statistics.trees).toMatchObject({ distances: 1, undecided: 1, within: 0 });
    expect(find(0.49).statistics.trees).toMatchObject({ distances: 1, undecided: 0, within: 0 });
  });

  it('leaves out near trees whose tokens are near too, when a ceiling is given', () => {
    const trees = [list('a', 'b'), list('a', 'b'), list('a', 'b')];
    const three = { query: [0, 0, 0], document: [0, 1, 2], similarity: [0.6, 0.1, 0.1], positive: [1, 0, 0] };
    const tokens = [
      ['add', 'left', 'right'],
      ['add', 'left', 'up'],
      ['mul', 'x', 'y'],
    ];
    const options = { trees, tokens, maxTokenJaccard: 0.4, minTreeNodes: 1 };
    expect(namesOf(findSuspects(three, options))).toEqual({ 2: ['tree'] });
    expect(namesOf(findSuspects(three, { ...options, maxTokenJaccard: 0.5 }))).toEqual({
      1: ['tree'],
      2: ['tree'],
    });
  });

  it('counts queries without a positive and still applies the threshold to them', () => {
    const orphan = { query: [3], document: [0], similarity: [0.9], positive: [0] };
    const suspects = findSuspects(orphan, { threshold: 0.5 });
    expect(suspects.positive[0]).toBe(NO_PAIR);
    expect(suspects.statistics.withoutPositive).toBe(1);
  });

  it('gives nothing for no pairs', () => {
    const none = { query: [], document: [], similarity: [], positive: [] };
    expect(findSuspects(none, { threshold: 0, trees: [] }).pair).toHaveLength(0);
  });

  it('agrees with the rules as written on random pairs', () => {
    const label = fc.constantFrom('a', 'b', 'c');
    const tree = fc.option(
      fc.array(label, { maxLength: 6 }).map((labels) => list(...labels)),
      { nil: null, freq: 6 },
    );
    const document = fc.record({ tree, tokens: fc.array(fc.constantFrom('u', 'v', 'w'), { maxLength: 3 }) });
    const pair = fc.record({
      query: fc.nat(3),
      document: fc.nat(7),
      // Few values, so that ties are common.
      similarity: fc.constantFrom(0, 0.25, 0.5, 0.75),
      positive: fc.constantFrom(0, 0, 1),
    });
    const rules = fc.record({
      threshold: fc.constantFrom(null, 0.25, 0.6),
      aboveOwnPositive: fc.boolean(),
      treeRatio: fc.constantFrom(0, 0.1, 0.25, 0.3, 1),
      minTreeNodes: fc.constantFrom(1, 3),
      maxTokenJaccard: fc.constantFrom(0, 0.5, 1),
    });
    fc.assert(
      fc.property(
        fc.array(document, { minLength: 8, maxLength: 8 }),
        fc.array(pair, { maxLength: 30 }),
        rules,
        (documents, rows, options) => {
          const all = {
            query: rows.map((row) => row.query),
            document: rows.map((row) => row.document),
            similarity: rows.map((row) => row.similarity),
            positive: rows.map((row) => row.positive),
          };
          const full = {
            ...options,
            trees: documents.map((d) => d.tree),
            tokens: documents.map((d) => d.tokens),
          };
          const suspects = findSuspects(all, full);
          const found = [...suspects.pair].map((index, i) => ({
            pair: index,
            rules: suspectRuleNames(suspects.rules[i]!) as string[],
            treeRatio: suspects.treeRatio[i]!,
            positive: suspects.positive[i]!,
          }));
          const expected = referenceSuspects(all, full).map((suspect) => ({
            ...suspect,
            treeRatio: Math.fround(suspect.treeRatio),
          }));
          expect(found).toEqual(expected);
        },
      ),
      { numRuns: 500, seed: 1 },
    );
  });

  it.each([
    [{ document: [0] }, {}, /pairs.document must have shape \[P\] = \[5\], received \[1\]/],
    [
      { similarity: [0.1, 0.2, Number.NaN, 0.4, 0.5] },
      {},
      /pairs.similarity\[2\] must be in \[0, 1\], received NaN/,
    ],
    [{ query: [0, -1, 0, 0, 0] }, {}, /pairs.query\[1\] must be a whole number of at least 0, received -1/],
    [{}, { threshold: Number.NaN }, /threshold must be a finite number or null, received NaN/],
    [{}, { trees: [], treeRatio: 2 }, /treeRatio must be in \[0, 1\], received 2/],
    [{}, { trees: [], maxTokenJaccard: 0.5 }, /tokens must be given together with maxTokenJaccard/],
    [{}, { trees: [], tokens: [['a']] }, /tokens must have shape \[D\] = \[0\], received \[1\]/],
  ])('refuses %o with %o', (change, options, message) => {
    expect(() => findSuspects({ ...pairs, ...change }, options)).toThrow(message);
  });
});

describe('suspectRuleNames', () => {
  it('names the bits of a mask', () => {
    expect(suspectRuleNames(SuspectRule.tree | SuspectRule.threshold)).toEqual(['threshold', 'tree']);
    expect(suspectRuleNames(0)).toEqual([]);
  });
});
