import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordIds } from '../../src/encoders/transformer/word-ids.js';

const WORD_STARTS = '(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])';
const read = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/bert', name), 'utf8'));
const plain = read('tokenizer.json');
const split = {
  ...plain,
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'Replace', pattern: { Regex: WORD_STARTS }, content: ' ' }, plain.normalizer],
  },
};

describe('tokens word by word', () => {
  for (const [name, json] of Object.entries({ plain, split })) {
    it(`are those of the whole text (${name})`, () => {
      const tokenizer = new Tokenizer(json, read('tokenizer_config.json'));
      const whole = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
      const byWord = wordIds(json, WORD_STARTS, whole)!;
      const piece = fc.oneof(
        fc.constantFrom(
          'getUserName',
          'HTTPServer',
          'parse_date',
          'x1',
          'été',
          '[MASK]',
          '日本',
          'e\u0301a',
          '\u00a0',
        ),
        fc.string({ maxLength: 6 }),
        fc.string({ unit: 'grapheme', maxLength: 4 }),
        fc.constantFrom(' ', '\n\t', '(', ').', '->', '`', '"'),
      );
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
          const text = pieces.join('');
          expect(byWord(text)).toEqual(whole(text));
        }),
        { numRuns: 100 },
      );
    });
  }

  it('are not taken where words depend on what stands around them', () => {
    const never = () => [];
    expect(wordIds({ ...plain, pre_tokenizer: { type: 'ByteLevel' } }, WORD_STARTS, never)).toBeNull();
    expect(wordIds({ ...plain, normalizer: null }, WORD_STARTS, never)).toBeNull();
    expect(wordIds(split, 'another pattern', never)).toBeNull();
  });
});
