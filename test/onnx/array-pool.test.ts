import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArrayPool } from '../../src/onnx/training/array-pool.js';

describe('an array pool', () => {
  it('never holds more or larger arrays of a name than were in use at once', () => {
    const rounds = fc.array(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(rounds, (lengths) => {
        const pool = new ArrayPool();
        const buffers = new Set<ArrayBufferLike>();
        for (const round of lengths) {
          const taken = round.map((length) => pool.take('x', length));
          taken.forEach((array, i) => {
            expect(array.length).toBe(round[i]);
            buffers.add(array.buffer);
          });
          // None is given out twice.
          expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(taken.length);
          for (const array of taken) pool.giveBack('x', array);
        }
        const most = Math.max(...lengths.map((round) => round.length));
        const held = Array.from({ length: most + 1 }, () => pool.take('x', 1).buffer);
        expect(held.filter((buffer) => buffers.has(buffer)).length).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('gives what was given back under the same name, and a shorter part of it', () => {
    const pool = new ArrayPool();
    const first = pool.take('x', 10);
    pool.giveBack('x', first);
    expect(pool.take('y', 10).buffer).not.toBe(first.buffer);
    const part = pool.take('x', 4);
    expect([part.buffer, part.length]).toEqual([first.buffer, 4]);
    pool.giveBack('x', part);
    expect(pool.take('x', 10).buffer).toBe(first.buffer);
  });
});
