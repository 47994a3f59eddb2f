import { describe, expect, it } from 'vitest';
import type { Embedder } from '../../src/annotation/index.js';
import { agreementJudge } from '../../src/refinement/agreement-judge.js';

/** A vector of unit length: how often a text has each word. */
const counting = (words: readonly string[], seen: string[] = []): Embedder => ({
  name: `words ${words.join(' ')}`,
  embed: async (texts) => {
    seen.push(...texts);
    const rows = texts.map((text) => {
      const counts = words.map((word) => text.split(word).length - 1);
      const norm = Math.hypot(...counts) || 1;
      return counts.map((count) => count / norm);
    });
    return { data: Float32Array.from(rows.flat()), rows: texts.length, columns: words.length };
  },
});

const sum = 'function sum(list) { let total = 0; for (const x of list) total += x; return total; }';
const clone = 'function add(all) { let t = 0; for (const one of all) t += one; return t; }';
const turned = sum.replace('+=', '-=');
const folded = 'const total = (list) => list.reduce((sum, x) => sum + x)';
const sorted = 'function order(list) { return list.slice().sort((a, b) => a - b); }';
const pool = { queries: ['sum of a list', 'sort a list'], documents: [sum, sorted] };
const words = counting(['sum', 'sort', 'total']);

const decide = (judge: ReturnType<typeof agreementJudge>, candidate: string) =>
  judge.decide(
    {
      query: pool.queries[0]!,
      positive: sum,
      candidate,
      positiveLanguage: 'javascript',
      candidateLanguage: 'javascript',
      treeRatio: Number.NaN,
    },
    { seed: 0 },
  );

describe('agreementJudge', () => {
  it('accepts a clone without asking the teachers', async () => {
    const seen: string[] = [];
    expect(
      (await decide(agreementJudge([counting(['sum'], seen)], pool, { minNodes: 10 }), clone)).outcome,
    ).toBe('raise');
    expect(seen).toEqual([]);
  });

  it('keeps the positive with a turned operator, though a teacher sees no difference', async () => {
    const verdict = await decide(agreementJudge([words], pool, { minNodes: 10 }), turned);
    expect(verdict).toEqual({ outcome: 'keep', note: 'the positive with small edits' });
  });

  it('accepts what every teacher ranks first, and keeps what one of them does not', async () => {
    expect((await decide(agreementJudge([words], pool, { rank: 1 }), folded)).outcome).toBe('raise');
    const other = counting(['sort', 'reduce', 'list']);
    const both = await decide(agreementJudge([words, other], pool, { rank: 1 }), folded);
    expect(both.outcome).toBe('keep');
    expect(both.note).toMatch(/^words sort reduce list ranks it 2 for the query/);
  });

  it('asks for the query too: a candidate that answers another one better is kept', async () => {
    const seen = { queries: ['sum of a list', 'sum sum total'], documents: [sum, sorted] };
    const { outcome, note } = await decide(agreementJudge([words], seen, { rank: 1 }), folded);
    expect([outcome, note]).toEqual([
      'keep',
      'words sum sort total ranks it 1 for the query and the query 2 for it',
    ]);
  });

  it('embeds the pool once, and each other text once', async () => {
    const seen: string[] = [];
    const judge = agreementJudge([counting(['sum', 'sort', 'total'], seen)], pool, { rank: 1 });
    await Promise.all([decide(judge, folded), decide(judge, folded), decide(judge, sorted)]);
    expect(seen.sort()).toEqual([...pool.queries, ...pool.documents, folded].sort());
  });

  it('asks a teacher again that has failed', async () => {
    let asked = 0;
    // The pool's queries, and later the candidate.
    const failing = new Set([1, 4]);
    const judge = agreementJudge(
      [
        {
          ...words,
          embed: (...all) => (failing.has(++asked) ? Promise.reject(new Error('busy')) : words.embed(...all)),
        },
      ],
      pool,
      { rank: 1 },
    );
    await expect(decide(judge, folded)).rejects.toThrow('busy');
    await expect(decide(judge, folded)).rejects.toThrow('busy');
    expect((await decide(judge, folded)).outcome).toBe('raise');
  });

  it('refuses no teacher, an empty pool and options out of range', () => {
    expect(() => agreementJudge([], pool)).toThrow('teachers must not be empty');
    expect(() => agreementJudge([words], { ...pool, queries: [] })).toThrow('pool.queries must not be empty');
    expect(() => agreementJudge([words], pool, { rank: 0 })).toThrow('rank');
    expect(() => agreementJudge([words], pool, { editRatio: 2 })).toThrow(
      'editRatio must be in [0, 1], received 2',
    );
  });
});
