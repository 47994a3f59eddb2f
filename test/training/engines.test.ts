import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EngineName, type EngineProbe, selectEngine } from '../../src/training/index.js';

const bert = join(import.meta.dirname, '../encoders/fixtures/bert');

/** A machine with or without ONNX Runtime. */
const probe = (installed: boolean, failure?: string) => {
  const tried: EngineName[] = [];
  const machine: EngineProbe = {
    isInstalled: (name) => installed && name === 'onnxruntime-node',
    activate: async (name) => {
      tried.push(name);
      if (name !== 'onnx') return null;
      if (failure !== undefined) throw new Error(failure);
      return 'onnxruntime-node 1.99.0';
    },
  };
  return { tried, machine };
};

describe('selectEngine', () => {
  let scratch: string;
  const model = async (name: string, config: object) => {
    await mkdir(join(scratch, name));
    await writeFile(join(scratch, name, 'config.json'), JSON.stringify(config));
    return join(scratch, name);
  };
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'select-engine-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it('takes ONNX Runtime where it is installed', async () => {
    const { machine, tried } = probe(true);
    expect(await selectEngine(bert, 'auto', machine)).toEqual({
      name: 'onnx',
      passedOver: [],
      summary: 'onnx (onnxruntime-node 1.99.0)',
    });
    expect(tried).toEqual(['onnx']);
  });

  it('takes TensorFlow.js where it is not, and says how to install it', async () => {
    const { machine, tried } = probe(false);
    const choice = await selectEngine(bert, 'auto', machine);
    expect(choice.name).toBe('tfjs');
    expect(choice.passedOver).toEqual([
      {
        name: 'onnx',
        reason: 'onnxruntime-node is not installed',
        install: 'npm install --ignore-scripts onnxruntime-node',
      },
    ]);
    expect(choice.summary).toBe(
      'tfjs; not onnx: onnxruntime-node is not installed (npm install --ignore-scripts onnxruntime-node)',
    );
    expect(tried).toEqual(['tfjs']);
  });

  it('takes TensorFlow.js where ONNX Runtime does not start, and says why', async () => {
    const { machine } = probe(true, 'libonnxruntime.so is missing\nlong story');
    expect((await selectEngine(bert, 'auto', machine)).summary).toBe(
      'tfjs; not onnx: libonnxruntime.so is missing',
    );
  });

  it('does not replace an engine asked for by name', async () => {
    await expect(selectEngine(bert, 'onnx', probe(false).machine)).rejects.toThrow(
      'engine onnx: onnxruntime-node is not installed; install it with: npm install --ignore-scripts onnxruntime-node',
    );
    const { machine, tried } = probe(true);
    expect((await selectEngine(bert, 'tfjs', machine)).summary).toBe('tfjs');
    expect(tried).toEqual(['tfjs']);
    await expect(selectEngine(bert, 'torch' as EngineName, machine)).rejects.toThrow(
      'engine must be auto or one of onnx, tfjs, received torch',
    );
  });

  it('runs the same architectures on both engines, and names them where it does not know one', async () => {
    const mpnet = await model('mpnet', { model_type: 'mpnet' });
    expect((await selectEngine(mpnet, 'auto', probe(true).machine)).name).toBe('onnx');
    expect((await selectEngine(mpnet, 'auto', probe(false).machine)).name).toBe('tfjs');
    const gpt2 = await model('gpt2', { model_type: 'gpt2' });
    const { machine, tried } = probe(true);
    await expect(selectEngine(gpt2, 'onnx', machine)).rejects.toThrow(
      /config\.json: model_type must be one of bert, .*found "gpt2"/,
    );
    await expect(selectEngine(gpt2, 'auto', machine)).rejects.toThrow(
      /^\S*config\.json: model_type must be one of bert, .*found "gpt2"/,
    );
    // ONNX Runtime is not loaded for a model that it does not run.
    expect(tried).toEqual([]);
  });

  it('names a config.json that is missing or broken', async () => {
    await expect(selectEngine(join(scratch, 'nowhere'))).rejects.toThrow(/cannot read .*config\.json/);
    const broken = await model('broken', []);
    await writeFile(join(broken, 'config.json'), '{');
    await expect(selectEngine(broken)).rejects.toThrow(/cannot read .*broken\/config\.json/);
  });

  it('finds the package that the tests run with', async () => {
    expect((await selectEngine(bert)).summary).toMatch(/^onnx \(onnxruntime-node \d+\.\d+\.\d+\)$/);
  });
});
