import { describe, expect, it } from 'vitest';
import { callContext } from '../../../src/corpus/index.js';
import { functionWith } from '../code-function.js';

describe('callContext', () => {
  const other = (id: string, summary: string) => functionWith({ id, signature: id, summary });
  const reference = (id: string, tier: 'scope' | 'package' | 'unique-name') => ({
    id,
    name: id,
    tier,
    confidence: 0.9,
  });
  const byId = new Map(
    [other('a', 'one two'), other('b', 'one two three four'), other('c', ''), other('d', '')].map((found) => [
      found.id,
      found,
    ]),
  );
  const found = functionWith({
    callees: [
      reference('b', 'scope'),
      reference('gone', 'scope'),
      reference('c', 'package'),
      reference('d', 'unique-name'),
    ],
    callers: [reference('a', 'scope')],
  });
  const idsOf = (options: Parameters<typeof callContext>[2]) => {
    const { callees, callers, tokens } = callContext(found, byId, options);
    return [callees.map(({ id }) => id), callers.map(({ id }) => id), tokens];
  };

  it('takes the trusted ones that are known, callees and callers in turn', () => {
    expect(idsOf({})).toEqual([['b', 'c'], ['a'], 9]);
    expect(idsOf({ leastTier: 'unique-name' })).toEqual([['b', 'c', 'd'], ['a'], 10]);
  });

  it('passes over what no longer fits', () => {
    expect(idsOf({ maxTokens: 4 })).toEqual([['c'], ['a'], 4]);
    expect(idsOf({ maxTokens: 0 })).toEqual([[], [], 0]);
    expect(() => callContext(found, byId, { maxTokens: -1 })).toThrow(
      'maxTokens must be at least 0, received -1',
    );
  });
});
