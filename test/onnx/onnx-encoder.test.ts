import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTransformer, TransformerEncoder } from '../../src/encoders/index.js';
import { loadOnnxRuntime, OnnxEncoder } from '../../src/onnx/index.js';

const fixture = (family: string) => join(import.meta.dirname, '../encoders/fixtures', family);
const texts = ['sorts a list of numbers', 'x', '', 'one two three four five six seven', 'def f(x): return x'];

describe('an encoder on the native engine', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'onnx-encoder-'));
  });
  afterAll(() => rm(scratch, { recursive: true, force: true }));

  it.each(['bert', 'roberta'])('embeds as TransformerEncoder does: %s', async (family) => {
    const [tfjs, native] = [
      await TransformerEncoder.load(fixture(family)),
      await OnnxEncoder.load(fixture(family)),
    ];
    const [expected, found] = [await tfjs.embed(texts), await native.embed(texts)];
    expect([found.rows, found.columns]).toEqual([expected.rows, expected.columns]);
    found.data.forEach((x, i) => {
      expect(Math.abs(x - expected.data[i]!)).toBeLessThan(2e-6);
    });
    tfjs.dispose();
    await native.close();
  });

  it('gives a text the same vector in any company', async () => {
    const encoder = await OnnxEncoder.load(fixture('bert'), { tokensPerPass: 16 });
    const [all, alone] = [await encoder.embed(texts), await encoder.embed([texts[3]!])];
    alone.data.forEach((x, i) => {
      expect(Math.abs(x - all.data[3 * all.columns + i]!)).toBeLessThan(1e-6);
    });
    expect((await encoder.embed([])).rows).toBe(0);
    await encoder.close();
  });

  it('embeds a text without tokens as zeros, in any pooling', async () => {
    // Its tokenizer adds no special tokens.
    for (const pooling of ['cls', 'mean', 'last', 'weighted-mean'] as const) {
      const encoder = await OnnxEncoder.load(fixture('qwen2'), { pooling });
      const { data, columns } = await encoder.embed(['', 'sorts a list']);
      expect(data.subarray(0, columns).every((x) => x === 0)).toBe(true);
      expect(Math.hypot(...data.subarray(columns))).toBeCloseTo(1, 5);
      await encoder.close();
    }
  });

  it('pools a causal model without a word on pooling as TransformerEncoder does: by its last token', async () => {
    const encoder = await OnnxEncoder.load(fixture('qwen2'));
    expect(encoder.model.head.pooling).toBe('last');
  });

  it('saves a folder that both engines read to the same vectors', async () => {
    const folder = join(scratch, 'saved');
    const encoder = await OnnxEncoder.load(fixture('bert'), { pooling: 'cls', queryPrompt: 'find: ' });
    await encoder.save(folder);
    const expected = await encoder.embed(texts, { role: 'query' });
    const again = await OnnxEncoder.load(folder);
    expect((await again.embed(texts, { role: 'query' })).data).toEqual(expected.data);
    const tfjs = await TransformerEncoder.load(folder);
    expect(tfjs.pooling).toBe('first');
    (await tfjs.embed(texts, { role: 'query' })).data.forEach((x, i) => {
      expect(Math.abs(x - expected.data[i]!)).toBeLessThan(2e-6);
    });
    tfjs.dispose();
    await encoder.close();
    await again.close();
  });

  it('writes an ONNX file that gives the same vectors without this package', async () => {
    const folder = join(scratch, 'exported');
    const encoder = await OnnxEncoder.load(fixture('bert'), { pooling: 'cls' });
    await encoder.save(folder, { onnx: true });
    const { InferenceSession, Tensor } = await import('onnxruntime-node');
    const session = await InferenceSession.create(join(folder, 'onnx/model.onnx'));
    expect([...session.inputNames, ...session.outputNames]).toEqual([
      'input_ids',
      'attention_mask',
      'last_hidden_state',
    ]);
    const { ids } = encoder.tokenize([texts[0]!], 'document');
    const integers = (values: Iterable<number>) =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [1, ids.length]);
    const { last_hidden_state: hidden } = await session.run({
      input_ids: integers(ids),
      attention_mask: integers(ids.map(() => 1)),
    });
    const first = (hidden!.data as Float32Array).subarray(0, encoder.dimensions);
    const norm = Math.hypot(...first);
    const { data } = await encoder.embed([texts[0]!]);
    first.forEach((x, i) => {
      expect(Math.abs(x / norm - data[i]!)).toBeLessThan(1e-6);
    });
    await session.release();
    await encoder.close();
  });

  it('names file and field of what it cannot read', async () => {
    await expect(OnnxEncoder.load(join(scratch, 'nowhere'))).rejects.toThrow(/nowhere/);
    const config = JSON.parse(await readFile(join(fixture('bert'), 'config.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const describe = (change: object) => () => describeTransformer({ ...config, ...change }, 'm/config.json');
    expect(describe({ model_type: 'gpt2' })).toThrow(
      /m\/config\.json: model_type must be one of bert, .*found "gpt2"; docs\/native-engine\.md/,
    );
    expect(describe({ hidden_act: 'mish' })).toThrow(
      /m\/config\.json: hidden_act must be one of gelu, .*"mish"/,
    );
    expect(describe({ position_embedding_type: 'relative_key' })).toThrow(
      /position_embedding_type must be "absolute"/,
    );
    expect(describe({ num_attention_heads: 7 })).toThrow(/num_attention_heads must be a divisor of/);
    expect(describe({ hidden_size: '32' })).toThrow(/hidden_size must be a whole number above 0, found "32"/);
  });

  it('refuses weights that do not fit the config, and options out of range', async () => {
    const folder = join(scratch, 'misfit');
    const encoder = await OnnxEncoder.load(fixture('bert'));
    await encoder.save(folder);
    const path = join(folder, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as { intermediate_size: number };
    await writeFile(path, JSON.stringify({ ...config, intermediate_size: config.intermediate_size + 1 }));
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(
      /must hold encoder\.layer\.0\.intermediate\.dense\.weight of shape/,
    );
    await expect(OnnxEncoder.load(fixture('bert'), { maximumLength: 10_000 })).rejects.toThrow(
      /at most \d+, received 10000/,
    );
    // TransformerEncoder's name of it.
    await expect(OnnxEncoder.load(fixture('bert'), { pooling: 'first' as never })).rejects.toThrow(
      /^pooling must be one of cls, mean, last, weighted-mean, received first$/,
    );
    // [CLS] and [SEP] alone.
    await expect(OnnxEncoder.load(fixture('bert'), { maximumLength: 2 })).rejects.toThrow(
      /^maximumLength must be above 2, the special tokens, and at most 48, received 2$/,
    );
    await expect(OnnxEncoder.load(fixture('bert'), { tokensPerPass: 0 })).rejects.toThrow(/tokensPerPass/);
  });

  it('tries again to make a session where that failed, and closes all the same', async () => {
    const runtime = await loadOnnxRuntime();
    let failures = 1;
    const createSession: typeof runtime.createSession = (model, options) =>
      failures-- > 0 ? Promise.reject(new Error('no memory')) : runtime.createSession(model, options);
    const encoder = await OnnxEncoder.load(fixture('bert'), { runtime: { ...runtime, createSession } });
    await expect(encoder.embed(['x'])).rejects.toThrow('no memory');
    await encoder.close();
    expect((await encoder.embed(['x'])).rows).toBe(1);
    await encoder.close();
    await encoder.close();
  });

  it('gives the install command where ONNX Runtime is missing or too old', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package 'onnxruntime-node'"));
    await expect(loadOnnxRuntime(missing)).rejects.toThrow(/npm install --ignore-scripts onnxruntime-node/);
    const old = async () => ({ env: { versions: { common: '1.9.0', node: '1.9.0' } } });
    await expect(loadOnnxRuntime(old)).rejects.toThrow(/1\.20\.0 or newer, found 1\.9\.0: npm install/);
  });
});
