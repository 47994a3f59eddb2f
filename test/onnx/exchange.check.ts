import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx, OnnxEncoder, OnnxFileEncoder } from '../../src/onnx/index.js';
import { saveTinyTransformer } from '../support/tiny-transformer.js';

/** Has sentence-transformers with its ONNX backend: what .ci/sentence-transformers-onnx prints. */
const python = process.env.OASIS_ONNX_PYTHON;
/** Its node_modules holds transformers.js: what .ci/transformers-js prints. */
const transformersJs = process.env.OASIS_TRANSFORMERS_JS;
/** Holds published models: what .ci/real-models prints. */
const models = process.env.OASIS_MODELS;

const texts = [
  'sorts a list of numbers',
  'def quick_sort(xs):\n    return [*quick_sort(xs[1:]), xs[0]]',
  'naïve café 数据排序 🚀',
  'one two three four five six seven eight nine ten '.repeat(12),
  'x',
];

const offline = { ...process.env, HF_HUB_OFFLINE: '1', TRANSFORMERS_OFFLINE: '1' };

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'exchange-'));
  writeFileSync(join(scratch, 'texts.json'), JSON.stringify(texts));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const runPython = (script: string, ...values: string[]): unknown =>
  JSON.parse(
    execFileSync(python!, ['-c', script, join(scratch, 'texts.json'), ...values], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: offline,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
      .trim()
      .split('\n')
      .at(-1)!,
  );

const expectNear = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++)
    expect(Math.abs(found[i]! - expected[i]!)).toBeLessThanOrEqual(tolerance);
};

const FILES = ['onnx/model.onnx', 'onnx/model_fp16.onnx', 'onnx/model_quantized.onnx'];

/** A random model, saved and exported in every precision. */
const exported = async (): Promise<{ readonly root: string; readonly folder: string }> => {
  const root = mkdtempSync(join(scratch, 'exported-'));
  const folder = join(root, 'tiny');
  await saveTinyTransformer(folder, { texts, hiddenSize: 64, heads: 4, seed: 3 });
  await exportOnnx(folder, { precisions: ['float32', 'float16', 'int8'], texts });
  return { root, folder };
};

const embedded = async (folder: string, file: string): Promise<Float32Array> => {
  const encoder = await OnnxFileEncoder.load(folder, { file });
  const { data } = await encoder.embed(texts);
  await encoder.close();
  return data;
};

const SENTENCE_TRANSFORMERS = `
import json, sys
from sentence_transformers import SentenceTransformer
texts = json.load(open(sys.argv[1]))
found = {}
for file in sys.argv[3:]:
    options = {"file_name": file, "provider": "CPUExecutionProvider", "export": False}
    model = SentenceTransformer(sys.argv[2], backend="onnx", device="cpu", model_kwargs=options)
    found[file] = model.encode(texts).flatten().tolist()
print(json.dumps(found))
`;

/** One text at a time, without padding, straight through ONNX Runtime. */
const ONNX_RUNTIME = `
import json, sys
import numpy as np, onnxruntime
from tokenizers import Tokenizer
texts = json.load(open(sys.argv[1]))
folder, file, pooling, prompt, limit = sys.argv[2:]
tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
tokenizer.no_padding()
tokenizer.enable_truncation(int(limit))
session = onnxruntime.InferenceSession(folder + "/" + file, providers=["CPUExecutionProvider"])
names = [i.name for i in session.get_inputs()]
rows = []
for text in texts:
    ids = np.array([tokenizer.encode(prompt + text).ids], dtype=np.int64)
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    hidden = session.run(["last_hidden_state"], {name: feeds[name] for name in names})[0][0]
    vector = hidden[0] if pooling == "cls" else hidden.mean(axis=0)
    rows += (vector / np.linalg.norm(vector)).tolist()
print(json.dumps(rows))
`;

describe.skipIf(python === undefined)('an exported model, in Python', () => {
  it('opens in sentence-transformers with backend="onnx", in each precision', async () => {
    const { folder } = await exported();
    const found = runPython(SENTENCE_TRANSFORMERS, folder, ...FILES) as Record<string, number[]>;
    for (const file of FILES) expectNear(await embedded(folder, file), found[file]!, 2e-6);
  });

  it('runs in ONNX Runtime, in each precision', async () => {
    const { folder } = await exported();
    for (const file of FILES) {
      const found = runPython(ONNX_RUNTIME, folder, file, 'mean', '', '128') as number[];
      expectNear(await embedded(folder, file), found, 2e-6);
    }
  });
});

const TRANSFORMERS_JS = `
import { env, pipeline } from '@huggingface/transformers';
const [root, textsFile] = process.argv.slice(2);
const { readFileSync } = await import('node:fs');
env.allowRemoteModels = false;
env.localModelPath = root;
const found = {};
for (const dtype of ['fp32', 'fp16', 'q8']) {
  const extract = await pipeline('feature-extraction', 'tiny', { dtype });
  const options = { pooling: 'mean', normalize: true };
  found[dtype] = Array.from((await extract(JSON.parse(readFileSync(textsFile, 'utf8')), options)).data);
}
console.log(JSON.stringify(found));
`;

