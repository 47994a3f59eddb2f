import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TransformerEncoder } from '../../src/encoders/index.js';
import { exportOnnx, OnnxEncoder, OnnxFileEncoder } from '../../src/onnx/index.js';
import { saveTinyTransformer } from '../support/tiny-transformer.js';
import { LoopbackHub } from './loopback-hub.js';

const COMMIT = 'e'.repeat(40);
const texts = ['sort a list', 'read a file'];

let root: string;
let saved: string;
let hub: LoopbackHub;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'model-by-name-'));
  saved = join(root, 'saved');
  await saveTinyTransformer(saved, { texts, layers: 1, seed: 3 });
  const files: Record<string, Uint8Array> = { 'pytorch_model.bin': new Uint8Array(10) };
  for (const entry of await readdir(saved, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files[path.slice(saved.length + 1)] = await readFile(path);
  }
  await exportOnnx(saved, { precisions: ['float32', 'int8'], texts });
  const exported: Record<string, Uint8Array> = {};
  for (const [name, bytes] of Object.entries(files))
    if (!name.endsWith('.safetensors')) exported[name] = bytes;
  for (const name of ['onnx/model.onnx', 'onnx/model_quantized.onnx'])
    exported[name] = await readFile(join(saved, name));
  hub = await new LoopbackHub([
    { type: 'model', name: 'owner/tiny', refs: { main: COMMIT }, commits: { [COMMIT]: files } },
    { type: 'model', name: 'owner/exported', refs: { main: COMMIT }, commits: { [COMMIT]: exported } },
  ]).start();
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  vi.stubEnv('HF_HUB_CACHE', join(root, 'cache'));
  vi.stubEnv('HF_HUB_OFFLINE', undefined);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
  await rm(root, { recursive: true });
});

test('TransformerEncoder.load takes a name of the hub, once from there and then from the cache', async () => {
  const own = await TransformerEncoder.load(saved);
  const vectors = await own.embed(texts);
  for (const isCached of [false, true]) {
    hub.reset();
    const encoder = await TransformerEncoder.load('owner/tiny');
    expect(encoder.name).toMatch(/^tiny-/);
    expect(Array.from((await encoder.embed(texts)).data)).toEqual(Array.from(vectors.data));
    encoder.dispose();
    expect(hub.requests.length > 0).toBe(!isCached);
  }
  expect(hub.requests.some(({ url }) => url.includes('pytorch_model.bin'))).toBe(false);
  own.dispose();
  await expect(TransformerEncoder.load('owner/none')).rejects.toThrow(
    /^there is no folder owner\/none, and owner\/none is private, or there is none of this name: set HF_TOKEN/,
  );
});

const expectEqual = (found: { data: Float32Array }, expected: { data: Float32Array }, digits: number) => {
  for (const [i, value] of found.data.entries()) expect(value).toBeCloseTo(expected.data[i]!, digits);
};

test('the native engine takes names too, and an export where the repository has no safetensors', async () => {
  const own = await OnnxEncoder.load(saved);
  const vectors = await own.embed(texts);
  await own.close();
  const byName = await OnnxEncoder.load('owner/tiny');
  expectEqual(await byName.embed(texts), vectors, 7);
  await byName.close();
  const file = await OnnxFileEncoder.load('owner/exported', { file: 'onnx/model_quantized.onnx' });
  expectEqual(await file.embed(texts), vectors, 1);
  await file.close();
  // The hub is asked, since it may have safetensors by now; offline, or out of its reach, the export is all there is.
  for (const [name, value] of [
    ['HF_HUB_OFFLINE', ''],
    ['HF_HUB_OFFLINE', '1'],
    ['HF_ENDPOINT', 'http://127.0.0.1:2'],
  ]) {
    vi.stubEnv('HF_HUB_OFFLINE', '');
    vi.stubEnv(name!, value);
    const exported = await OnnxEncoder.load('owner/exported');
    expectEqual(await exported.embed(texts), vectors, 6);
    await exported.close();
  }
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  await expect(TransformerEncoder.load('owner/exported')).rejects.toThrow(
    /model\.safetensors: no such file; of onnx\/model\.onnx: OnnxEncoder of oasis-embed\/onnx reads it/,
  );
});
