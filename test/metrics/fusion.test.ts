import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FUSION_METHODS, type FuseRunsOptions, fuseRuns, type ScoresById } from '../../src/metrics/index.js';

type Table = Record<string, Record<string, number>>;
const golden = JSON.parse(readFileSync(new URL('golden/fusion.golden.json', import.meta.url), 'utf8')) as {
  readonly runs: readonly Table[];
  readonly cases: readonly { readonly options: FuseRunsOptions; readonly fused: Table }[];
  readonly agreeing: readonly Table[];
  readonly condorcet: Table;
};

const run = fc.dictionary(
  fc.constantFrom('q1', 'q2', '7'),
  fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', '10'), fc.integer({ min: -4, max: 4 }), { maxKeys: 5 }),
);

describe('fuseRuns', () => {
  test('agrees with ranx, every method with every normalization', () => {
    expect(golden.cases.length).toBeGreaterThan(70);
    for (const { options, fused } of golden.cases) {
      const own = fuseRuns(golden.runs, options);
      for (const [query, row] of Object.entries(fused)) {
        const found = own.get(query)!;
        expect([...found.keys()].sort()).toEqual(Object.keys(row).sort());
        for (const [id, score] of Object.entries(row)) {
          const error = Math.abs(found.get(id)! - score);
          if (!(error <= 1e-9 * Math.max(1, Math.abs(score)))) {
            expect(found.get(id), `${JSON.stringify(options)} ${query} ${id}`).toBe(score);
          }
        }
      }
    }
  });

  test('finds the order of Condorcet where most runs agree on every pair, as ranx does', () => {
    const fused = fuseRuns(golden.agreeing, { method: 'condorcet' });
    expect(Object.fromEntries(fused.get('q')!)).toEqual(golden.condorcet.q);
  });

  test('with Condorcet, no document stands directly behind one that most runs put after it', () => {
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 4 }), (runs) => {
        for (const [query, row] of fuseRuns(runs, { method: 'condorcet' })) {
          const lists = runs.map((one) => [...(fuseRuns([one], { method: 'rrf' }).get(query)?.keys() ?? [])]);
          const place = (list: readonly string[], id: string) =>
            list.includes(id) ? list.indexOf(id) : Number.POSITIVE_INFINITY;
          const order = [...row.keys()];
          for (let i = 1; i < order.length; i++) {
            const [a, b] = [order[i - 1]!, order[i]!];
            const lead = lists.reduce(
              (sum, list) =>
                sum +
                Math.sign(Number(place(list, b) > place(list, a)) - Number(place(list, b) < place(list, a))),
              0,
            );
            expect(lead).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  test('holds every document of every run once, best first, and one run alone keeps its order', () => {
    fc.assert(
      fc.property(
        fc.array(run, { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...FUSION_METHODS),
        (runs, method) => {
          const fused = fuseRuns(runs, { method });
          expect([...fused.keys()].sort()).toEqual([...new Set(runs.flatMap(Object.keys))].sort());
          for (const [query, row] of fused) {
            const scores = [...row.values()];
            expect(scores).toEqual([...scores].sort((a, b) => b - a));
            const ids = new Set(runs.flatMap((one) => Object.keys(one[query] ?? {})));
            expect(new Set(row.keys())).toEqual(ids);
          }
          if (method === 'log-isr') return; // log 1 is 0: all documents tie.
          const [first] = runs;
          for (const [query, row] of fuseRuns([first!], {
            method,
            normalization: undefined!,
          } as FuseRunsOptions)) {
            const given = first![query]!;
            const scores = [...row.keys()].map((id) => given[id]!);
            expect(scores).toEqual([...scores].sort((a, b) => b - a));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('weights of zero leave a run out, and depth cuts', () => {
    const [a, b] = golden.runs as [Table, Table];
    const alone = fuseRuns([a]);
    for (const [query, row] of fuseRuns([a, b], { weights: [1, 0] })) {
      const own = [...row].filter(([, score]) => score > 0);
      expect(own).toEqual([...(alone.get(query) ?? [])]);
    }
    expect(fuseRuns([a, b], { depth: 3 }).get('q0')!.size).toBe(3);
  });

  test.each<[unknown, string]>([
    [{ method: 'rff' }, 'method must be one of rrf, sum, mnz'],
    [
      { method: 'sum', normalization: 'zscore' },
      'normalization must be one of none, rank, borda, min-max, max, sum, z-score',
    ],
    [{ method: 'rrf', normalization: 'sum' }, 'normalization must be left out: rrf goes by ranks'],
    [{ method: 'max', weights: [1, 2] }, 'weights must be left out: max has none'],
    [{ weights: [1] }, 'weights must have one number per run = [2], received 1'],
    [{ weights: [1, -1] }, 'weights[1] must be finite and at least 0, received -1'],
    [{ k: -1 }, 'k must be at least 0, received -1'],
    [{ method: 'rbc', phi: 2 }, 'phi must be in [0, 1], received 2'],
    [{ depth: 0 }, 'depth must be a whole number of at least 1, received 0'],
    [{ metod: 'rrf' }, 'metod'],
  ])('refuses %j', (options, message) => {
    expect(() => fuseRuns([{ q: { a: 1 } }, { q: { b: 1 } }], options as FuseRunsOptions)).toThrow(message);
  });

  test('names the run, query and document of a score that is not finite', () => {
    expect(() => fuseRuns([{ q: { a: 1 } }, { q: { b: Number.NaN } }] as ScoresById[])).toThrow(
      'the score of query q and document b in runs[1] must be finite, received NaN',
    );
    expect(() => fuseRuns([])).toThrow('runs must hold at least one run, received 0');
  });
});
