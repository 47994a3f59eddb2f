import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bm25Index } from '../../src/benchmarks/index.js';
import {
  callGraphStratum,
  lexicalStratum,
  pairedStratum,
  sampleInRepoNegatives,
} from '../../src/sampling/index.js';

const words = ['open', 'file', 'sort', 'list', 'parse', 'date', 'close', 'read'];
const functionsOf = (repositories: readonly number[]) =>
  repositories.map((repository, i) => ({ id: `f${i}`, repository: `r${repository}` }));

describe('callGraphStratum', () => {
  const node = (id: string, repository: string, callees: string[] = [], callers: string[] = []) => ({
    id,
    repository,
    callers: callers.map((caller) => ({ id: caller })),
    callees: callees.map((callee) => ({ id: callee })),
  });

  it('gives callees and callers of the same repository once each, and nothing else', () => {
    const functions = [
      node('a', 'r', ['b', 'b', 'a', 'gone'], ['c', 'b']),
      node('b', 'r'),
      node('c', 'r'),
      // The same ids in another repository are other functions.
      node('b', 's'),
    ];
    const { candidates } = callGraphStratum(functions, { count: 2 });
    expect(candidates(0)).toEqual([1, 2]);
    expect(candidates(1)).toEqual([]);
  });
});

describe('lexicalStratum', () => {
  it('gives the nearest by BM25 over the repository alone, as a scan of all scores would', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            repository: fc.integer({ min: 0, max: 2 }),
            query: fc.array(fc.constantFrom(...words), { maxLength: 4 }),
            code: fc.array(fc.constantFrom(...words), { maxLength: 8 }),
          }),
          { minLength: 1, maxLength: 20 },
        ),
        fc.integer({ min: 1, max: 4 }),
        (rows, nearest) => {
          const functions = functionsOf(rows.map(({ repository }) => repository));
          const documents = rows.map(({ code }) => code);
          const stratum = lexicalStratum(functions, {
            count: 2,
            queries: rows.map(({ query }) => query),
            documents,
            index: (texts) => new Bm25Index(texts),
            nearest,
          });
          rows.forEach(({ repository, query }, i) => {
            const members = rows.flatMap((row, j) => (row.repository === repository ? [j] : []));
            const scores = new Bm25Index(members.map((j) => documents[j]!)).scores(query);
            const expected = members
              .map((j, place) => ({ j, score: scores[place]! }))
              .filter(({ j, score }) => score > 0 && j !== i)
              .sort((a, b) => b.score - a.score || (`f${a.j}` < `f${b.j}` ? -1 : 1))
              .slice(0, nearest)
              .map(({ j }) => j);
            expect(stratum.candidates(i)).toEqual(expected);
          });
        },
      ),
    );
  });

  it('builds one index a repository however many functions ask', () => {
    const functions = functionsOf([0, 0, 0, 1, 1, 1]);
    let built = 0;
    const tokens = functions.map(() => ['file']);
    const lexical = lexicalStratum(functions, {
      count: 1,
      queries: tokens,
      documents: tokens,
      index: (texts) => {
        built++;
        return new Bm25Index(texts);
      },
    });
    sampleInRepoNegatives(functions, { k: 2, seed: 1, strata: [lexical] });
    expect(built).toBe(2);
  });

  it('names a list of another length', () => {
    const options = { count: 1, queries: [[]], documents: [], index: () => ({ search: () => [] }) };
    expect(() => lexicalStratum(functionsOf([0]), options)).toThrow(
      'documents must have shape [N] = [1], received [0]',
    );
  });
});

describe('pairedStratum', () => {
  it('makes each end a candidate of the other', () => {
    const { candidates } = pairedStratum('twins', { left: [0, 0], right: [1, 2] }, { count: 1 });
    expect(candidates(0)).toEqual([1, 2]);
    expect(candidates(2)).toEqual([0]);
    expect(candidates(3)).toEqual([]);
  });

  it('names lists of differing length', () => {
    expect(() => pairedStratum('twins', { left: [0], right: [] }, { count: 1 })).toThrow(
      'right must have shape [T] = [1], received [0]',
    );
  });
});

describe('all strata together', () => {
  it('give each function at most their counts, no duplicate, and the same whatever the order of functions', () => {
    const count = 60;
    const functions = Array.from({ length: count }, (_, i) => ({
      id: `f${i}`,
      repository: `r${i % 3}`,
      callers: [{ id: `f${(i + 3) % count}` }],
      callees: [{ id: `f${(i + 6) % count}` }],
      tokens: [words[i % 8]!, words[(i * 5) % 8]!],
    }));
    const sample = (order: readonly number[]) => {
      const given = order.map((i) => functions[i]!);
      const tokens = given.map((fn) => fn.tokens);
      const twins = given.flatMap((fn, i) =>
        given.flatMap((other, j) =>
          j > i &&
          fn.repository === other.repository &&
          (Number(fn.id.slice(1)) + Number(other.id.slice(1))) % 7 === 0
            ? [[i, j] as const]
            : [],
        ),
      );
      const pairs = sampleInRepoNegatives(given, {
        k: 5,
        seed: 4,
        strata: [
          callGraphStratum(given, { count: 1 }),
          lexicalStratum(given, {
            count: 2,
            queries: tokens,
            documents: tokens,
            index: (t) => new Bm25Index(t),
            nearest: 3,
          }),
          pairedStratum(
            'twins',
            { left: twins.map(([i]) => i), right: twins.map(([, j]) => j) },
            { count: 1 },
          ),
        ],
      });
      const of = new Map<string, string[]>();
      pairs.query.forEach((query, p) => {
        const row = `${given[pairs.document[p]!]!.id}:${pairs.stratum[p]}`;
        of.set(given[query]!.id, [...(of.get(given[query]!.id) ?? []), row]);
      });
      return of;
    };
    const forward = sample(functions.map((_, i) => i));
    const backward = sample(functions.map((_, i) => count - 1 - i));
    const seen = new Set<string>();
    for (const [id, rows] of forward) {
      expect(backward.get(id)).toEqual(rows);
      const documents = rows.map((row) => row.split(':')[0]);
      expect(new Set(documents).size).toBe(5);
      expect(documents).not.toContain(id);
      const from = (stratum: string) => rows.filter((row) => row.endsWith(`:${stratum}`)).length;
      expect(from('1')).toBe(1);
      expect(from('2')).toBeLessThanOrEqual(2);
      expect(from('3')).toBeLessThanOrEqual(1);
      for (const row of rows) seen.add(row.split(':')[1]!);
    }
    expect([...seen].sort()).toEqual(['0', '1', '2', '3']);
  });
});
