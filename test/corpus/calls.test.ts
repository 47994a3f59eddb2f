import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../src/corpus/index.js';
import { measureCalls } from './call-accuracy.js';

const fixture = (language: string) => fileURLToPath(new URL(`./fixtures/${language}`, import.meta.url));

describe('call graphs of the fixture repositories', () => {
  it.each(['javascript', 'typescript', 'python', 'java', 'csharp', 'c', 'ruby', 'php', 'go'])(
    'finds every call of %s and no other',
    async (language) => {
      const { wrong, missed } = await measureCalls(fixture(language));
      expect({ wrong, missed }).toEqual({ wrong: [], missed: [] });
    },
  );

  it('lists callers and callees of a function, the most trusted first, without itself', async () => {
    const { functions, calls } = await analyzeRepository(fixture('javascript'));
    const order = ['receiver', 'scope', 'import', 'package', 'unique-name'];
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
