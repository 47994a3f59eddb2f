import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topRanks } from '../../src/retrieval/top-ranks.js';

describe('topRanks', () => {
  it('gives the places that sorting gives', () => {
    fc.assert(
      fc.property(
        // Few values, so that there are ties.
        fc.array(fc.integer({ min: -2, max: 6 }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (scores, count, filtered) => {
          const allowed = (row: number) => row % 3 !== 0;
          const expected = scores
            .map((score, row) => ({ score, row }))
            .filter(({ score, row }) => score > 0 && (!filtered || allowed(row)))
            .sort((a, b) => b.score - a.score || a.row - b.row)
            .slice(0, count)
            .map(({ row }, i) => [row, i + 1]);
          const found = filtered ? topRanks(scores, count, allowed) : topRanks(scores, count);
          expect([...found]).toEqual(expected);
        },
      ),
    );
  });
});
