import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pairedRandomizationTest } from 'oasis-embed/metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AblationCell, runCells } from '../pipeline/ablation/cells.js';
import { formatAblation, summarizeAblation } from '../pipeline/ablation/summarize-ablation.js';
import { lossWeights, VARIANTS } from '../pipeline/ablation/variants.js';

describe('runCells', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ablation-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const cells = [1, 2].flatMap((seed) => ['a', 'b'].map((slug) => ({ slug, seed })));
  const value = ({ slug, seed }: AblationCell) => [slug === 'a' ? 1 : 0.5, seed / 10];

  it('goes on where a run was cut off, and trains each cell once', async () => {
    const trained: string[] = [];
    const train = (limit: number) => async (cell: AblationCell) => {
      if (trained.length === limit) throw new Error('killed');
      trained.push(`${cell.slug}${cell.seed}`);
      return Float64Array.from(value(cell));
    };
    await expect(runCells(cells, { folder, settings: 1, train: train(3) })).rejects.toThrow('killed');
    expect((await readdir(folder)).sort()).toEqual(['a-seed-1.json', 'a-seed-2.json', 'b-seed-1.json']);
    const kept: boolean[] = [];
    const found = await runCells(cells, {
      folder,
      settings: 1,
      train: train(9),
      onCell: (_done, _cell, _values, wasKept) => kept.push(wasKept),
    });
    expect(found).toEqual(cells.map(value));
    expect(kept).toEqual([true, true, true, false]);
    expect(trained).toEqual(['a1', 'b1', 'a2', 'b2']);
  });

  it('trains anew what was made under other settings, and only further seeds when there are more', async () => {
    let trained = 0;
    const train = async (cell: AblationCell) => {
      trained += 1;
      return value(cell);
    };
    await runCells(cells.slice(0, 2), { folder, settings: { epochs: 1 }, train });
    expect(trained).toBe(2);
    await runCells(cells, { folder, settings: { epochs: 1 }, train });
    expect(trained).toBe(4);
    await runCells(cells, { folder, settings: { epochs: 2 }, train });
    expect(trained).toBe(8);
  });
});

describe('summarizeAblation', () => {
  const queries = 200;
  const of = (lift: number) =>
    [0, 1, 2].map((s) => Array.from({ length: queries }, (_, q) => (((q * 37 + s * 11) % 100) + lift) / 110));
  const inputs = [
    { name: 'whole', perSeed: of(8) },
    { name: 'same', perSeed: of(8) },
    { name: 'worse', perSeed: of(0) },
  ];
  const result = summarizeAblation('MRR@1000', [1, 2, 3], inputs, 1);

  it('gives each row its values per seed, an interval, and its distance from the whole recipe', () => {
    const [whole, same, worse] = result.rows;
    expect(whole).toMatchObject({ full: true, difference: null });
    expect(whole).not.toHaveProperty('pValue');
    expect(whole!.values).toHaveLength(3);
    expect(whole!.low).toBeLessThan(whole!.mean);
    expect(whole!.high).toBeGreaterThan(whole!.mean);
    expect(same).toMatchObject({ full: false, difference: { value: 0, low: 0, high: 0 }, pValue: 1 });
    expect(worse!.difference!.value).toBeCloseTo(-8 / 110, 12);
    expect(worse!.pValue).toBeLessThan(0.001);
  });

  it('tests the seeds of a query together, and corrects for the number of rows', () => {
    const pooled = (perSeed: readonly (readonly number[])[]) =>
      perSeed[0]!.map((_, q) => (perSeed[0]![q]! + perSeed[1]![q]! + perSeed[2]![q]!) / 3);
    const { pValue } = pairedRandomizationTest(pooled(of(0)), pooled(of(8)), { seed: 1 });
    expect(result.rows[2]!.pValue).toBeCloseTo(2 * pValue, 12);
  });

  it('prints the table of the paper with intervals and significance', () => {
    const table = formatAblation(result);
    expect(table).toMatch(/worse .*−7\.27 .*< 0\.001/);
    expect(table).toContain('3 seeds, 200 queries');
  });

  it('refuses rows of other seeds or queries', () => {
    expect(() => summarizeAblation('MRR', [1, 2], inputs, 1)).toThrow(
      'whole must have 2 × 200 values, received 3 × 200, 200, 200',
    );
  });
});

describe('the variants', () => {
  it('are the six rows of the paper, each changing one thing', () => {
    expect(VARIANTS.map(({ name }) => name)).toEqual([
      'OASIS',
      'no refinement',
      'CoSENT only',
      'InfoNCE only',
      'AST candidates only',
      'threshold candidates only',
    ]);
    const weights = { weightInfoNce: 0.98, weightCosent: 0.02 };
    expect(lossWeights({ weights: 'both' }, weights)).toEqual({ infoNce: 0.98, cosent: 0.02 });
    expect(lossWeights({ weights: 'cosent' }, weights)).toEqual({ infoNce: 0, cosent: 1 });
    expect(lossWeights({ weights: 'infoNce' }, weights)).toEqual({ infoNce: 1, cosent: 0 });
  });
});
