import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { StepRecord } from '../../src/training/index.js';
import { StepHistory } from '../../src/training/step-history.js';

const folder = mkdtempSync(join(tmpdir(), 'step-history-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const steps = (count: number, seed = 0): StepRecord[] =>
  Array.from({ length: count }, (_, step) => ({
    step,
    epoch: 0,
    loss: Math.sin(step + seed) / 3,
    infoNce: Math.fround(1 / (step + 3)),
    cosent: 0.1 + 0.2,
    learningRate: 1e-3 / (step + 1),
    gradientNorm: Math.PI ** step,
  }));

it('gives back what was added, in as many parts as you like', async () => {
  const path = join(folder, 'parts.jsonl');
  const history = new StepHistory(path);
  for (const count of [0, 3, 3, 10]) {
    const extent = await history.append(steps(count));
    expect(extent.steps).toBe(count);
    expect(await new StepHistory(path, extent).read()).toEqual(steps(count));
  }
});

it('adds only what is new', async () => {
  const path = join(folder, 'new.jsonl');
  const history = new StepHistory(path);
  await history.append(steps(4));
  writeFileSync(path, readFileSync(path, 'utf8').replace('"step":0', '"step":9'));
  const extent = await history.append(steps(6));
  expect((await new StepHistory(path, extent).read())[0]!.step).toBe(9);
});

it('writes over what a killed process left beyond its extent', async () => {
  const path = join(folder, 'killed.jsonl');
  const extent = await new StepHistory(path).append(steps(2));
  await new StepHistory(path, extent).append(steps(7, 1));
  appendFileSync(path, '{"step":');
  const history = new StepHistory(path, extent);
  expect(await history.read()).toEqual(steps(2));
  const longer = await history.append(steps(5));
  expect(await new StepHistory(path, longer).read()).toEqual(steps(5));
});

it('says which file lacks steps', async () => {
  const path = join(folder, 'short.jsonl');
  const extent = await new StepHistory(path).append(steps(3));
  const lines = readFileSync(path, 'utf8').split('\n');
  truncateSync(path, lines[0]!.length + 1);
  await expect(new StepHistory(path, extent).read()).rejects.toThrow(
    /short\.jsonl must hold 3 steps in \d+ bytes, found 1/,
  );
  rmSync(path);
  await expect(new StepHistory(path, extent).read()).rejects.toThrow(/cannot read .*short\.jsonl: ENOENT/);
});
