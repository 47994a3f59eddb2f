import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SubtokenBagEncoder, type TextRole } from 'oasis-embed/encoders';
import { exportOnnx } from 'oasis-embed/onnx';
import { type BackendName, type EngineRequest, selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCrossEncoder } from '../models/cross-encoder.js';
import { loadLocalEmbedder } from '../models/local-embedder.js';
import { describeEngines, loadTextModel } from '../models/text-model.js';
import { selectTrainingEngine } from '../models/training-engine.js';
import { engineOf } from '../options/model-engine.js';
import { offlineModels } from '../options/model-options.js';
import { trainingDefaults } from '../options/training-options.js';

const fixtures = join(import.meta.dirname, '../../../test/encoders/fixtures');
const texts = [
  'sorts a list of numbers',
  'x',
  '',
  'def median(xs):\n    xs = sorted(xs)\n    return xs[len(xs) // 2]',
  'one two three four five six seven eight nine ten',
];

/** ‖a − b‖ / ‖b‖ of each row. */
const errors = (a: Float32Array, b: Float32Array, columns: number): number[] =>
  Array.from({ length: a.length / columns }, (_, row) => {
    const [at, end] = [row * columns, (row + 1) * columns];
    const own = b.subarray(at, end);
    const difference = Math.hypot(...a.subarray(at, end).map((x, i) => x - own[i]!));
    // A text without tokens has the zero vector on both.
    return difference === 0 ? 0 : difference / Math.hypot(...own);
  });

