import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pairLengths } from '../../src/encoders/transformer/pair-tokens.js';
import { OnnxCrossEncoder } from '../../src/onnx/index.js';
import { writeTinyCrossEncoder } from '../support/tiny-cross-encoder.js';

const texts = ['sorts a list of numbers', 'function sort(list) { return list; }', 'reads a file'];
const root = mkdtempSync(join(tmpdir(), 'cross-encoder-'));
const folder = join(root, 'tiny');
beforeAll(() => writeTinyCrossEncoder(folder, texts));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('OnnxCrossEncoder', () => {
  it('gives a pair the same score in any company and order', async () => {
    const encoder = await OnnxCrossEncoder.load(folder, { threads: 1 });
    const queries = [texts[0]!, texts[2]!, texts[0]!, texts[1]!];
    const documents = [texts[1]!, texts[1]!, 'file '.repeat(20), texts[0]!];
    const all = await encoder.score(queries, documents);
    for (const i of queries.keys()) {
      const [alone] = await encoder.score([queries[i]!], [documents[i]!]);
      expect(alone).toBeCloseTo(all[i]!, 5);
    }
    // Which text asks and which answers matters: tokens have the type of their text.
    expect(Math.abs(all[0]! - all[3]!)).toBeGreaterThan(1e-3);
    expect(await encoder.score([], [])).toHaveLength(0);
    await expect(encoder.score(['a'], [])).rejects.toThrow(
      'documents must have shape [P] = [1], received [0]',
    );
    await encoder.close();
  });

  it('refuses what is no cross-encoder with one label', async () => {
    const two = join(root, 'two labels');
    await writeTinyCrossEncoder(two, texts, 2);
    await expect(OnnxCrossEncoder.load(two)).rejects.toThrow('a cross-encoder must have one label, found 2');
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    const changed = (name: string, change: object) => {
      const other = join(root, name);
      return writeTinyCrossEncoder(other, texts).then(() => {
        writeFileSync(join(other, 'config.json'), JSON.stringify({ ...config, ...change }));
        return OnnxCrossEncoder.load(other);
      });
    };
    await expect(changed('masked', { architectures: ['BertForMaskedLM'] })).rejects.toThrow(
      /architectures of a cross-encoder must have a model for sequence classification, found BertForMaskedLM/,
    );
    await expect(OnnxCrossEncoder.load(folder, { maximumLength: 0 })).rejects.toThrow('maximumLength');
  });
});

describe('pairLengths', () => {
  it('cuts the longer text first, and both alike once they are equal', () => {
    expect(pairLengths(3, 4, 10)).toEqual([3, 4]);
    expect(pairLengths(3, 40, 10)).toEqual([3, 7]);
    expect(pairLengths(40, 3, 10)).toEqual([7, 3]);
    expect(pairLengths(40, 30, 10)).toEqual([5, 5]);
    // As transformers does it, the odd token is the longer text's.
    expect(pairLengths(40, 30, 11)).toEqual([6, 5]);
    expect(pairLengths(30, 40, 11)).toEqual([5, 6]);
  });
});
