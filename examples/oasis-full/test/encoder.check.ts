import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TransformerEncoder } from 'oasis-embed/encoders';
import { OnnxFileEncoder } from 'oasis-embed/onnx';
import { selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { testBackends } from '../../../test/support/backends.js';
import { saveTinyTransformer } from '../../../test/support/tiny-transformer.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-encoder-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const command = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  join(here, '../cli.ts'),
];
// The software Vulkan driver complains where there is no runtime directory.
const environment = { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1', XDG_RUNTIME_DIR: scratch };
const oasisFull = (...args: string[]) =>
  spawnSync(process.execPath, [...command, ...args], { cwd: root, env: environment, encoding: 'utf8' });
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const repository = [join(here, '../node_modules'), join(root, 'node_modules')]
  .map((folder) => join(folder, 'simple-statistics/src'))
  .find((path) => existsSync(path))!;

const model = join(scratch, 'tiny-bert');
beforeAll(async () => {
  await selectBackend('cpu');
  await saveTinyTransformer(model, {
    texts: ['the median of a sorted list of numbers', 'function mean(x) { return sum(x) / x.length; }'],
    vocabularySize: 200,
    maximumLength: 64,
  });
});

/** A run on one small package, with the tiny checkpoint. */
const runArguments = (out: string, ...more: string[]) => [
  ...['--repos', repository, '--out', out, '--encoder', model, '--maximum-length', '32'],
  ...['--epochs', '3', '--learning-rate', '0.02', '--batch-queries', '8', '--label-dimensions', '16'],
  ...['--threshold', '0.9', ...more],
];
const expectSuccess = ({ status, stdout, stderr }: ReturnType<typeof oasisFull>) => {
  expect(stderr + stdout).not.toMatch(/error:/);
  expect(status).toBe(0);
};
const weights = async (of: TransformerEncoder, name: string) =>
  Array.from(await of.variables.find((variable) => variable.name.endsWith(name))!.data());

/** Starts a run, and kills it when it has trained for an epoch. */
const killInTraining = async (out: string, args: readonly string[]) => {
  const child = spawn(process.execPath, [...command, ...args], {
    cwd: root,
    env: environment,
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));
  // best/ is written after the checkpoint: training is on its way, and has an epoch or two before it.
  await vi.waitUntil(() => existsSync(join(out, 'checkpoints/best')), { timeout: 100_000, interval: 2 });
  child.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
  expect(existsSync(join(out, 'stages/training.json'))).toBe(false);
};

/** A copy of a finished run that has yet to train. */
const untrainedCopy = (from: string, name: string): string => {
  const out = join(scratch, name);
  cpSync(from, out, { recursive: true });
  rmSync(join(out, 'stages/training.json'));
  for (const folder of ['model', 'adapter']) rmSync(join(out, folder), { recursive: true, force: true });
  return out;
};

describe('a run with --encoder', () => {
  const out = join(scratch, 'run');
  const frozen = ['--backend', 'wasm', '--frozen-layers', '1', '--accumulate', '2'];
  let said = '';
  beforeAll(() => {
    const run = oasisFull(...runArguments(out, ...frozen), '--onnx', 'float32', 'int8');
    said = run.stderr;
    expectSuccess(run);
  });

  it('trains it on the refined labels, and the result is a model of the same kind', async () => {
    const training = readJson(join(out, 'stages/training.json')).summary;
    expect(said).toMatch(/tiny-bert trains on onnx \(onnxruntime-node \d/);
    expect(training).toMatchObject({ encoder: 'transformer', backend: 'onnx' });
    expect(training.best.step).toBeGreaterThan(0);
    expect(existsSync(join(out, 'model/modules.json'))).toBe(true);
    const encoder = await TransformerEncoder.load(join(out, 'model'));
    const before = await TransformerEncoder.load(model);
    // The frozen lower layer is as it was, the upper one is not.
    expect(encoder.maximumLength).toBe(32);
    const [lower, upper] = ['layer.0.output.dense.weight', 'layer.1.output.dense.weight'];
    expect(await weights(encoder, lower)).toEqual(await weights(before, lower));
    expect(await weights(encoder, upper)).not.toEqual(await weights(before, upper));
    const logged = readFileSync(join(out, 'logs/metrics.jsonl'), 'utf8').trimEnd().split('\n');
    expect(logged.filter((line) => line.includes('gradientNorm'))).toHaveLength(training.steps);
  });

  it('goes on after a kill along the same curve, to the same bytes', async () => {
    const interrupted = untrainedCopy(out, 'run-interrupted');
    const args = runArguments(interrupted, ...frozen);
    await killInTraining(interrupted, args);
    expectSuccess(oasisFull(...args));
    for (const file of ['training-curve.jsonl', 'model/model.safetensors'])
      expect(readFileSync(join(interrupted, file)).equals(readFileSync(join(out, file))), file).toBe(true);
    expect(existsSync(join(interrupted, 'checkpoints'))).toBe(false);
  });

  it('trains it alike on TensorFlow.js, as a training of its own', () => {
    const other = untrainedCopy(out, 'run-tfjs');
    const run = oasisFull(...runArguments(other, ...frozen, '--model-engine', 'tfjs'));
    expectSuccess(run);
    expect(run.stderr).toMatch(/tiny-bert trains on tfjs/);
    const [native, tfjs] = [out, other].map((folder) =>
      readFileSync(join(folder, 'training-curve.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).loss as number | undefined),
    );
    expect(tfjs!.length).toBe(native!.length);
    // Adam makes steps of the rounding of gradients that are 0: the curves part slowly.
    expect(Math.abs(native![0]! / tfjs![0]! - 1)).toBeLessThan(1e-5);
    expect(Math.abs(native![3]! / tfjs![3]! - 1)).toBeLessThan(1e-3);
    expect(readJson(join(other, 'stages/training.json')).key).not.toBe(
      readJson(join(out, 'stages/training.json')).key,
    );
  });

  it('exports it to ONNX with the measured loss of the smaller file', async () => {
    const { files } = readJson(join(out, 'stages/export.json')).summary;
    expect(files.map(({ file }: { file: string }) => file)).toEqual([
      'onnx/model.onnx',
      'onnx/model_quantized.onnx',
    ]);
    expect(files[1].quality.smallestCosine).toBeGreaterThan(0.9);
    const texts = ['median of numbers', 'x'];
    const encoder = await TransformerEncoder.load(join(out, 'model'));
    const file = await OnnxFileEncoder.load(join(out, 'model'));
    const [expected, found] = [await encoder.embed(texts), await file.embed(texts)];
    found.data.forEach((x, i) => {
      expect(Math.abs(x - expected.data[i]!)).toBeLessThan(1e-5);
    });
    encoder.dispose();
    await file.close();
  });

  it('evaluates, indexes and searches with it', () => {
    expect(readJson(join(out, 'evaluation.json')).systems).toHaveLength(3);
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
    fails(['--onnx'], /--onnx needs --encoder/);
    fails(
      ['--encoder', model, '--model-engine', 'onnx', '--training-workers', '2', '--repos', repository],
      /--training-workers are threads of TensorFlow\.js: ONNX Runtime \(--model-engine onnx\) has its own/,
    );
    rmSync(join(scratch, 'none'), { recursive: true, force: true });
    fails(['--encoder', model, '--lora-alpha', '4'], /--lora-alpha needs --lora-rank/);
    fails(
      ['--encoder', model, '--lora-rank', '4', '--lora-targets', 'q_proj', '--repos', repository],
      /lora\.targets must name linear maps .*received q_proj/,
    );
    rmSync(join(scratch, 'none'), { recursive: true, force: true });
    fails(
      ['--encoder', join(scratch, 'nowhere')],
      /--encoder: expected a folder with config\.json, received/,
    );
    expect(existsSync(join(scratch, 'none'))).toBe(false);
  });
});

describe('a run with --embedder', () => {
  // Two groups of functions, so that two worker threads have the model at once.
  const labelsBy = (engine: 'onnx' | 'tfjs') => {
    const out = join(scratch, `labels-${engine}`);
    const run = oasisFull(
      ...['--repos', repository, '--out', out, '--embedder', model, '--model-engine', engine],
      ...['--threshold', '0.9', '--until', 'refinement', '--workers', '2', '--shard-size', '1'],
    );
    expectSuccess(run);
    const rows = readFileSync(join(out, 'dataset.jsonl'), 'utf8').trimEnd().split('\n');
    return { said: run.stderr, rows: rows.map((row) => JSON.parse(row)) };
  };

  it('labels alike on both engines, and says which one it uses', () => {
    const [native, tfjs] = [labelsBy('onnx'), labelsBy('tfjs')];
    expect(native.said).toMatch(/tiny-bert embeds on onnx \(onnxruntime-node \d/);
    expect(tfjs.said).toMatch(/tiny-bert embeds on tfjs ·/);
    expect(native.rows.length).toBeGreaterThan(100);
    native.rows.forEach(({ similarity, ...row }, i) => {
      const { similarity: expected, ...same } = tfjs.rows[i];
      expect(row).toEqual(same);
      expect(Math.abs(similarity - expected)).toBeLessThan(1e-5);
    });
  });
});

describe('a run that trains low-rank updates', () => {
  const lora = [
    ...['--lora-rank', '4', '--lora-alpha', '6', '--lora-targets', 'query', 'dense'],
    ...['--frozen-layers', '1', '--training-workers', '2', '--chunk-size', '5'],
  ];
  const straight = join(scratch, 'lora');
  const interrupted = join(scratch, 'lora-interrupted');
  beforeAll(async () => {
    // What stands before training need not be done again.
    cpSync(join(scratch, 'run'), straight, { recursive: true });
    expectSuccess(oasisFull(...runArguments(straight, ...lora)));
    await killInTraining(untrainedCopy(straight, 'lora-interrupted'), runArguments(interrupted, ...lora));
  }, 600_000);

  it('saves them merged, and on their own for PEFT', async () => {
    const [before, after] = [
      await TransformerEncoder.load(model),
      await TransformerEncoder.load(join(straight, 'model')),
    ];
    for (const layer of [0, 1]) {
      for (const name of ['attention.self.qkv.weight', 'attention.self.qkv.bias']) {
        const path = `layer.${layer}.${name}`;
        const same =
          JSON.stringify(await weights(before, path)) === JSON.stringify(await weights(after, path));
        expect(same, path).toBe(layer === 0 || name.endsWith('bias'));
      }
    }
    const config = readJson(join(straight, 'adapter/adapter_config.json'));
    expect(config).toMatchObject({ r: 4, lora_alpha: 6, base_model_name_or_path: model });
    expect(config.target_modules).toEqual([
      'encoder.layer.1.attention.self.query',
      'encoder.layer.1.attention.output.dense',
      'encoder.layer.1.intermediate.dense',
      'encoder.layer.1.output.dense',
    ]);
    const adapted = await TransformerEncoder.load(model, {
      adapter: join(straight, 'adapter'),
      maximumLength: 32,
    });
    const texts = ['the median of numbers', 'function mean(x) { return sum(x); }'];
    const [merged, apart] = [await after.embed(texts), await adapted.embed(texts)];
    apart.data.forEach((value, i) => {
      expect(value).toBeCloseTo(merged.data[i]!, 5);
    });
    for (const encoder of [before, after, adapted]) encoder.dispose();
  });

  it('goes on after a kill along the same curve, to the same bytes', () => {
    const best = join(interrupted, 'checkpoints/best');
    expect(existsSync(join(best, 'config.json'))).toBe(true);
    expectSuccess(oasisFull(...runArguments(interrupted, ...lora)));
    for (const file of [
      'training-curve.jsonl',
      'model/model.safetensors',
      'adapter/adapter_model.safetensors',
    ]) {
      expect(readFileSync(join(interrupted, file)).equals(readFileSync(join(straight, file))), file).toBe(
        true,
      );
    }
    expect(existsSync(join(interrupted, 'checkpoints'))).toBe(false);
  });

  it('evaluates and searches with them', () => {
    expect(readJson(join(straight, 'stages/training.json')).summary).toMatchObject({
      encoder: 'transformer',
      // Two maps of 16 × 16 and two between 16 and 64, of one layer, by rank 4.
      parameters: 4 * (2 * (16 + 16) + 2 * (16 + 64)),
    });
    expect(readJson(join(straight, 'evaluation.json')).systems).toHaveLength(3);
    const search = oasisFull('search', 'median of numbers', '--run', straight, '--json', '--top', '2');
    expect(search.stderr).not.toMatch(/error/);
    expect(search.stdout.trim().split('\n')).toHaveLength(2);
  });
});

describe.runIf(testBackends().includes('webgpu'))('a run with --encoder and --backend webgpu', () => {
  const out = join(scratch, 'webgpu');

  it('trains, evaluates and searches', () => {
    // A software driver is slow: two steps, of short texts.
    const short = [
      '--maximum-length',
      '16',
      '--batch-negatives',
      '1',
      '--epochs',
      '2',
      '--batch-queries',
      '90',
    ];
    expectSuccess(oasisFull(...runArguments(out, '--backend', 'webgpu', ...short)));
    const { summary } = readJson(join(out, 'stages/training.json'));
    expect(summary).toMatchObject({ encoder: 'transformer', backend: 'webgpu' });
    const steps = readFileSync(join(out, 'training-curve.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((row) => row.loss !== undefined);
    expect(steps).toHaveLength(summary.steps);
    expect(steps.every(({ loss }) => Number.isFinite(loss))).toBe(true);
    expect(readJson(join(out, 'evaluation.json')).systems).toHaveLength(3);
    const search = oasisFull('search', 'median of numbers', '--run', out, '--json', '--top', '2');
    expect(search.stdout.trim().split('\n')).toHaveLength(2);
  }, 1_200_000);
});
