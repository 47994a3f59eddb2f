import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TransformerEncoder } from '../../src/encoders/index.js';
import { OnnxEncoder } from '../../src/onnx/index.js';
import { useBackend } from '../support/backends.js';

const python = process.env.OASIS_PYTHON ?? 'python3';
/** Holds checkpoints as their publishers lay them out, each in a folder of its name. */
const models = process.env.OASIS_MODELS;

const texts = [
  'sorts a list of numbers',
  'def quick_sort(xs):\n    return [*quick_sort(xs[1:]), xs[0]]',
  'naïve café 数据排序 🚀',
  'one two three four five six seven eight nine ten '.repeat(40),
  'x',
];

const EMBED = `
import json, sys
from sentence_transformers import SentenceTransformer
texts = json.load(open(sys.argv[1]))
models = [SentenceTransformer(folder, device="cpu") for folder in sys.argv[2:]]
rows = [model.encode(texts, normalize_embeddings=True).flatten().tolist() for model in models]
json.dump(rows, sys.stdout)
`;

describe.skipIf(models === undefined)('a published checkpoint', () => {
  let scratch: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'checkpoints-'));
    writeFileSync(join(scratch, 'texts.json'), JSON.stringify(texts));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const embedded = (...folders: readonly string[]): number[][] =>
    JSON.parse(
      execFileSync(python, ['-c', EMBED, join(scratch, 'texts.json'), ...folders], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      }),
    );

  it.each(['all-MiniLM-L6-v2', 'all-mpnet-base-v2'])(
    '%s embeds as in sentence-transformers, before and after it is saved',
    async (name) => {
      const folder = join(models!, name);
      const encoder = await OnnxEncoder.load(folder);
      const found = (await encoder.embed(texts)).data;
      const saved = join(scratch, name);
      await encoder.save(saved);
      await encoder.close();
      await useBackend('wasm');
      const tfjs = await TransformerEncoder.load(folder, { frozenLayers: 'all' });
      const onTensors = (await tfjs.embed(texts)).data;
      tfjs.dispose();
      for (const expected of [...embedded(folder, saved), onTensors]) {
        expect(found.length).toBe(expected.length);
        found.forEach((x, i) => {
          expect(Math.abs(x - expected[i]!)).toBeLessThan(2e-6);
        });
      }
    },
  );
});
