import { describe, expect, it } from 'vitest';
import type { StoredFunction } from '../corpus/stored-function.js';
import { offlineModels } from '../options/model-options.js';
import { sampleFunctions, scaleEstimate } from '../pipeline/dry-run.js';

async function* functionsOf(repositories: number, split: (r: number) => StoredFunction['split']) {
  for (let r = 0; r < repositories; r++) {
    for (let i = 0; i < 10; i++)
      yield {
        id: `${r}#${i}`,
        repository: `r${r}`,
        split: split(r),
        documented: i % 2 === 0,
      } as StoredFunction;
  }
}
const options = { models: offlineModels, seed: 1 };
const estimate = {
  stage: 'docstrings',
  model: 'm',
  calls: 10,
  cached: 3,
  promptTokens: 1000,
  completionTokens: 200,
  usd: 0.5,
  forecast: null,
};

describe('an estimate of many functions', () => {
  it('is that of a part, as many times as functions get docstrings', async () => {
    const thirds = (r: number) => (r % 3 === 0 ? 'test' : 'train');
    const { stored, total, factor } = await sampleFunctions(functionsOf(900, thirds), options, 500);
    expect(stored).toHaveLength(500);
    expect(total).toBe(9000);
    const asked = stored.filter((fn) => fn.split === 'train' && fn.documented).length;
    expect(factor).toBe(3000 / asked);
    expect(scaleEstimate(estimate, 4, { part: 500, total })).toEqual({
      ...estimate,
      calls: 40,
      cached: 12,
      promptTokens: 4000,
      completionTokens: 800,
      usd: 2,
      forecast: 'from 500 of 9,000 functions, drawn by repository',
    });
    const forecast = scaleEstimate({ ...estimate, usd: null, forecast: 'x' }, 4, { part: 500, total });
    expect(forecast).toMatchObject({
      usd: null,
      forecast: 'from 500 of 9,000 functions, drawn by repository; there, x',
    });
  });

  it('is exact where all are looked at', async () => {
    const { stored, total, factor } = await sampleFunctions(
      functionsOf(9, () => 'train'),
      options,
    );
    expect([stored.length, total, factor]).toEqual([90, 90, 1]);
    expect(scaleEstimate(estimate, factor, { part: stored.length, total })).toBe(estimate);
  });

  it('says so where no function that it looks at is trained on', async () => {
    const almostAll = (r: number) => (r === 5 ? 'train' : 'test');
    await expect(sampleFunctions(functionsOf(900, almostAll), options, 20)).rejects.toThrow(
      '--dry-run: all 20 functions sampled from 9000 are held out; try another --seed',
    );
  });
});
