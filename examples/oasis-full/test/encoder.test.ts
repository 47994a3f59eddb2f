import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { TransformerEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addRunCommand } from '../commands/run.js';
import { applyPreset } from '../commands/training-flags.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-encoder-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const oasisFull = (...args: string[]) =>
  spawnSync(
    process.execPath,
    [
      '--import',
      pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
      join(here, '../cli.ts'),
      ...args,
    ],
    { cwd: root, env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' }, encoding: 'utf8' },
  );
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const repository = [join(here, '../node_modules'), join(root, 'node_modules')]
  .map((folder) => join(folder, 'simple-statistics/src'))
  .find((path) => existsSync(path))!;

describe('a run with --encoder', () => {
  const model = join(scratch, 'tiny-bert');
  const out = join(scratch, 'run');
  beforeAll(async () => {
    await selectBackend('cpu');
    const encoder = TransformerEncoder.random({
      texts: ['the median of a sorted list of numbers', 'function mean(x) { return sum(x) / x.length; }'],
      hiddenSize: 16,
      layers: 2,
      heads: 2,
      vocabularySize: 200,
      maximumLength: 64,
    });
    await encoder.save(model);
    encoder.dispose();
    const run = oasisFull(
      ...['--repos', repository, '--out', out, '--encoder', model, '--backend', 'wasm'],
      ...[
        '--epochs',
        '3',
        '--learning-rate',
        '0.02',
        '--batch-queries',
        '8',
        '--label-dimensions',
        '16',
        '--threshold',
        '0.9',
      ],
      ...['--maximum-length', '32', '--frozen-layers', '1', '--accumulate', '2'],
    );
    expect(run.stderr + run.stdout).not.toMatch(/error:/);
    expect(run.status).toBe(0);
  });

  it('trains it on the refined labels, and the result is a model of the same kind', async () => {
    const training = readJson(join(out, 'stages/training.json')).summary;
    expect(training.encoder).toBe('transformer');
    expect(training.best.step).toBeGreaterThan(0);
    expect(existsSync(join(out, 'model/modules.json'))).toBe(true);
    const encoder = await TransformerEncoder.load(join(out, 'model'));
    const before = await TransformerEncoder.load(model);
    // The frozen lower layer is as it was, the upper one is not.
    expect(encoder.maximumLength).toBe(32);
    const weights = async (of: TransformerEncoder, name: string) =>
      Array.from(await of.variables.find((variable) => variable.name.endsWith(name))!.data());
    const [lower, upper] = ['layer.0.output.dense.weight', 'layer.1.output.dense.weight'];
    expect(await weights(encoder, lower)).toEqual(await weights(before, lower));
    expect(await weights(encoder, upper)).not.toEqual(await weights(before, upper));
    const logged = readFileSync(join(out, 'logs/metrics.jsonl'), 'utf8').trimEnd().split('\n');
    expect(logged.filter((line) => line.includes('gradientNorm'))).toHaveLength(training.steps);
  });

  it('evaluates, indexes and searches with it', () => {
    expect(readJson(join(out, 'metrics.json')).systems).toHaveLength(3);
    const search = oasisFull('search', 'median of numbers', '--run', out, '--json', '--top', '2');
    expect(search.stderr).not.toMatch(/error/);
    expect(search.stdout.trim().split('\n')).toHaveLength(2);
  });

  it('refuses flags that need one, and a folder without a model', () => {
    const fails = (args: readonly string[], message: RegExp) => {
      const run = oasisFull(...args, '--out', join(scratch, 'none'));
      expect(run.stderr).toMatch(message);
      expect(run.status).toBe(1);
    };
    fails(['--lora-rank', '4'], /--lora-rank needs --encoder/);
    fails(
      ['--encoder', join(scratch, 'nowhere')],
      /--encoder: expected a folder with config\.json, received/,
    );
    expect(existsSync(join(scratch, 'none'))).toBe(false);
  });
});

describe('--preset paper', () => {
  const options = (...args: string[]) => {
    const program = new Command().exitOverride();
    addRunCommand(program);
    const command = program.commands[0]!;
    command.action(() => {});
    program.parse(['run', ...args], { from: 'user' });
    applyPreset(command);
    return command.opts();
  };

  it('sets what the released training code has', () => {
    expect(options('--preset', 'paper')).toMatchObject({
      temperature: 0.05,
      weightInfonce: 0.98,
      weightCosent: 0.02,
      epochs: 10,
      learningRate: 5e-4,
      epsilon: 1e-3,
      weightDecay: 0.01,
      schedule: 'constant',
      warmUpSteps: 0,
      seed: 3407,
      infonceForm: 'released',
    });
    expect(options('--preset', 'paper').queryPrompt).toBeUndefined();
    expect(options('--preset', 'paper', '--encoder', 'x')).toMatchObject({
      maximumLength: 1024,
      queryPrompt: expect.stringMatching(/^Instruct: .*\nQuery: $/),
    });
  });

  it('gives way to flags', () => {
    expect(options('--preset', 'paper', '--epochs', '2')).toMatchObject({ epochs: 2, learningRate: 5e-4 });
    expect(options()).toMatchObject({ epochs: 3, learningRate: 0.001, infonceForm: 'paper' });
  });
});
