import fc from 'fast-check';
import { Bm25Index } from 'oasis-embed/benchmarks';
import { Bm25fBuilder, Bm25fIndex } from 'oasis-embed/retrieval';
import { describe, expect, it } from 'vitest';

const word = fc.constantFrom('sort', 'list', 'read', 'file', 'tree', 'node', 'a', 'b');
const tokens = fc.array(word, { maxLength: 12 });

/** The formula as its docstring has it, term by term. */
const slowScore = (
  documents: readonly (readonly (readonly string[])[])[],
  fields: readonly { readonly weight: number; readonly b: number }[],
  k1: number,
  query: readonly string[],
  document: number,
): number => {
  let score = 0;
  for (const term of new Set(query)) {
    const frequency = documents.filter((each) => each.flat().includes(term)).length;
    if (frequency === 0) continue;
    const idf = Math.log(1 + (documents.length - frequency + 0.5) / (frequency + 0.5));
    let weighted = 0;
    fields.forEach(({ weight, b }, f) => {
      const mean = documents.reduce((sum, each) => sum + each[f]!.length, 0) / documents.length;
      const own = documents[document]![f]!;
      const count = own.filter((token) => token === term).length;
      if (count > 0) weighted += (weight * count) / (1 - b + (b * own.length) / mean);
    });
    if (weighted > 0) score += (idf * weighted * (k1 + 1)) / (k1 + weighted);
  }
  return score;
};

describe('Bm25fIndex', () => {
  it('scores by its formula', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(tokens, tokens), { minLength: 1, maxLength: 12 }),
        tokens,
        fc.constantFrom(0, 0.9, 1.2, 2),
        fc.constantFrom(0, 0.5, 1, 4),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (documents, query, k1, weight, b) => {
          const fields = [
            { name: 'name', weight, b },
            { name: 'code', weight: 1, b: 0.75 },
          ];
          const scores = Bm25fIndex.build(documents, { fields, k1 }).scores(query);
          documents.forEach((_, d) => {
            const expected = slowScore(documents, fields, k1, query, d);
            expect(scores[d]).toBeCloseTo(expected, 4);
          });
        },
      ),
    );
  });

  it('is BM25 where there is one field of weight 1', () => {
    fc.assert(
      fc.property(
        fc.array(tokens, { minLength: 1, maxLength: 12 }),
        fc.uniqueArray(word),
        (documents, query) => {
          const one = Bm25fIndex.build(
            documents.map((text) => [text]),
            { fields: [{ name: 'text', weight: 1 }] },
          );
          const expected = new Bm25Index(documents).scores(query);
          one.scores(query).forEach((score, d) => {
            expect(score).toBeCloseTo(expected[d]!, 4);
          });
        },
      ),
    );
  });

  it('counts a term as much as a map says', () => {
    const index = Bm25fIndex.build([[['sort', 'list']], [['read', 'list']]], {
      fields: [{ name: 'text', weight: 1 }],
    });
    const [sort, list] = [index.scores(['sort']), index.scores(['list'])];
    const both = index.scores(
      new Map([
        ['sort', 0.5],
        ['list', 2],
      ]),
    );
    both.forEach((score, d) => {
      expect(score).toBeCloseTo(0.5 * sort[d]! + 2 * list[d]!, 5);
    });
  });

  it('is the same from its data', () => {
    const options = { fields: [{ name: 'text', weight: 2 }] };
    const index = Bm25fIndex.build([[['sort', 'list']], [['read']]], options);
    const copy = Bm25fIndex.from(structuredClone(index.data));
    expect(copy.scores(['sort'])).toEqual(index.scores(['sort']));
    expect([copy.has('read'), copy.has('tree')]).toEqual([true, false]);
    expect(copy.idf('tree')).toBe(0);
  });

  it('answers with zeros where it is empty', () => {
    expect(Bm25fIndex.build([], { fields: [] }).scores(['sort'])).toEqual(new Float32Array(0));
  });

  it('names a number out of bounds', () => {
    const field = { name: 'code', weight: 1 };
    expect(() => new Bm25fBuilder({ fields: [field], k1: -1 })).toThrow('k1 must be at least 0, received -1');
    expect(() => new Bm25fBuilder({ fields: [{ ...field, weight: -2 }] })).toThrow(
      'the weight of code must be at least 0, received -2',
    );
    expect(() => new Bm25fBuilder({ fields: [{ ...field, b: 2 }] })).toThrow(
      'b of code must be in [0, 1], received 2',
    );
    expect(() => new Bm25fBuilder({ fields: [field] }).add([[], []])).toThrow('fields must be 1, received 2');
    expect(() => Bm25fIndex.build([], { fields: [field] }).scores([], new Float32Array(3))).toThrow(
      'out must have shape [N] = [0], received 3',
    );
  });
});
