import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TermRelatives } from '../../src/retrieval/term-relatives.js';

describe('TermRelatives', () => {
  it('finds the other forms of a word, and no compound', () => {
    const relatives = new TermRelatives([
      'handl',
      'handler',
      'handlerstack',
      'hand',
      'send',
      'sendfile',
      'cert',
    ]);
    expect(relatives.of('handl')).toEqual(['handler', 'hand']);
    expect(relatives.of('send')).toEqual([]);
    expect(relatives.of('certif')).toEqual(['cert']);
    expect(relatives.of('han')).toEqual([]);
  });

  it('is what a look at every term finds', () => {
    const term = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.uniqueArray(term), term, (terms, asked) => {
        const expected = terms.filter((other) => {
          const [short, long] = other.length < asked.length ? [other, asked] : [asked, other];
          const more = long.length - short.length;
          return short.length >= 4 && more > 0 && more <= 3 && long.startsWith(short);
        });
        expect(new TermRelatives(terms).of(asked)).toEqual(expected);
      }),
    );
  });
});
