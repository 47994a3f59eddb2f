import { describe, expect, it } from 'vitest';
import { asDoubles, createRandom, denseMemory, plainDenseMemory } from '../../src/numerics/index.js';

const random = createRandom(3, 'dense memory');
const draw = (length: number) => Float32Array.from({ length }, () => random.normal());
const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5) => {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThan(tolerance * Math.max(1, Math.abs(expected[i]!)));
  }
};

/** The same computation by WebAssembly and by plain loops. */
const both = (
  lengths: readonly number[],
  run: (arrays: Float32Array[], memory: typeof plainDenseMemory) => unknown,
) =>
  [denseMemory(), plainDenseMemory].map((memory) => {
    const arrays = memory.allocate(lengths);
    const result = run(arrays, memory);
    return { arrays: arrays.map((array) => array.slice()), result };
  });

describe('the kernels of dense memory', () => {
  it('are compiled here', () => expect(denseMemory()).not.toBe(plainDenseMemory));

  it.each([
    [1, 1, 1],
    [3, 5, 7],
    [8, 8, 16],
    [33, 17, 300],
  ])('multiply [%i, %i] over %i, transposed or not, added or not', (m, n, k) => {
    const [x, y, z] = [draw(m * k), draw(k * n), draw(m * n)];
    for (const [turnedA, turnedB, add] of [
      [false, false, false],
      [true, false, true],
      [false, true, false],
      [true, true, true],
    ] as const) {
      const [fast, plain] = both([m * k, k * n, m * n], ([a, b, c], memory) => {
        a!.set(x);
        b!.set(y);
        c!.set(z);
        memory.product({
          a: a!,
          aRow: turnedA ? 1 : k,
          aColumn: turnedA ? m : 1,
          b: b!,
          bRow: turnedB ? 1 : n,
          bColumn: turnedB ? k : 1,
          c: c!,
          m,
          n,
          k,
          add,
        });
      });
      close(fast!.arrays[2]!, plain!.arrays[2]!, 1e-4);
    }
  });

  it.each([1, 3, 4, 7, 64, 65])('exponentiate rows of %i, masked, with a bias and without', (length) => {
    const [x, bias] = [draw(length), draw(length)];
    const mask = Float32Array.from({ length }, (_, j) => (j % 3 === 1 ? 1 : 0));
    for (const biased of [true, false]) {
      const [fast, plain] = both([length, length, length], ([row, hidden, shift], memory) => {
        row!.set(x);
        hidden!.set(mask);
        shift!.set(bias);
        return memory.exponentials(row!, hidden!, biased ? shift! : null, 20, 1.4);
      });
      close(fast!.arrays[0]!, plain!.arrays[0]!);
      close(Object.values(fast!.result as object), Object.values(plain!.result as object));
    }
  });

  it('leave a row without anything visible at −∞ and 0, and let NaN through', () => {
    for (const memory of [denseMemory(), plainDenseMemory]) {
      const [row, mask] = memory.allocate([5, 5]);
      row!.fill(3);
      mask!.fill(-30_000);
      expect(memory.exponentials(row!, mask!, null, 20, 1).largest).toBe(-Infinity);
      row!.fill(1);
      row![2] = Number.NaN;
      expect(memory.exponentials(row!, mask!.fill(0), null, 20, 1).sum).toBeNaN();
    }
  });

  it.each([1, 4, 6, 129])(
    'scale rows of %i to length 1 from 1e-29 to 1e38, zero rows staying zero',
    (columns) => {
      const rows = [
        draw(columns),
        draw(columns).map((v) => v * 1e-29),
        new Float32Array(columns),
        draw(columns),
      ];
      rows.push(
        draw(columns).map((v) => Math.sign(v) * 1e38),
        new Float32Array(columns).fill(1e-31),
      );
      const [fast, plain] = both(
        [rows.length * columns, 2 * rows.length, rows.length * columns],
        ([x, inverses, dy], memory) => {
          x!.set(rows.flatMap((row) => [...row]));
          dy!.fill(0.25).fill(-1, 2, 5);
          memory.normalizeRows(x!, columns, asDoubles(inverses!));
          memory.throughNormalization(dy!, x!, asDoubles(inverses!), columns);
        },
      );
      close(fast!.arrays[0]!, plain!.arrays[0]!, 1e-6);
      const lengths = rows.map((_, i) =>
        Math.hypot(...fast!.arrays[0]!.subarray(i * columns, (i + 1) * columns)),
      );
      close(lengths, [1, 1, 0, 1, 1, 0], 1e-6);
      const relative = (dy: Float32Array) => dy.map((pull) => Math.sign(pull) * Math.log1p(Math.abs(pull)));
      close(relative(fast!.arrays[2]!), relative(plain!.arrays[2]!), 1e-3);
    },
  );

  it('add and scale', () => {
    const [x, y] = [draw(11), draw(11)];
    const [fast, plain] = both([11, 11], ([from, to], memory) => {
      from!.set(x);
      to!.set(y);
      memory.addScaled(from!, to!, 0.3);
      memory.scale(from!, -2);
    });
    close(
      fast!.arrays.flatMap((array) => [...array]),
      plain!.arrays.flatMap((array) => [...array]),
      1e-6,
    );
  });

  it('keep what they allocate apart, and grow', () => {
    const memory = denseMemory();
    const [a, b] = memory.allocate([3, 100_000]);
    a!.fill(1);
    expect(b!.every((value) => value === 0)).toBe(true);
    b!.fill(2);
    expect([...a!]).toEqual([1, 1, 1]);
  });
});
