import { cp, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransformerEncoder, writeSafetensors } from '../../src/encoders/index.js';
import { GraphSession } from '../../src/onnx/engine/graph-session.js';
import { withFloat16Weights } from '../../src/onnx/exchange/float16-weights.js';
import { withInt8Weights } from '../../src/onnx/exchange/int8-weights.js';
import { withConstants } from '../../src/onnx/graph/graph.js';
import { GraphBuilder } from '../../src/onnx/graph/graph-builder.js';
import { ModelProtoSchema, StringStringEntryProtoSchema } from '../../src/onnx/graph/onnx_pb.js';
import { gather, gemm } from '../../src/onnx/graph/operators.js';
import {
  exportOnnx,
  formatModel,
  inferenceGraph,
  loadOnnxRuntime,
  OnnxEncoder,
  OnnxFileEncoder,
} from '../../src/onnx/index.js';

const fixture = (family: string) => join(import.meta.dirname, '../encoders/fixtures', family);
const exported = join(import.meta.dirname, 'golden/exported.onnx');
const allTexts = [
  'sorts a list of numbers',
  'x',
  '',
  'one two three four five six seven',
  'def f(x): return x',
];

const texts = allTexts;

const expectNear = (found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < found.length; i++)
    expect(Math.abs(found[i]! - expected[i]!)).toBeLessThanOrEqual(tolerance);
};

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'onnx-files-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

let copies = 0;
const copyOf = async (family: string): Promise<string> => {
  const folder = join(scratch, `${family}-${copies++}`);
  await cp(fixture(family), folder, { recursive: true });
  return folder;
};

/** The folder of a model whose only weights are an export by PyTorch. */
const exportedByOthers = async (): Promise<string> => {
  const folder = await copyOf('bert');
  await cp(exported, join(folder, 'onnx/model.onnx'));
  await rm(join(folder, 'model.safetensors'));
  return folder;
};

describe('an export to ONNX', () => {
  it.each(['bert', 'roberta', 'qwen2'])(
    'embeds as the model does, and its smaller files as closely as measured: %s',
    async (family) => {
      // Qwen2 has no special tokens: nothing is known of a text without any.
      const texts = family === 'qwen2' ? allTexts.filter((text) => text !== '') : allTexts;
      const folder = await copyOf(family);
      const pooling = family === 'qwen2' ? 'last' : 'mean';
      const encoder = await OnnxEncoder.load(folder, { pooling });
      const expected = await encoder.embed(texts);
      await encoder.save(folder);
      await encoder.close();
      const results = await exportOnnx(folder, { precisions: ['int8', 'float32', 'float16'], texts });
      expect(results.map(({ precision, file }) => [precision, file])).toEqual([
        ['float32', 'onnx/model.onnx'],
        ['float16', 'onnx/model_fp16.onnx'],
        ['int8', 'onnx/model_quantized.onnx'],
      ]);
      for (const { precision, file, bytes, quality } of results) {
        expect((await stat(join(folder, file))).size).toBe(bytes);
        const other = await OnnxFileEncoder.load(folder, { file });
        const found = await other.embed(texts);
        await other.close();
        if (precision === 'float32') {
          expect(quality).toBeNull();
          expectNear(found.data, expected.data, 2e-6);
          continue;
        }
        const cosines = texts.map((_, row) =>
          Array.from({ length: found.columns }, (_, i) => row * found.columns + i).reduce(
            (sum, i) => sum + found.data[i]! * expected.data[i]!,
            0,
          ),
        );
        expect(quality!.texts).toBe(texts.length);
        expect(quality!.smallestCosine).toBeCloseTo(Math.min(...cosines), 5);
        expect(quality!.meanCosine).toBeCloseTo(cosines.reduce((a, b) => a + b) / texts.length, 5);
        expect(quality!.smallestCosine).toBeGreaterThan(precision === 'float16' ? 0.99999 : 0.99);
        expect(quality!.smallestCosine).toBeLessThan(1);
      }
    },
  );

  it('takes the place of an older one as a whole', async () => {
    const folder = await copyOf('bert');
    await exportOnnx(folder, { precisions: ['float32', 'int8'], texts });
    await exportOnnx(folder);
    await expect(stat(join(folder, 'onnx/model_quantized.onnx'))).rejects.toThrow(/ENOENT/);
    const [only] = await exportOnnx(folder, { precisions: ['float16'], texts });
    expect(only!.quality!.smallestCosine).toBeGreaterThan(0.99999);
    await expect(stat(join(folder, 'onnx/model.onnx'))).rejects.toThrow(/ENOENT/);
  });

  it('refuses precisions that it does not have, and to measure on nothing', async () => {
    const folder = fixture('bert');
    await expect(exportOnnx(folder, { precisions: ['int4' as 'int8'], texts })).rejects.toThrow(
      /precisions must be of float32, float16, int8, received "int4"/,
    );
    await expect(exportOnnx(folder, { precisions: [] })).rejects.toThrow(/at least one precision/);
    await expect(exportOnnx(folder, { precisions: ['int8'] })).rejects.toThrow(
      /texts must hold at least one/,
    );
  });
});

