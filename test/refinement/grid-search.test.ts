import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gridSearch, tuneDeltaS } from '../../src/refinement/index.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'grid-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('gridSearch', () => {
  it('returns the point with the largest score, the earlier among equals, and all scores in order', async () => {
    const result = await gridSearch([1, 2, 3, 4], async (x) => -Math.abs(x - 2.5));
    expect(result.best).toBe(2);
    expect(result.scores.map(({ point, score }) => [point, score])).toEqual([
      [1, -1.5],
      [2, -0.5],
      [3, -0.5],
      [4, -1.5],
    ]);
  });

  it('goes on where it was interrupted and computes no score twice', async () => {
    const file = join(folder, 'grid.json');
    const computed: number[] = [];
    const evaluate = async ({ k }: { k: number }) => {
      if (k === 3 && !computed.includes(-1)) {
        computed.push(-1);
        throw new Error('killed');
      }
      computed.push(k);
      return k % 3;
    };
    const points = [1, 2, 3, 4].map((k) => ({ k }));
    await expect(gridSearch(points, evaluate, { file })).rejects.toThrow('killed');
    const result = await gridSearch(points, evaluate, { file });
    expect(computed).toEqual([1, 2, -1, 3, 4]);
    expect(result.best).toEqual({ k: 2 });
    // A field more or in another order is the same point or another one, never a stale score.
    await gridSearch([{ k: 2, z: 1 }], async () => 9, { file });
    expect((await gridSearch([{ z: 1, k: 2 }], async () => 0, { file })).bestScore).toBe(9);
  });

  it('refuses the file of another search and one that holds something else', async () => {
    const file = join(folder, 'grid.json');
    await gridSearch([1], async () => 1, { file, fingerprint: 'seed 1' });
    await expect(gridSearch([1], async () => 1, { file, fingerprint: 'seed 2' })).rejects.toThrow(
      /holds another search \(seed 1\)/,
    );
    expect(JSON.parse(readFileSync(file, 'utf8')).scores).toEqual({ 1: 1 });
    writeFileSync(file, '[]');
    await expect(gridSearch([1], async () => 1, { file })).rejects.toThrow(/does not hold a grid search/);
  });

  it('refuses an empty grid, a repeated point and a score that is not finite', async () => {
    await expect(gridSearch([], async () => 1)).rejects.toThrow(/at least one point/);
    await expect(gridSearch([1, 1], async () => 1)).rejects.toThrow(
      /points must all differ, received 1 twice/,
    );
    await expect(gridSearch([1], async () => Number.NaN)).rejects.toThrow(
      /score of 1 must be finite, received NaN/,
    );
  });
});

describe('tuneDeltaS', () => {
  it('prefers the smallest Δs among equal scores, whatever their order', async () => {
    expect((await tuneDeltaS([0.2, 0.05, 0.1], async () => 1)).best).toBe(0.05);
  });

  it('refuses a Δs outside (0, 1)', async () => {
    await expect(tuneDeltaS([0.1, 1], async () => 1)).rejects.toThrow(
      /deltaS must be in \(0, 1\), received 1/,
    );
  });
});