describe('a model that embeds', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'text-model-'));
    await selectBackend('cpu');
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(['bert', 'roberta', 'qwen2'])('gives the same vectors on both engines: %s', async (family) => {
    for (const queryPrompt of [null, 'find code: ']) {
      const open = (engine: 'onnx' | 'tfjs') =>
        loadTextModel(join(fixtures, family), { engine, queryPrompt });
      const [native, tfjs] = [await open('onnx'), await open('tfjs')];
      expect([native.kind, native.dimensions]).toEqual([tfjs.kind, tfjs.dimensions]);
      expect([native.engine!.name, tfjs.engine!.name]).toEqual(['onnx', 'tfjs']);
      const roles: readonly TextRole[] = ['query', 'document'];
      for (const role of roles) {
        const [found, expected] = [await native.embed(texts, role), await tfjs.embed(texts, role)];
        expect([found.rows, found.columns]).toEqual([expected.rows, expected.columns]);
        expect(Math.max(...errors(found.data, expected.data, expected.columns))).toBeLessThan(1e-5);
      }
      await native.close();
      await tfjs.close();
    }
  });

  it('says which device it runs on and why on no other, and fails where that is not there', async () => {
    const folder = join(fixtures, 'bert');
    const model = await loadTextModel(folder, { engine: 'onnx on auto' });
    expect(model.engine!.summary).toMatch(/^onnx on c(pu|uda) \(onnxruntime-node /);
    if (!model.engine!.summary.startsWith('onnx on cuda'))
      expect(model.engine!.summary).toMatch(/; not cuda: ./);
    await model.close();
    expect(await describeEngines([folder], 'onnx on auto')).toEqual([
      `bert embeds on ${model.engine!.summary}`,
    ]);
    // Core ML is for Macs.
    if (process.platform === 'darwin') return;
    const coreml = 'onnx on coreml';
    const refused = [
      () => loadTextModel(folder, { engine: coreml }),
      () => loadLocalEmbedder(folder, coreml),
      () => loadCrossEncoder(folder, coreml),
      () => describeEngines([folder], coreml),
    ];
    for (const open of refused) await expect(open()).rejects.toThrow(/^device coreml: ./);
    expect(() => engineOf({ engine: 'tfjs', device: 'webgpu' })).toThrow(
      '--device is for ONNX Runtime, --model-engine tfjs for TensorFlow.js',
    );
  });

  it('labels alike on both engines, under one name', async () => {
    const folder = join(fixtures, 'bert');
    const [native, tfjs] = [await loadLocalEmbedder(folder, 'onnx'), await loadLocalEmbedder(folder, 'tfjs')];
    expect(native.name).toBe(tfjs.name);
    const [found, expected] = [
      await native.embed(texts, { role: 'query' }),
      await tfjs.embed(texts, { role: 'query' }),
    ];
    expect(Math.max(...errors(found.data, expected.data, expected.columns))).toBeLessThan(1e-5);
    await native.close();
    await tfjs.close();
  });

  it('is said to run on ONNX Runtime where that is installed, and on TensorFlow.js where it is asked for', async () => {
    const bert = join(fixtures, 'bert');
    expect(await describeEngines([bert, bert, 'lsa'], 'auto')).toEqual([
      expect.stringMatching(/^bert embeds on onnx \(onnxruntime-node \d/),
    ]);
    expect(await describeEngines([bert], 'tfjs')).toEqual(['bert embeds on tfjs']);
  });

  it('is read from an ONNX file: the one named, or the first of a folder without safetensors', async () => {
    const whole = join(scratch, 'whole');
    cpSync(join(fixtures, 'bert'), whole, { recursive: true });
    await exportOnnx(whole, { precisions: ['float32', 'int8'], texts });
    const expected = await loadTextModel(whole, { engine: 'onnx' });
    const { data } = await expected.embed(texts, 'document');
    const quantized = join(whole, 'onnx/model_quantized.onnx');
    const small = await loadLocalEmbedder(quantized);
    const found = await small.embed(texts, { role: 'document' });
    const worst = Math.max(...errors(found.data, data, found.columns));
    expect(worst).toBeGreaterThan(1e-5);
    expect(worst).toBeLessThan(0.2);
    const files = join(scratch, 'files');
    cpSync(whole, files, { recursive: true });
    rmSync(join(files, 'model.safetensors'));
    const first = await loadLocalEmbedder(files);
    const same = await first.embed(texts, { role: 'document' });
    expect(Math.max(...errors(same.data, data, same.columns))).toBeLessThan(1e-5);
    // Named by what their vectors depend on.
    expect(first.name).toMatch(/^model [0-9a-f]{16}$/);
    expect(small.name).not.toBe(first.name);
    expect((await loadLocalEmbedder(join(files, 'onnx/model.onnx'))).name).toBe(first.name);
    for (const model of [expected, small, first]) await model.close();

    expect(await describeEngines([quantized], 'auto')).toEqual([
      expect.stringMatching(/^model_quantized\.onnx embeds on onnx \(onnxruntime-node \d/),
    ]);
    await expect(loadTextModel(quantized, { engine: 'tfjs' })).rejects.toThrow(
      /engine tfjs: .*model_quantized\.onnx is an ONNX file, which only onnx reads/,
    );
    await expect(loadTextModel(join(scratch, 'nowhere/model.onnx'))).rejects.toThrow(
      /expected config\.json beside it or in the folder above, found none/,
    );
  });

  it('needs no engine where it is no transformer', async () => {
    const folder = join(scratch, 'bag');
    const encoder = SubtokenBagEncoder.fit({ queries: texts, documents: texts }, { dimensions: 8 });
    await encoder.save(folder);
    encoder.dispose();
    expect(await describeEngines([folder], 'onnx')).toEqual([]);
    const model = await loadTextModel(folder, { engine: 'onnx' });
    expect([model.kind, model.engine]).toEqual(['subtoken-bag', null]);
    await model.close();
  });

  it('is refused, with the reasons, where no engine knows its architecture', async () => {
    const folder = join(scratch, 'unknown');
    cpSync(join(fixtures, 'bert'), folder, { recursive: true });
    const path = join(folder, 'config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, model_type: 'gpt2' }));
    await expect(loadTextModel(folder)).rejects.toThrow(
      /^\S*unknown\/config\.json: model_type must be one of bert, .*found "gpt2"/,
    );
    await expect(describeEngines([folder], 'onnx')).rejects.toThrow(/unknown\/config\.json: .*found "gpt2"/);
  });
});

describe('what trains a checkpoint', () => {
  const chosen = (
    encoder: string | null,
    options: {
      readonly engine?: EngineRequest;
      readonly workers?: number;
      readonly backend?: BackendName;
      readonly dropout?: number;
      readonly device?: 'cpu' | 'coreml';
    } = {},
  ) => {
    const { engine = 'auto', workers = 0, backend = 'wasm', dropout = null, device = 'cpu' } = options;
    const training = { ...trainingDefaults, encoder, workers, dropout };
    return selectTrainingEngine({ training, models: { ...offlineModels, engine, device } }, backend);
  };
  const bert = join(fixtures, 'bert');

  it('is ONNX Runtime, unless TensorFlow.js has a GPU or is to use threads', async () => {
    expect(await chosen(null)).toBeNull();
    expect((await chosen(bert))!.name).toBe('onnx');
    expect((await chosen(bert, { engine: 'tfjs' }))!.summary).toBe('tfjs');
    expect((await chosen(bert, { backend: 'webgpu' }))!.summary).toBe(
      'tfjs; not onnx: the backend webgpu has a GPU',
    );
    expect((await chosen(bert, { workers: 2 }))!.summary).toBe(
      'tfjs; not onnx: --training-workers are threads of TensorFlow.js',
    );
    expect((await chosen(bert, { engine: 'onnx', backend: 'tfjs-node-gpu' }))!.name).toBe('onnx');
    await expect(chosen(bert, { engine: 'onnx', workers: 2 })).rejects.toThrow(
      '--training-workers are threads of TensorFlow.js: ONNX Runtime (--model-engine onnx) has its own',
    );
  });

  it('is ONNX Runtime where dropout is asked for', async () => {
    expect((await chosen(bert, { dropout: 0.1, backend: 'webgpu' }))!.name).toBe('onnx');
    await expect(chosen(bert, { dropout: 0.1, engine: 'tfjs' })).rejects.toThrow(
      '--dropout is for ONNX Runtime, --model-engine tfjs for TensorFlow.js',
    );
    await expect(chosen(bert, { dropout: 0.1, workers: 2 })).rejects.toThrow(/--training-workers/);
  });

  it('is never another device than the one that was asked for', async () => {
    // Core ML is for Macs.
    if (process.platform !== 'darwin')
      await expect(chosen(bert, { device: 'coreml' })).rejects.toThrow(/^device coreml: ./);
    await expect(chosen(bert, { device: 'coreml', engine: 'tfjs' })).rejects.toThrow(
      '--device is for ONNX Runtime, --model-engine tfjs for TensorFlow.js',
    );
  });
});
