import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, hashString, shuffleInPlace } from '../../src/numerics/index.js';
import {
  type NegativePairs,
  type SampledFunction,
  sampleInRepoNegatives,
  streamInRepoNegatives,
} from '../../src/sampling/index.js';

const repository = (name: string, size: number, content?: (i: number) => string): SampledFunction[] =>
  Array.from({ length: size }, (_, i) => ({
    id: `${name}/${i}`,
    repository: name,
    ...(content === undefined ? {} : { content: content(i) }),
  }));

/** The negatives of each function by id, in the order drawn. */
const byId = (functions: readonly SampledFunction[], pairs: NegativePairs) => {
  const found = new Map<string, string[]>(functions.map(({ id }) => [id, []]));
  pairs.query.forEach((query, p) => {
    found.get(functions[query]!.id)!.push(functions[pairs.document[p]!]!.id);
  });
  return found;
};

const corpus = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((shapes) =>
    shapes.flatMap(([size, contents], r) => repository(`r${r}`, size, (i) => `c${i % contents}`)),
  );

describe('sampleInRepoNegatives', () => {
  test('gives distinct others of the same repository, no two with the same content, as many as there are up to K', () => {
    fc.assert(
      fc.property(corpus, fc.integer({ min: 1, max: 6 }), fc.integer(), (functions, k, seed) => {
        const pairs = sampleInRepoNegatives(functions, { k, seed });
        const negatives = byId(functions, pairs);
        const known = new Map(functions.map((fn) => [fn.id, fn]));
        let missing = 0;
        let short = 0;
        const shortRepositories = new Set<string>();
        for (const fn of functions) {
          const own = negatives.get(fn.id)!.map((id) => known.get(id)!);
          const contents = new Set(
            functions.filter((o) => o.repository === fn.repository).map((o) => o.content),
          );
          expect(own.length).toBe(Math.min(k, contents.size - 1));
          expect(own.every((other) => other.repository === fn.repository)).toBe(true);
          expect(new Set([fn.content, ...own.map((other) => other.content)]).size).toBe(own.length + 1);
          missing += k - own.length;
          if (own.length < k) {
            short += 1;
            shortRepositories.add(fn.repository);
          }
        }
        expect(pairs.shortfall).toEqual({
          functions: short,
          repositories: shortRepositories.size,
          pairs: missing,
        });
        expect(pairs.query).toEqual(pairs.query.slice().sort());
      }),
    );
  });

  test('depends neither on the order of the functions nor on other repositories', () => {
    fc.assert(
      fc.property(corpus, fc.integer({ min: 1, max: 4 }), fc.integer(), (functions, k, seed) => {
        const expected = byId(functions, sampleInRepoNegatives(functions, { k, seed }));
        const shuffled = shuffleInPlace([...functions], createRandom(seed, 'order'));
        expect(byId(shuffled, sampleInRepoNegatives(shuffled, { k, seed }))).toEqual(expected);
        for (const name of new Set(functions.map((fn) => fn.repository))) {
          const shard = functions.filter((fn) => fn.repository === name);
          for (const [id, list] of byId(shard, sampleInRepoNegatives(shard, { k, seed }))) {
            expect(list).toEqual(expected.get(id));
          }
        }
      }),
    );
  });

  test('keeps its order under colliding hashes', () => {
    // Three pairs of words that FNV-1a sends to one number.
    const functions = ['costarring', 'liquid', 'altarage', 'zinke', 'declinate', 'macallums'].map((id) => ({
      id,
      repository: 'r',
    }));
    expect(new Set(functions.map(({ id }) => hashString(id))).size).toBe(3);
    const expected = byId(functions, sampleInRepoNegatives(functions, { k: 2, seed: 1 }));
    const reversed = [...functions].reverse();
    expect(byId(reversed, sampleInRepoNegatives(reversed, { k: 2, seed: 1 }))).toEqual(expected);
  });

  test('treats functions without content as distinct', () => {
    const { document, shortfall } = sampleInRepoNegatives(repository('r', 5), { k: 4, seed: 0 });
    expect(document.length).toBe(20);
    expect(shortfall.pairs).toBe(0);
  });

  test('draws uniformly', () => {
    const functions = repository('r', 9);
    const counts = new Map<string, number>();
    const rounds = 3000;
    for (let seed = 0; seed < rounds; seed++) {
      for (const id of byId(functions, sampleInRepoNegatives(functions, { k: 3, seed })).get('r/4')!) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
    // Each of eight others in 3/8 of the rounds; χ² with 7 degrees of freedom is below 24.3 in 99.9% of cases.
    const expected = (rounds * 3) / 8;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    expect(counts.size).toBe(8);
    expect(chiSquare).toBeLessThan(24.3);
  });

  test('draws each position independently of the function: pairs of functions agree as often as chance has it', () => {
    const functions = repository('r', 200);
    let same = 0;
    for (let seed = 0; seed < 50; seed++) {
      const { document } = sampleInRepoNegatives(functions, { k: 1, seed });
      for (let i = 1; i < 200; i++) if (document[i] === document[i - 1]) same += 1;
    }
    // 50 · 199 / 199 = 50 expected.
    expect(same).toBeGreaterThan(25);
    expect(same).toBeLessThan(80);
  });

  test('changes with the seed and not from run to run', () => {
    const functions = repository('r', 100);
    const one = sampleInRepoNegatives(functions, { k: 5, seed: 1 });
    expect(sampleInRepoNegatives(functions, { k: 5, seed: 1 })).toEqual(one);
    expect(sampleInRepoNegatives(functions, { k: 5, seed: 2 }).document).not.toEqual(one.document);
  });

  test('gives nothing where there is nothing', () => {
    expect(sampleInRepoNegatives([], { k: 3, seed: 1 }).query.length).toBe(0);
    const copies = repository('r', 6, () => 'same');
    expect(sampleInRepoNegatives(copies, { k: 3, seed: 1 })).toMatchObject({
      query: new Uint32Array(0),
      shortfall: { functions: 6, repositories: 1, pairs: 18 },
    });
  });

  test('draws contents uniformly, however many copies one has, and each copy of it alike', () => {
    // Content 0 has six functions, contents 1 to 4 one each; the function asked about is content 5.
    const functions = repository('r', 11, (i) => `c${i < 6 ? 0 : i - 5}`);
    const contents = new Map<string, number>();
    const copies = new Map<string, number>();
    const rounds = 3000;
    for (let seed = 0; seed < rounds; seed++) {
      const [id] = byId(functions, sampleInRepoNegatives(functions, { k: 1, seed })).get('r/10')!;
      const content = functions.find((fn) => fn.id === id)!.content!;
      contents.set(content, (contents.get(content) ?? 0) + 1);
      if (content === 'c0') copies.set(id!, (copies.get(id!) ?? 0) + 1);
    }
    const chiSquare = (counts: Map<string, number>) => {
      const expected = [...counts.values()].reduce((a, b) => a + b, 0) / counts.size;
      return [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    };
    expect([contents.size, copies.size]).toEqual([5, 6]);
    // With 4 and 5 degrees of freedom, 18.5 and 20.5 are passed in 0.1% of cases.
    expect(chiSquare(contents)).toBeLessThan(18.5);
    expect(chiSquare(copies)).toBeLessThan(20.5);
  });

  test('allocates by what there is, not by K', () => {
    const { document, shortfall } = sampleInRepoNegatives(repository('r', 3), { k: 1e9, seed: 1 });
    expect(document.length).toBe(6);
    expect(shortfall.pairs).toBe(3e9 - 6);
  });

  test('gives the same pairs repository by repository as all at once', () => {
    fc.assert(
      fc.property(corpus, fc.integer({ min: 1, max: 4 }), fc.integer(), (functions, k, seed) => {
        const whole = byId(functions, sampleInRepoNegatives(functions, { k, seed }));
        const groups = [...new Set(functions.map((fn) => fn.repository))].map((name) =>
          functions.filter((fn) => fn.repository === name),
        );
        for (const { functions: own, pairs } of streamInRepoNegatives(groups, { k, seed })) {
          for (const [id, list] of byId(own, pairs)) expect(list).toEqual(whole.get(id));
        }
      }),
    );
    const mixed = [[...repository('a', 2), ...repository('b', 1)]];
    expect(() => [...streamInRepoNegatives(mixed, { k: 1, seed: 1 })]).toThrow(
      'repositories must each hold the functions of one repository, received those of "a" and "b" together',
    );
  });

  test.each([
    [{ repository: 'r' }, 'functions[1].id must be a string that is not empty, received undefined'],
    [{ id: 7, repository: 'r' }, 'functions[1].id must be a string that is not empty, received 7'],
    [{ id: 'f', repository: '' }, 'functions[1].repository must be a string that is not empty, received ""'],
    [{ id: 'f', repository: 'r', content: 5 }, 'functions[1].content must be a string, received 5'],
    [null, 'functions[1].id must be a string that is not empty, received undefined'],
  ])('names a function that cannot be sampled: %j', (bad, message) => {
    const functions = [{ id: 'good', repository: 'r' }, bad] as never;
    expect(() => sampleInRepoNegatives(functions, { k: 1, seed: 1 })).toThrow(message);
  });

  test('manages a repository that is nearly all copies', () => {
    const functions = repository('r', 5000, (i) => (i < 4990 ? 'same' : `own ${i}`));
    const { shortfall } = sampleInRepoNegatives(functions, { k: 8, seed: 1 });
    expect(shortfall.pairs).toBe(0);
  });

  describe('with strata', () => {
    const functions = repository('r', 40, (i) => `c${i >> 1}`);
    const near = (i: number) => [i - 2, i - 1, i, i + 1, i + 2].map((j) => (j + 40) % 40);

    test('takes up to a share from each stratum and fills up from the repository', () => {
      const strata = [
        { name: 'near', count: 2, candidates: near },
        { name: 'none', count: 2, candidates: () => [] },
      ];
      const { query, document, stratum, shortfall } = sampleInRepoNegatives(functions, {
        k: 4,
        seed: 1,
        strata,
      });
      expect(shortfall.pairs).toBe(0);
      const from = functions.map(() => [0, 0, 0]);
      query.forEach((q, p) => {
        from[q]![stratum[p]!]! += 1;
        expect(document[p]! >> 1).not.toBe(q >> 1);
        if (stratum[p] === 1) expect(near(q)).toContain(document[p]);
      });
      // Of the five near ones two have other contents at least.
      expect(from.every(([random, first, second]) => random === 2 && first === 2 && second === 0)).toBe(true);
      const contents = new Set(Array.from(query, (q, p) => `${q} ${document[p]! >> 1}`));
      expect(contents.size).toBe(query.length);
    });

    test('depends on neither the order of the functions nor that of the candidates', () => {
      const sample = (list: readonly SampledFunction[], flip: boolean) => {
        const places = new Map(list.map((fn, i) => [fn.id, i]));
        const candidates = (index: number) => {
          const original = near(Number(list[index]!.id.slice(2))).map((i) => places.get(`r/${i}`)!);
          return flip ? original.reverse() : original;
        };
        const strata = [{ name: 'near', count: 1, candidates }];
        return byId(list, sampleInRepoNegatives(list, { k: 3, seed: 8, strata }));
      };
      const expected = sample(functions, false);
      expect(sample([...functions].reverse(), true)).toEqual(expected);
    });

    test('refuses candidates of another repository', () => {
      const two = [...repository('a', 3), ...repository('b', 3)];
      const strata = [{ name: 'far', count: 1, candidates: () => [4] }];
      expect(() => sampleInRepoNegatives(two, { k: 1, seed: 1, strata })).toThrow(
        'strata[0] (far) must name functions of the repository of functions[',
      );
    });
  });

  test('refuses bad input by name', () => {
    const functions = repository('r', 3);
    expect(() => sampleInRepoNegatives(functions, { k: 0, seed: 1 })).toThrow(
      'k must be a whole number of at least 1, received 0',
    );
    expect(() => sampleInRepoNegatives(functions, { k: 1, seed: 0.5 })).toThrow(
      'seed must be a safe integer',
    );
    expect(() => sampleInRepoNegatives([...functions, functions[1]!], { k: 1, seed: 1 })).toThrow(
      'functions must have distinct ids within a repository, functions[1] and functions[3] are both "r/1"',
    );
  });
});
