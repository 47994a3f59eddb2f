import { copyFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, TransformerEncoder, type TransformerOptions } from '../../src/encoders/index.js';
import { parameterSpecs } from '../../src/encoders/transformer/parameter-specs.js';
import { testBackends, useBackend } from '../support/backends.js';

/** What golden/checkpoints.py wrote: embeddings by sentence-transformers, gradients by PyTorch. */
interface Golden {
  readonly texts: readonly string[];
  readonly long: string;
  readonly ids: readonly (readonly number[])[];
  readonly poolings: Readonly<Record<'mean' | 'cls' | 'lasttoken', readonly number[]>>;
  readonly truncated: readonly number[];
  readonly truncatedStart: readonly number[];
  readonly query: readonly number[];
  readonly document: readonly number[];
  readonly gradients: Readonly<Record<string, number>>;
  readonly leftPadded?: readonly number[];
  readonly bf16: readonly number[];
  readonly sharded: readonly number[];
  readonly adapter: readonly number[];
}

const FAMILIES = ['bert', 'roberta', 'qwen2'] as const;
const QUERY_PROMPT = 'query: find code\n';
const DOCUMENT_PROMPT = 'code: ';
const OWN_POOLING = { bert: 'mean', roberta: 'first', qwen2: 'last' } as const;
const at = (...path: string[]) => join(import.meta.dirname, 'fixtures', ...path);
const goldenOf = async (family: string) =>
  JSON.parse(await readFile(at(family, 'golden.json'), 'utf8')) as Golden;

const expectClose = (actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-4) => {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  expected.forEach((value, i) => {
    worst = Math.max(worst, Math.abs(actual[i]! - value));
  });
  expect(worst).toBeLessThan(tolerance);
};

const embedded = async (
  directory: string,
  texts: readonly string[],
  options: TransformerOptions,
  role: 'query' | 'document' = 'document',
) => {
  const encoder = await TransformerEncoder.load(directory, { frozenLayers: 'all', ...options });
  try {
    return (await encoder.embed(texts, { role })).data;
  } finally {
    encoder.dispose();
  }
};

const noPrompts = { queryPrompt: '', documentPrompt: '' };

describe.each(testBackends())('TransformerEncoder on %s beside Python', (backend) => {
  beforeEach(() => useBackend(backend));

  describe.each(FAMILIES)('%s', (family) => {
    let golden: Golden;
    beforeAll(async () => {
      golden = await goldenOf(family);
    });

    it.each([
      ['mean', 'mean'],
      ['first', 'cls'],
      ['last', 'lasttoken'],
    ] as const)('gives the embeddings of sentence-transformers with %s pooling', async (pooling, name) => {
      expectClose(await embedded(at(family), golden.texts, { ...noPrompts, pooling }), golden.poolings[name]);
    });

    it('gives the gradients of PyTorch', async () => {
      const encoder = await TransformerEncoder.load(at(family), { ...noPrompts, pooling: 'mean' });
      // PyTorch trains no padding token, even one that stands in a text.
      const texts = golden.texts.filter((text) => !text.includes('<pad>'));
      const tokens = encoder.tokenize(texts, 'document');
      const direction = Float32Array.from({ length: tokens.length * 32 }, (_, i) => Math.sin(i + 1));
      const { value, grads } = tf.variableGrads(
        () => tf.sum(tf.mul(encoder.encode(tokens, 'document'), tf.tensor(direction, [tokens.length, 32]))),
        [...encoder.variables],
      );
      let compared = 0;
      for (const spec of parameterSpecs(encoder.model)) {
        const variable = encoder.variables.find(({ name }) => name.endsWith(`/${spec.name}`))!;
        const data = await grads[variable.name]!.data();
        const width = spec.shape[spec.shape.length - 1]!;
        let start = 0;
        for (const { name, columns } of spec.parts) {
          let projection = 0;
          for (let row = 0; row < data.length / width; row++) {
            for (let j = 0; j < columns; j++) {
              const index = spec.transposed ? j * spec.shape[0]! + row : row * columns + j;
              projection += data[row * width + start + j]! * Math.cos(index);
            }
          }
          start += columns;
          const expected = golden.gradients[name]!;
          expect(Math.abs(projection - expected) / (1 + Math.abs(expected)), name).toBeLessThan(2e-3);
          compared++;
        }
      }
      expect(compared).toBeGreaterThan(20);
      tf.dispose([value, grads]);
      encoder.dispose();
    });
  });
});