describe('smaller weights', () => {
  const rowsAndMatrix = fc
    .record({ rows: fc.integer({ min: 1, max: 9 }), columns: fc.integer({ min: 1, max: 9 }) })
    .chain(({ rows, columns }) =>
      fc.record({
        rows: fc.constant(rows),
        columns: fc.constant(columns),
        data: fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), {
          minLength: rows * columns,
          maxLength: rows * columns,
        }),
      }),
    );

  it('are at most half a step of their row away, looked up or multiplied', async () => {
    const runtime = await loadOnnxRuntime();
    await fc.assert(
      fc.asyncProperty(rowsAndMatrix, async ({ rows, columns, data }) => {
        const graph = new GraphBuilder();
        const [table, weight] = ['table', 'weight'].map((name) =>
          graph.input(name, 'float32', [rows, columns]),
        );
        const unit = graph.input('unit', 'float32', [columns, columns]);
        const places = graph.input('places', 'int64', [rows]);
        // The rows themselves, and the columns by products with unit vectors.
        const outputs = [gather(graph, table!, places), gemm(graph, unit, weight!, { transB: true })];
        const values = Float32Array.from(data);
        const whole = withConstants(
          graph.build(outputs),
          new Map([
            ['table', values],
            ['weight', values],
          ]),
        );
        const feeds = new Map<string, Float32Array | BigInt64Array>([
          ['unit', Float32Array.from({ length: columns ** 2 }, (_, i) => Number(i % (columns + 1) === 0))],
          ['places', BigInt64Array.from({ length: rows }, (_, i) => BigInt(i))],
        ]);
        const stepOf = (row: number) =>
          Math.max(...values.subarray(row * columns, (row + 1) * columns).map(Math.abs)) / 127;
        for (const reduce of [withInt8Weights, withFloat16Weights]) {
          const reduced = reduce(whole);
          expect(
            reduced.constants.some(({ value }) => value.type === 'float32' && value.name === 'weight'),
          ).toBe(false);
          const session = await GraphSession.create(runtime, reduced, { threads: 1 });
          const found = await session.run(feeds, {});
          await session.close();
          const [looked, turned] = outputs.map(({ name }) => found.get(name) as Float32Array);
          for (let i = 0; i < rows; i++) {
            for (let j = 0; j < columns; j++) {
              const expected = values[i * columns + j]!;
              const bound =
                reduce === withInt8Weights
                  ? 0.5001 * stepOf(i)
                  : Math.max(Math.abs(expected) * 2 ** -11, 2 ** -25);
              expect(Math.abs(looked![i * columns + j]! - expected)).toBeLessThanOrEqual(bound + 1e-30);
              expect(Math.abs(turned![j * rows + i]! - expected)).toBeLessThanOrEqual(bound + 1e-30);
            }
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('stay in float32 where float16 has no such number', () => {
    const graph = new GraphBuilder();
    const table = graph.input('table', 'float32', [1, 2]);
    const output = gather(graph, table, graph.input('places', 'int64', [1]));
    const whole = withConstants(graph.build([output]), new Map([['table', Float32Array.of(1, 7e4)]]));
    expect(withFloat16Weights(whole).constants).toEqual(whole.constants);
  });
});

describe('an ONNX file by others', () => {
  it('is a checkpoint: every weight is that of the model it was exported from', async () => {
    const [expected, found] = [
      await OnnxEncoder.load(fixture('bert')),
      await OnnxEncoder.load(await exportedByOthers()),
    ];
    expect([...found.weights.keys()]).toEqual([...expected.weights.keys()]);
    for (const [name, values] of expected.weights) expect(found.weights.get(name), name).toEqual(values);
  });

  it('embeds as the model it was exported from, in any company', async () => {
    const folder = await exportedByOthers();
    const encoder = await OnnxFileEncoder.load(folder, { tokensPerPass: 16 });
    const trained = await OnnxEncoder.load(fixture('bert'));
    for (const role of ['query', 'document'] as const) {
      const [found, expected] = [await encoder.embed(texts, { role }), await trained.embed(texts, { role })];
      expect([found.rows, found.columns]).toEqual([expected.rows, encoder.dimensions]);
      expectNear(found.data, expected.data, 2e-6);
    }
    expect((await encoder.embed([])).rows).toBe(0);
    expect([encoder.pooling, encoder.maximumLength]).toEqual([
      trained.model.head.pooling,
      trained.maximumLength,
    ]);
    await encoder.close();
    await trained.close();
  });

  it('needs a config of no known architecture to embed', async () => {
    const folder = await exportedByOthers();
    const known = await OnnxFileEncoder.load(folder);
    const path = join(folder, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...config, model_type: 'of-tomorrow' }));
    const unknown = await OnnxFileEncoder.load(folder);
    expect((await unknown.embed(texts)).data).toEqual((await known.embed(texts)).data);
    await known.close();
    await unknown.close();
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(/model_type must be one of/);
  });

  it('is refused by name where it is missing, broken, quantized or of another kind', async () => {
    const folder = await exportedByOthers();
    const file = join(folder, 'onnx/model.onnx');
    await expect(OnnxFileEncoder.load(folder, { file: 'onnx/model_fp16.onnx' })).rejects.toThrow(
      /model_fp16\.onnx: no such file/,
    );
    await expect(OnnxFileEncoder.load(folder, { maximumLength: 49 })).rejects.toThrow(
      /at most 48, received 49/,
    );
    await writeFile(file, 'not a model');
    await expect(OnnxFileEncoder.load(folder)).rejects.toThrow(
      /model\.onnx: ONNX Runtime cannot read the file/,
    );
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(/model\.onnx: not an ONNX file/);
    await cp(join(await smallExport(), 'onnx/model_quantized.onnx'), file);
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(
      /weights must be float32 to be trained, found the operator DequantizeLinear; OnnxFileEncoder embeds/,
    );
  });

  it('is refused as a checkpoint where a weight is NaN, by file, name and count', async () => {
    const folder = await exportedByOthers();
    const path = join(folder, 'onnx/model.onnx');
    const model = fromBinary(ModelProtoSchema, await readFile(path));
    // Unnamed in the file: it gets its name from the bias that is added to its product.
    const matrix = model.graph!.initializer.find(({ dims }) => dims.join() === '32,48')!;
    const bytes = Uint8Array.from(matrix.rawData);
    new DataView(bytes.buffer).setFloat32(8, Number.NaN, true);
    matrix.rawData = bytes;
    await writeFile(path, toBinary(ModelProtoSchema, model));
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(
      `${path}: model.encoder.layer.0.intermediate.dense.weight must hold finite numbers, found 1 NaN of 1536`,
    );
    await expect(OnnxFileEncoder.load(folder)).rejects.toThrow(
      /model\.onnx: last_hidden_state must hold finite numbers, found 64 NaN of 64/,
    );
  });

  it('is refused as a checkpoint in float16, and closed as often as one likes', async () => {
    const folder = await exportedByOthers();
    const file = await OnnxFileEncoder.load(folder);
    await file.close();
    await file.close();
    const path = join(folder, 'onnx/model.onnx');
    const model = fromBinary(ModelProtoSchema, await readFile(path));
    for (const tensor of model.graph!.initializer) if (tensor.dataType === 1) tensor.dataType = 10;
    await writeFile(path, toBinary(ModelProtoSchema, model));
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(
      /weights must be float32 to be trained, found float16 \(model\.embeddings\.word_embeddings\.weight\); OnnxFileEncoder embeds/,
    );
  });

  it('may keep its weights in files beside it, and nowhere else', async () => {
    const expected = await OnnxEncoder.load(await exportedByOthers());
    const folder = await exportedByOthers();
    const path = join(folder, 'onnx/model.onnx');
    const model = fromBinary(ModelProtoSchema, await readFile(path));
    const data: Uint8Array[] = [];
    let offset = 0;
    for (const tensor of model.graph!.initializer) {
      const { length } = tensor.rawData;
      if (length === 0) continue;
      const entries = { location: 'model.onnx_data', offset: String(offset), length: String(length) };
      data.push(tensor.rawData);
      tensor.rawData = new Uint8Array(0);
      tensor.dataLocation = 1;
      tensor.externalData = Object.entries(entries).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value }),
      );
      offset += length;
    }
    const write = () => writeFile(path, toBinary(ModelProtoSchema, model));
    await write();
    await writeFile(join(folder, 'onnx/model.onnx_data'), Buffer.concat(data));
    const found = await OnnxEncoder.load(folder);
    for (const [name, values] of expected.weights) expect(found.weights.get(name), name).toEqual(values);
    const file = await OnnxFileEncoder.load(folder);
    expectNear((await file.embed(texts)).data, (await expected.embed(texts)).data, 2e-6);
    await file.close();
    await expected.close();

    await truncate(join(folder, 'onnx/model.onnx_data'), offset - 1);
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(
      /model\.onnx_data must hold \S+ of .*model\.onnx at \d+, \d+; found \d+ bytes/,
    );
    await rm(join(folder, 'onnx/model.onnx_data'));
    await expect(OnnxEncoder.load(folder)).rejects.toThrow(
      /cannot read .*model\.onnx_data, which holds \S+ of .*model\.onnx: ENOENT/,
    );
    for (const location of ['../config.json', '/etc/hosts', '']) {
      for (const { externalData } of model.graph!.initializer)
        if (externalData.length > 0) externalData[0]!.value = location;
      await write();
      await expect(OnnxEncoder.load(folder)).rejects.toThrow(
        /the data of \S+ must lie in a file beside it, found "/,
      );
    }
  });

  const smallExport = async (): Promise<string> => {
    const folder = await copyOf('bert');
    await exportOnnx(folder, { precisions: ['int8'], texts: ['x'] });
    return folder;
  };
});

