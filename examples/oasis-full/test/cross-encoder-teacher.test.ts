import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writeTinyCrossEncoder } from '../../../test/support/tiny-cross-encoder.js';
import { labelPairs } from '../annotation/annotate.js';
import type { AnnotatedFunction } from '../annotation/annotated-functions.js';
import { openModelsOf } from '../models/model-access.js';
import { offlineModels } from '../options/model-options.js';

const root = mkdtempSync(join(tmpdir(), 'cross-encoder-teacher-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('a cross-encoder labels pairs alone or beside others, and scores none of them twice', async () => {
  const codes = ['function sort(list) {}', 'function read(file) {}'];
  const docstrings = ['sorts a list', 'reads a file'];
  const folder = join(root, 'cross-encoder');
  await writeTinyCrossEncoder(folder, [...codes, ...docstrings]);
  const functions = codes.map((code, i) => ({ code, docstring: docstrings[i]! }) as AnnotatedFunction);
  const pairs = {
    query: Uint32Array.of(0, 1, 0, 1),
    document: Uint32Array.of(0, 1, 1, 0),
    positive: Uint8Array.of(1, 1, 0, 0),
  } as Parameters<typeof labelPairs>[1];
  const label = async (embedders: readonly string[], sends = true) => {
    const models = { ...offlineModels, embedders, crossEncoders: [folder] };
    const access = openModelsOf(models, root, sends);
    const lines: string[] = [];
    const labeled = await labelPairs(functions, pairs, {
      ...{
        models,
        access,
        seed: 1,
        labelDimensions: 2,
        similarityMap: 'affine',
        vectors: join(root, 'vectors'),
      },
      onProgress: (_done, _total, note) => lines.push(note),
    });
    access?.close();
    return { labeled, lines };
  };
  const { labeled, lines } = await label([]);
  expect(labeled.labeler).toMatch(/^cross-encoder [0-9a-f]{16}$/);
  expect(lines).toContain('pairs scored by the cross-encoder');
  expect(new Set(labeled.pairs.similarity).size).toBe(4);
  const both = await label(['lsa']);
  expect(both.lines).not.toContain('pairs scored by the cross-encoder');
  expect(both.labeled.teachers).toHaveLength(2);
  expect(both.labeled.teachers[1]!.similarity).toEqual(labeled.pairs.similarity);
  const mean = both.labeled.teachers.map(({ similarity }) => similarity[0]!).reduce((a, b) => a + b) / 2;
  expect(both.labeled.pairs.similarity[0]).toBeCloseTo(mean, 6);
});
