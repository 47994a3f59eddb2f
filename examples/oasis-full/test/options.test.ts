import { describe, expect, it } from 'vitest';
import { numberOption } from '../options/number-option.js';

describe('numberOption', () => {
  it('names what it expects and what it got', () => {
    const parse = numberOption({ integer: true, minimum: 1 });
    expect(parse('8')).toBe(8);
    for (const bad of ['0', '1.5', 'x', '', ' ', 'NaN', 'Infinity', '1e400']) {
      expect(() => parse(bad)).toThrow(/expected a whole number ≥ 1, received/);
    }
  });

  it('knows open bounds', () => {
    const parse = numberOption({ minimum: 0, below: 1 });
    expect(parse('0')).toBe(0);
    expect(() => parse('1')).toThrow('expected a number ≥ 0 and < 1, received 1');
  });
});
