import { describe, expect, it } from 'vitest';
import {
  DEVICES,
  fetchedFiles,
  filesInMemory,
  loadOnnxRuntime,
  OnnxEncoder,
  type OnnxRuntime,
  OnnxTrainer,
  selectDevice,
} from '../../src/onnx/index.js';
import { bertFolder, bertTexts, fixedDirection } from './bert-trainers.js';

describe('selectDevice', () => {
  it('takes the processor where nothing better runs, and says why', async () => {
    const runtime = await loadOnnxRuntime();
    const without = {
      ...runtime,
      createSession: (model: Uint8Array | string, options: object) =>
        'executionProviders' in options
          ? Promise.reject(new Error('backend not found'))
          : runtime.createSession(model, options),
    };
    // A runtime on the processor has its provider of itself; others are asked for by name.
    await expect(selectDevice('cuda', without)).rejects.toThrow('device cuda: backend not found');
    const { name, passedOver, summary, runtime: found } = await selectDevice('cpu', runtime);
    expect([name, passedOver, found.provider]).toEqual(['cpu', [], 'cpu']);
    expect(summary).toBe(`cpu (onnxruntime-node ${runtime.version})`);
  });

  it('leaves out by itself what is taken by name only', async () => {
    const runtime = await loadOnnxRuntime();
    const choice = await selectDevice('auto', runtime);
    const reasons = new Map(choice.passedOver.map((one) => [one.name, one.reason]));
    if (choice.name === 'cpu') {
      expect([...reasons.keys(), 'cpu']).toEqual([...DEVICES]);
      expect(reasons.get('webgpu')).toMatch(/by name only/);
    }
    await expect(selectDevice('dml', { ...runtime, package: 'onnxruntime-web' })).rejects.toThrow(
      'device dml: onnxruntime-web does not support it',
    );
    await expect(selectDevice('tpu' as 'cpu')).rejects.toThrow(
      /device must be auto or one of cuda, .*received tpu/,
    );
  });
});

describe('a device that fails half-way', () => {
  /** Whose sessions run as often as they are told, and then no more. */
  const dying = async (runs: number): Promise<OnnxRuntime> => {
    const loaded = await loadOnnxRuntime();
    let left = runs;
    return {
      ...loaded,
      provider: 'webgpu',
      async createSession(model, options) {
        const session = await loaded.createSession(model, options);
        const run = (feeds: never) =>
          left-- > 0 ? session.run(feeds) : Promise.reject(new Error('the device is lost'));
        return { run, release: () => session.release() } as unknown as typeof session;
      },
    };
  };
  const load = async (runs: number, onFallback?: (reason: Error) => void) =>
    OnnxEncoder.load(bertFolder, {
      runtime: await dying(runs),
      threads: 1,
      ...(onFallback === undefined ? {} : { onFallback }),
    });

  it('is an error unless a fallback was asked for', async () => {
    const encoder = await load(1);
    await encoder.embed(bertTexts);
    await expect(encoder.embed(bertTexts)).rejects.toThrow('the device is lost');
    await encoder.close();
  });

  it('is replaced by the processor where that was asked for, in the midst of a step, and told once', async () => {
    const told: string[] = [];
    const plain = await OnnxEncoder.load(bertFolder, { threads: 1 });
    // The third run is within the first step: after the layers of the way there.
    const failing = await load(2, ({ message }) => told.push(message));
    const records = [];
    for (const encoder of [plain, failing]) {
      const trainer = await OnnxTrainer.create(encoder);
      const tokens = encoder.tokenize(bertTexts, 'document');
      records.push([
        await trainer.step(tokens, fixedDirection, 1e-3),
        await trainer.step(tokens, fixedDirection, 1e-3),
      ]);
      await trainer.close();
    }
    expect(records[1]).toEqual(records[0]);
    expect(told).toEqual(['the device is lost']);
    expect((await failing.embed(bertTexts)).data).toEqual((await plain.embed(bertTexts)).data);
    for (const encoder of [plain, failing]) await encoder.close();
  });
});

describe('files that are on no disk', () => {
  it('come from a server once each, and are missing where it says so', async () => {
    const asked: string[] = [];
    const files = fetchedFiles('https://example.org/m/', async (url) => {
      asked.push(url);
      if (url.endsWith('config.json')) return new Response('{}');
      return new Response('', { status: url.endsWith('secret.json') ? 403 : 404 });
    });
    expect((await files.read('config.json'))!.length).toBe(2);
    await files.read('config.json');
    expect(await files.read('modules.json')).toBeNull();
    await expect(files.read('secret.json')).rejects.toThrow(
      'cannot read https://example.org/m/secret.json: the server answered 403',
    );
    expect(asked.length).toBe(3);
  });

  it('are named where one is missing', async () => {
    const config = new TextEncoder().encode('{"model_type": "bert"}');
    await expect(OnnxEncoder.load(filesInMemory(new Map([['config.json', config]]), 'mine'))).rejects.toThrow(
      'cannot read mine/tokenizer.json: no such file',
    );
  });
});
