import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatProgress, type StepRecord } from '../../src/training/index.js';
import { crc32c, eventRecord } from '../../src/training/tensorboard-events.js';
import { openTrainingLog } from '../../src/training/training-log.js';
import { createProgressMeter } from '../../src/training/training-progress.js';
import golden from './golden/tensorboard-events.golden.json' with { type: 'json' };

const step = (number: number): StepRecord => ({
  step: number,
  epoch: 0,
  loss: 1.5 - number / 10,
  infoNce: 1.4,
  cosent: 6,
  learningRate: 0.001,
  gradientNorm: 2,
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('event records', () => {
  it('are those that TensorBoard’s own writer makes, byte for byte', () => {
    const { seconds, values } = golden;
    expect(hex(eventRecord({ kind: 'version' }, seconds))).toBe(golden.version);
    expect(hex(eventRecord({ kind: 'restart', step: 300 }, seconds))).toBe(golden.restart);
    expect(hex(eventRecord({ kind: 'scalars', step: 0, values }, seconds))).toBe(golden.first);
    expect(hex(eventRecord({ kind: 'scalars', step: 123456789, values }, seconds))).toBe(golden.later);
  });

  it('carry CRC-32C', () => {
    for (const [text, expected] of Object.entries(golden.crc)) {
      expect(crc32c(new TextEncoder().encode(text))).toBe(expected);
    }
  });
});

describe('openTrainingLog', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'log-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const metrics = async () =>
    (await readFile(join(directory, 'metrics.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('starts a run that goes on with what is known of it, so that no step is there twice', async () => {
    const evaluation = { step: 0, epoch: 0, mrr: 0.25, best: true };
    const first = await openTrainingLog(directory, { steps: [], evaluations: [] }, () => 1000);
    await first.evaluation(evaluation);
    for (const number of [0, 1, 2]) await first.step(step(number));
    // The process died after step 2; its checkpoint knows of step 0 alone.
    const second = await openTrainingLog(
      directory,
      { steps: [step(0)], evaluations: [evaluation] },
      () => 2000,
    );
    await second.step(step(1));
    expect(await metrics()).toEqual([evaluation, step(0), step(1)]);
    const files = (await readdir(directory)).filter((name) => name.includes('tfevents')).sort();
    expect(files.map((name) => name.split('.')[3])).toEqual(['1000', '2000']);
    const bytes = await readFile(join(directory, files[1]!));
    const restart = eventRecord({ kind: 'restart', step: 1 }, 2000);
    expect(hex(bytes)).toContain(hex(restart));
  });
});

describe('progress', () => {
  it('counts rates over the last steps and what is left', () => {
    let time = 0;
    const meter = createProgressMeter(10, 20, () => time);
    time = 1000;
    meter.advance(64);
    time = 2000;
    const progress = meter.advance(128);
    expect(progress).toEqual({
      step: 12,
      totalSteps: 20,
      stepsPerSecond: 1,
      pairsPerSecond: 96,
      secondsLeft: 8,
    });
    expect(formatProgress(step(11), { ...progress, secondsLeft: 3725 })).toBe(
      'step 12 of 20 · loss 0.4000 · 1.00 steps/s · 96 pairs/s · 1 h 2 min left',
    );
  });
});