describe.each(FAMILIES)('a checkpoint of %s', (family) => {
  let golden: Golden;
  let scratch = '';
  beforeAll(async () => {
    await useBackend('wasm');
    golden = await goldenOf(family);
    scratch = await mkdtemp(join(tmpdir(), 'golden-'));
  });
  afterAll(() => rm(scratch, { recursive: true }));
  const pooling = OWN_POOLING[family];

  it('is tokenized as in Python', async () => {
    // What the tokenizer was made with; the copy that sentence-transformers saved of BERT's says 32.
    const maximumLength = family === 'qwen2' ? 64 : 48;
    const options = { ...noPrompts, maximumLength, frozenLayers: 'all' } as const;
    const encoder = await TransformerEncoder.load(at(family), options);
    golden.texts.forEach((text, i) => {
      expect([...encoder.tokenize([text], 'query').ids], text).toEqual(golden.ids[i]);
    });
    encoder.dispose();
  });

  it('is read from bfloat16 weights of a model with a head', async () => {
    const directory = join(scratch, 'bf16');
    await cp(at(family), directory, { recursive: true });
    await copyFile(at(family, 'bf16.safetensors'), join(directory, 'model.safetensors'));
    expectClose(await embedded(directory, golden.texts, { ...noPrompts, pooling }), golden.bf16);
  });

  it('is read from float16 shards', async () => {
    const directory = join(scratch, 'sharded');
    await cp(at(family, 'sharded'), directory, { recursive: true });
    for (const file of ['tokenizer.json', 'tokenizer_config.json']) {
      await copyFile(at(family, file), join(directory, file));
    }
    expectClose(await embedded(directory, golden.texts, { ...noPrompts, pooling }), golden.sharded);
  });

  it('puts prompts before queries and documents', async () => {
    const options = family === 'bert' ? {} : { queryPrompt: QUERY_PROMPT, documentPrompt: DOCUMENT_PROMPT };
    const settings = { ...options, pooling, maximumLength: 32 };
    expectClose(await embedded(at(family), golden.texts, settings, 'query'), golden.query);
    expectClose(await embedded(at(family), golden.texts, settings, 'document'), golden.document);
  });

  it('cuts long texts at either end and keeps their special tokens', async () => {
    const options = { ...noPrompts, pooling: 'mean', maximumLength: 16 } as const;
    const texts = [golden.long, golden.texts[0]!];
    expectClose(await embedded(at(family), texts, { ...options, overlong: 'cut-end' }), golden.truncated);
    expectClose(
      await embedded(at(family), texts, { ...options, overlong: 'cut-start' }),
      golden.truncatedStart,
    );
  });

  it('needs no padding in front to agree with a batch padded in front', async () => {
    if (golden.leftPadded === undefined) return;
    expectClose(
      await embedded(at(family), golden.texts, { ...noPrompts, pooling: 'last' }),
      golden.leftPadded,
    );
  });

  it('is written back with the tensors that were read', async () => {
    const encoder = await TransformerEncoder.load(at(family));
    await encoder.save(join(scratch, 'saved'));
    encoder.dispose();
    const [ours, theirs] = await Promise.all(
      [join(scratch, 'saved'), at(family)].map((folder) =>
        readSafetensors(join(folder, 'model.safetensors')),
      ),
    );
    const wanted = [...theirs!.tensors].filter(([name]) => !name.startsWith('pooler.'));
    expect([...ours!.tensors.keys()].sort()).toEqual(wanted.map(([name]) => name).sort());
    for (const [name, tensor] of wanted) expect(ours!.tensors.get(name), name).toEqual(tensor);
  });

  it('takes an adapter of PEFT, apart and merged', async () => {
    const options = { ...noPrompts, pooling, adapter: at(family, 'adapter') };
    const encoder = await TransformerEncoder.load(at(family), options);
    expectClose((await encoder.embed(golden.texts)).data, golden.adapter);
    encoder.mergeAdapter();
    expectClose((await encoder.embed(golden.texts)).data, golden.adapter);
    encoder.dispose();
  });
});