describe.skipIf(transformersJs === undefined)('an exported model, in transformers.js', () => {
  it('embeds as here, in each precision', async () => {
    const { root, folder } = await exported();
    const script = join(transformersJs!, `exchange-${process.pid}.mjs`);
    writeFileSync(script, TRANSFORMERS_JS);
    try {
      const printed = execFileSync(process.execPath, [script, root, join(scratch, 'texts.json')], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const found = JSON.parse(printed) as Record<string, number[]>;
      for (const [i, dtype] of ['fp32', 'fp16', 'q8'].entries())
        expectNear(await embedded(folder, FILES[i]!), found[dtype]!, 2e-6);
    } finally {
      rmSync(script);
    }
  });
});

const WITH_HEADS = `
import sys, torch, json
from sentence_transformers import SentenceTransformer, models
torch.manual_seed(1)
texts = json.load(open(sys.argv[1]))
folder, into, *poolings = sys.argv[2:]
found = {}
for pooling in poolings:
    transformer = models.Transformer(folder)
    width = transformer.get_word_embedding_dimension()
    pool = models.Pooling(width, pooling_mode=pooling)
    dense = models.Dense(width, 24)
    last = models.Dense(24, 16, bias=False, activation_function=torch.nn.Identity())
    model = SentenceTransformer(modules=[transformer, pool, dense, last, models.Normalize()], device="cpu")
    model.save(into + "/" + pooling)
    found[pooling] = model.encode(texts).flatten().tolist()
print(json.dumps(found))
`;

const EMBED = `
import json, sys
from sentence_transformers import SentenceTransformer
texts = json.load(open(sys.argv[1]))
found = {}
for folder in sys.argv[2:]:
    model = SentenceTransformer(folder, device="cpu")
    found[folder] = model.encode(texts, prompt_name="document").flatten().tolist()
print(json.dumps(found))
`;

describe.skipIf(python === undefined)(
  'a sentence-transformers model with linear maps behind its pooling',
  () => {
    it('embeds as there, before and after it is saved, with every pooling', async () => {
      const { root, folder } = await exported();
      const poolings = ['weightedmean', 'mean', 'cls', 'lasttoken'];
      const expected = runPython(WITH_HEADS, folder, root, ...poolings) as Record<string, number[]>;
      const savedOf = (pooling: string) => join(root, `${pooling}-saved`);
      for (const pooling of poolings) {
        const encoder = await OnnxEncoder.load(join(root, pooling));
        expect(encoder.dimensions).toBe(16);
        expectNear((await encoder.embed(texts)).data, expected[pooling]!, 2e-6);
        await encoder.save(savedOf(pooling));
        await encoder.close();
      }
      const again = runPython(EMBED, ...poolings.map(savedOf)) as Record<string, number[]>;
      for (const pooling of poolings) expectNear(again[savedOf(pooling)]!, expected[pooling]!, 2e-6);
    });
  },
);

describe.skipIf(python === undefined || models === undefined)('a published ONNX file', () => {
  const cases = [
    ['bge-small-en-v1.5', 'onnx/model.onnx', 'cls', 512],
    ['e5-small-v2', 'onnx/model.onnx', 'mean', 512],
    ['all-MiniLM-L6-v2', 'onnx/model_quantized.onnx', 'mean', 256],
  ] as const;

  it.each(cases)('%s embeds with %s as ONNX Runtime does', async (name, file, pooling, limit) => {
    const folder = join(models!, name);
    const encoder = await OnnxFileEncoder.load(folder, { file });
    expect([encoder.pooling, encoder.maximumLength]).toEqual([pooling, limit]);
    for (const role of ['query', 'document'] as const) {
      const prompt = encoder.prompt(role);
      const found = runPython(ONNX_RUNTIME, folder, file, pooling, prompt, String(limit)) as number[];
      expectNear((await encoder.embed(texts, { role })).data, found, 2e-6);
    }
    await encoder.close();
  });

  it('is a checkpoint to train, and saved opens in sentence-transformers', async () => {
    const expected = new Map<string, Float32Array>();
    for (const name of ['bge-small-en-v1.5', 'e5-small-v2']) {
      const folder = join(models!, name);
      const [trained, file] = [await OnnxEncoder.load(folder), await OnnxFileEncoder.load(folder)];
      const saved = join(scratch, `${name}-saved`);
      expected.set(saved, (await file.embed(texts)).data);
      expectNear((await trained.embed(texts)).data, expected.get(saved)!, 2e-6);
      await trained.save(saved);
      await trained.close();
      await file.close();
    }
    const found = runPython(EMBED, ...expected.keys()) as Record<string, number[]>;
    for (const [saved, vectors] of expected) expectNear(found[saved]!, vectors, 5e-6);
  });
});
