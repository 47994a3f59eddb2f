import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { FIXTURES, measureCalls } from './call-accuracy.js';

const fixture = (language: string) => fileURLToPath(new URL(`../fixtures/${language}`, import.meta.url));

/** The tiers that each fixture repository has calls in. */
const TIERS_OF: Readonly<Record<(typeof FIXTURES)[number], readonly string[]>> = {
  python: ['receiver', 'scope', 'import', 'value', 'unique-name'],
  java: ['receiver', 'scope', 'import', 'value', 'package', 'unique-name'],
  javascript: ['receiver', 'scope', 'import', 'value', 'unique-name'],
  typescript: ['receiver', 'scope', 'import', 'value'],
  csharp: ['receiver', 'scope', 'package', 'unique-name'],
  c: ['scope', 'import', 'package'],
  ruby: ['receiver', 'scope', 'package', 'unique-name'],
  php: ['receiver', 'scope', 'import', 'package', 'unique-name'],
  go: ['receiver', 'scope', 'import', 'package', 'unique-name'],
};

describe('call graphs of the fixture repositories', () => {
  it.each(FIXTURES)('finds every call of %s and no other, in every tier', async (language) => {
    const { wrong, missed, precision, recall, byTier } = await measureCalls(fixture(language));
    expect({ wrong, missed, precision, recall }).toEqual({ wrong: [], missed: [], precision: 1, recall: 1 });
    const tiers = Object.entries(byTier).filter(([, { right }]) => right > 0);
    expect(
      Object.fromEntries(tiers.map(([tier, { right, wrong: bad }]) => [tier, right / (right + bad)])),
    ).toEqual(Object.fromEntries(TIERS_OF[language].map((tier) => [tier, 1])));
  });

  it('lists callers and callees of a function, the most trusted first, without itself', async () => {
    const { functions, calls } = await analyzeRepository(fixture('javascript'));
    const order = ['receiver', 'scope', 'import', 'package', 'value', 'unique-name'];
    for (const { id, callers, callees } of functions) {
      for (const list of [callers, callees]) {
        const tiers = list.map(({ tier }) => order.indexOf(tier));
        expect(tiers).toEqual([...tiers].sort((a, b) => a - b));
        expect(list.map((other) => other.id)).not.toContain(id);
      }
    }
    const edges = calls.filter(({ caller, callee }) => caller !== callee).length;
    expect(functions.flatMap(({ callers }) => callers)).toHaveLength(edges);
    expect(functions.flatMap(({ callees }) => callees)).toHaveLength(edges);
  });
});
