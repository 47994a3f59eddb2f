import { describe, expect, it } from 'vitest';
import { float16Bits, fromFloat16Bits } from '../../src/numerics/float16.js';
import { createRandom } from '../../src/numerics/index.js';

describe('float16', () => {
  it('reads back every number it can write', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16Bits(bits);
      if (!Number.isNaN(value)) expect(float16Bits(value)).toBe(bits);
    }
  });

  it('rounds to the nearest, ties to even', () => {
    const values = Array.from({ length: 0x7c00 }, (_, bits) => fromFloat16Bits(bits));
    for (let bits = 0; bits + 1 < values.length; bits++) {
      const [low, high] = [values[bits]!, values[bits + 1]!];
      const middle = (low + high) / 2;
      expect(float16Bits(middle)).toBe(bits % 2 === 0 ? bits : bits + 1);
    }
    const random = createRandom(1);
    for (let i = 0; i < 20_000; i++) {
      const value = Math.fround((random.uniform() * 2 - 1) * 2 ** (random.below(40) - 25));
      const bits = float16Bits(Math.abs(value));
      const error = Math.abs(fromFloat16Bits(bits) - Math.abs(value));
      for (const neighbor of [bits - 1, bits + 1]) {
        if (neighbor >= 0 && neighbor < 0x7c00) {
          expect(error).toBeLessThanOrEqual(Math.abs(fromFloat16Bits(neighbor) - Math.abs(value)));
        }
      }
    }
  });

  it('overflows to infinity and keeps NaN', () => {
    expect(fromFloat16Bits(float16Bits(65520))).toBe(Number.POSITIVE_INFINITY);
    expect(fromFloat16Bits(float16Bits(-1e10))).toBe(Number.NEGATIVE_INFINITY);
    expect(fromFloat16Bits(float16Bits(Number.NaN))).toBeNaN();
  });
});
