import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom, hashString, shuffleInPlace } from '../../src/numerics/index.js';

/** χ² of counts against equal expectation. */
const chiSquare = (counts: ArrayLike<number>) => {
  const list = Array.from(counts);
  const expected = list.reduce((a, b) => a + b, 0) / list.length;
  return list.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
};

/** χ² of k degrees of freedom lies within this many standard deviations of its mean. */
const expectChiSquare = (value: number, degrees: number, deviations = 4.5) => {
  expect(Math.abs(value - degrees) / Math.sqrt(2 * degrees)).toBeLessThan(deviations);
};

const SEEDS = [0, 1, 42, -7, 2 ** 40 + 3];

describe('createRandom', () => {
  test.each(SEEDS)('fills every byte of its words evenly, seed %d', (seed) => {
    const random = createRandom(seed);
    const counts = [0, 1, 2, 3].map(() => new Uint32Array(256));
    for (let i = 0; i < 100_000; i++) {
      const word = random.uint32();
      for (let b = 0; b < 4; b++) counts[b]![(word >>> (8 * b)) & 255]! += 1;
    }
    for (const count of counts) expectChiSquare(chiSquare(count), 255);
  });

  test.each(SEEDS)('has no memory from one draw to the next, seed %d', (seed) => {
    const random = createRandom(seed, 'serial');
    const counts = new Uint32Array(64 * 64);
    let last = random.uint32() >>> 26;
    for (let i = 0; i < 400_000; i++) {
      const next = random.uint32() >>> 26;
      counts[last * 64 + next]! += 1;
      last = next;
    }
    expectChiSquare(chiSquare(counts), 64 * 64 - 1);
  });

  test('has independent streams: neighbors in number agree as often as chance has it', () => {
    // The first draws of many streams are what a sampler seeded per function uses most.
    for (const depth of [0, 1, 5]) {
      const counts = new Uint32Array(64 * 64);
      const draw = (stream: number) => {
        const random = createRandom(3, stream);
        for (let i = 0; i < depth; i++) random.uint32();
        return random.uint32() >>> 26;
      };
      let last = draw(0);
      for (let stream = 1; stream <= 200_000; stream++) {
        const next = draw(stream);
        counts[last * 64 + next]! += 1;
        last = next;
      }
      expectChiSquare(chiSquare(counts), 64 * 64 - 1);
    }
  });

  test('has independent seeds', () => {
    const counts = new Uint32Array(64 * 64);
    for (let seed = 0; seed < 200_000; seed++) {
      const [a, b] = [createRandom(seed).uint32() >>> 26, createRandom(seed + 1).uint32() >>> 26];
      counts[a * 64 + b]! += 1;
    }
    expectChiSquare(chiSquare(counts), 64 * 64 - 1);
  });

  test('never repeats one stream as a shift of another', () => {
    const length = 20_000;
    const words = (stream: number) => {
      const random = createRandom(1, stream);
      return Array.from({ length }, () => random.uint32());
    };
    const first = new Set(words(0));
    for (let stream = 1; stream < 20; stream++) {
      const shared = words(stream).filter((word) => first.has(word)).length;
      // Chance gives 20,000² / 2³² = 0.09.
      expect(shared).toBeLessThan(5);
    }
  });

  test('is a pure function of seed and stream', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.oneof(fc.string(), fc.nat()), (seed, stream) => {
        const [a, b] = [createRandom(seed, stream), createRandom(seed, stream)];
        for (let i = 0; i < 5; i++) expect(a.uint32()).toBe(b.uint32());
      }),
    );
  });

  test('draws uniform numbers in [0, 1) with mean 1/2 and variance 1/12', () => {
    const random = createRandom(5);
    let [sum, squares, outside] = [0, 0, 0];
    const n = 200_000;
    for (let i = 0; i < n; i++) {
      const value = random.uniform();
      if (!(value >= 0 && value < 1)) outside += 1;
      sum += value;
      squares += value * value;
    }
    expect(outside).toBe(0);
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(0.003);
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan(0.003);
  });

  test('draws normal numbers with the moments and tails of the normal distribution', () => {
    const random = createRandom(6);
    const n = 200_000;
    const draws = Float64Array.from({ length: n }, () => random.normal());
    const moment = (p: number) => draws.reduce((sum, x) => sum + x ** p, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(0.01);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.02);
    expect(Math.abs(moment(3))).toBeLessThan(0.04);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.12);
    expect(draws.filter((x) => Math.abs(x) > 1.959964).length / n).toBeCloseTo(0.05, 2);
  });

  test.each([1, 2, 3, 7, 10, 1000])('draws below %d evenly', (bound) => {
    const random = createRandom(7, bound);
    const counts = new Uint32Array(bound);
    for (let i = 0; i < 60_000; i++) counts[random.below(bound)]! += 1;
    if (bound === 1) expect(counts[0]).toBe(60_000);
    else expectChiSquare(chiSquare(counts), bound - 1);
  });

  test('has no bias where the bound does not divide 2³²', () => {
    // Taking the remainder alone would give the lower third twice the weight of the rest.
    const random = createRandom(8);
    const bound = 3 * 2 ** 30;
    const thirds = new Uint32Array(3);
    for (let i = 0; i < 90_000; i++) thirds[Math.floor(random.below(bound) / 2 ** 30)]! += 1;
    expectChiSquare(chiSquare(thirds), 2);
  });

  test('refuses bad seeds and bounds', () => {
    expect(() => createRandom(0.5)).toThrow('seed must be a safe integer, received 0.5');
    expect(() => createRandom(1).below(0)).toThrow('bound must be a whole number in [1, 2^32], received 0');
    expect(() => createRandom(1).below(2 ** 33)).toThrow('bound must be a whole number in [1, 2^32]');
  });
});

describe('hashString', () => {
  test('spreads ids that differ in one place', () => {
    const low = new Uint32Array(256);
    const high = new Uint32Array(256);
    const seen = new Set<number>();
    for (let i = 0; i < 100_000; i++) {
      const hash = hashString(`src/file-${i}.ts#f`);
      low[hash & 255]! += 1;
      high[hash >>> 24]! += 1;
      seen.add(hash);
    }
    expectChiSquare(chiSquare(low), 255);
    expectChiSquare(chiSquare(high), 255);
    // 10¹⁰ / 2³³ = 1.2 collisions expected.
    expect(seen.size).toBeGreaterThan(99_990);
  });
});

describe('shuffleInPlace', () => {
  test('gives every order of four alike', () => {
    const random = createRandom(9);
    const counts = new Map<string, number>();
    for (let i = 0; i < 48_000; i++) {
      const order = shuffleInPlace(['a', 'b', 'c', 'd'], random).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expectChiSquare(chiSquare([...counts.values()]), 23);
  });

  test('keeps the items and returns its argument, typed arrays too', () => {
    const items = Int32Array.from({ length: 50 }, (_, i) => i);
    const shuffled = shuffleInPlace(items, createRandom(1));
    expect(shuffled).toBe(items);
    expect(shuffled).not.toEqual(Int32Array.from({ length: 50 }, (_, i) => i));
    expect(items.slice().sort()).toEqual(Int32Array.from({ length: 50 }, (_, i) => i));
  });
});