describe('pooling and linear maps of a sentence-transformers folder', () => {
  const withHead = async (): Promise<string> => {
    const folder = await copyOf('bert');
    const modules = ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((type, idx) => ({
      idx,
      name: String(idx),
      path: type === 'Transformer' ? '' : `${idx}_${type}`,
      type: `sentence_transformers.models.${type}`,
    }));
    await writeFile(join(folder, 'modules.json'), JSON.stringify(modules));
    await writeFile(
      join(folder, '1_Pooling/config.json'),
      JSON.stringify({ word_embedding_dimension: 32, pooling_mode_weightedmean_tokens: true }),
    );
    await cp(join(folder, '2_Normalize'), join(folder, '2_Dense'), { recursive: true });
    await writeFile(
      join(folder, '2_Dense/config.json'),
      JSON.stringify({
        in_features: 32,
        out_features: 3,
        bias: true,
        activation_function: 'torch.nn.modules.activation.Tanh',
      }),
    );
    const weight = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i));
    await writeSafetensors(
      join(folder, '2_Dense/model.safetensors'),
      new Map([
        ['linear.weight', { shape: [3, 32], read: async () => weight }],
        ['linear.bias', { shape: [3], read: async () => Float32Array.of(0.1, 0.2, 0.3) }],
      ]),
      { format: 'pt' },
    );
    return folder;
  };

  it('are read, saved and read again, by the graph of the model and by a file', async () => {
    const folder = await withHead();
    const encoder = await OnnxEncoder.load(folder);
    expect(encoder.model.head.pooling).toBe('weighted-mean');
    const expected = await encoder.embed(texts);
    expect(expected.columns).toBe(3);
    const saved = join(scratch, 'saved-head');
    await encoder.save(saved);
    await encoder.close();
    const again = await OnnxEncoder.load(saved);
    expect((await again.embed(texts)).data).toEqual(expected.data);
    await again.close();
    await exportOnnx(saved);
    const file = await OnnxFileEncoder.load(saved);
    const found = await file.embed(texts);
    expect(found.columns).toBe(file.dimensions);
    expectNear(found.data, expected.data, 2e-6);
    await file.close();
    const tfjs = await TransformerEncoder.load(saved);
    expect([tfjs.pooling, tfjs.dimensions]).toEqual(['weighted-mean', 3]);
    expectNear((await tfjs.embed(texts)).data, expected.data, 2e-6);
    await tfjs.save(join(scratch, 'saved-by-tfjs'));
    tfjs.dispose();
    const native = await OnnxEncoder.load(join(scratch, 'saved-by-tfjs'));
    expect((await native.embed(texts)).data).toEqual(expected.data);
    await native.close();
  });

  it('are not applied again to a file that returns whole embeddings', async () => {
    const folder = await withHead();
    const encoder = await OnnxEncoder.load(folder);
    await mkdir(join(folder, 'onnx'), { recursive: true });
    const whole = withConstants(inferenceGraph(encoder.model), encoder.weights);
    await writeFile(join(folder, 'onnx/model.onnx'), formatModel(whole));
    const file = await OnnxFileEncoder.load(folder);
    expect(file.dimensions).toBe(3);
    expectNear((await file.embed(texts)).data, (await encoder.embed(texts)).data, 1e-6);
    await file.close();
    await encoder.close();
  });

  it('are refused by file and field where they do not fit', async () => {
    const folder = await withHead();
    const path = join(folder, '2_Dense/config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    const refusal = async (change: object, message: RegExp) => {
      await writeFile(path, JSON.stringify({ ...config, ...change }));
      await expect(OnnxEncoder.load(folder)).rejects.toThrow(message);
      await expect(TransformerEncoder.load(folder)).rejects.toThrow(message);
    };
    await refusal({ in_features: 31 }, /2_Dense\/config\.json: in_features must be 32, found 31/);
    await refusal({ out_features: 0 }, /out_features must be a whole number above 0, found 0/);
    await refusal(
      { activation_function: 'torch.nn.modules.activation.GELU' },
      /activation_function must be one of Identity, Tanh, found "torch\.nn\.modules\.activation\.GELU"/,
    );
    await refusal(
      { out_features: 4 },
      /2_Dense\/model\.safetensors: the weights must hold linear\.weight of shape \[4, 32\]/,
    );
  });
});
