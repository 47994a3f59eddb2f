import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../support/backends.js';
import { hostReferenceDifference } from '../support/host-references.js';
import { randomDifference } from '../support/random-losses.js';

const count = Number(process.env.OASIS_CASES ?? '2000');
const seeds = (from: number) => Array.from({ length: count }, (_, i) => from + i);

describe(`${count} random mixes of options and shapes`, () => {
  it('of InfoNCE equal its definition in float64 to 1e-5, gradients those of central differences', () => {
    const worst = seeds(10_000).map((seed) => ({ seed, difference: hostReferenceDifference(seed) }));
    expect(worst.filter(({ difference }) => !(difference < 1e-5))).toEqual([]);
  });

  describe.each(['cpu', 'wasm'])('on %s', (backend) => {
    beforeAll(() => useBackend(backend));

    // The tensors are float32: at a temperature of 0.02 a rounded cosine moves a gradient by 50 times its error.
    it('of every loss equal the loss on tensors to 1e-4', () => {
      const worst = seeds(20_000).map((seed) => ({ seed, ...randomDifference(seed) }));
      expect(worst.filter(({ difference }) => !(difference < 1e-4))).toEqual([]);
    });
  });
});
