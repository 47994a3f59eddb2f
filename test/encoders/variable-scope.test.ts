import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { SubtokenBagEncoder } from '../../src/encoders/index.js';

describe('variables of encoders', () => {
  it('have names of their own, also beside another copy of the package on the same engine', async () => {
    const make = (copy: typeof SubtokenBagEncoder) =>
      copy.fit({ queries: ['add two numbers'], documents: ['sum of a list'] }, { dimensions: 4 });
    const first = [make(SubtokenBagEncoder), make(SubtokenBagEncoder)];
    vi.resetModules();
    const copy = (await import('../../src/encoders/index.js')).SubtokenBagEncoder;
    expect(copy).not.toBe(SubtokenBagEncoder);
    const all = [...first, make(copy), make(copy)];
    const names = all.flatMap(({ variables }) => variables.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(tf.engine().registeredVariables).toHaveProperty([name]);
    for (const encoder of all) encoder.dispose();
  });
});
