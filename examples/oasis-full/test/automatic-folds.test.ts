import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaults } from '../options/run-options.js';
import { chooseFolds, partsFor } from '../pipeline/automatic-folds.js';

const models = {
  docstrings: 'author',
  judge: 'clone',
  embeddingModels: [],
  embedders: ['lsa'],
  crossEncoders: [],
} as never;
const options = { ...defaults, models };
const corpus = (repositories: number, documented = 1000) =>
  ({ repositories: Array.from({ length: repositories }, () => ({})), documented }) as never;

describe('chooseFolds', () => {
  it('cross-validates few repositories unasked where it is cheap, and no more than four', () => {
    expect(chooseFolds(options, corpus(1), 20)).toEqual({ folds: 5, advice: null });
    expect(chooseFolds(options, corpus(4), 60)).toEqual({ folds: 5, advice: null });
    expect(chooseFolds(options, corpus(5), 20)).toEqual({ folds: null, advice: null });
    expect(chooseFolds(options, corpus(18), 20)).toEqual({ folds: null, advice: null });
  });

  it('says what it would take where it is dear', () => {
    const { folds, advice } = chooseFolds(options, corpus(3), 200);
    expect(folds).toBeNull();
    expect(advice).toMatch(/^Of only 3 repositories, .*--folds 5 .*about 17 min more\)/);
    const paid = { ...options, models: { ...(models as object), embeddingModels: ['m'] } as never };
    expect(chooseFolds(paid, corpus(1), 1).advice).toMatch(/^Of one repository, .*labels of your services/);
  });

  it('leaves alone what was chosen by hand, and what is too small to say anything', () => {
    expect(chooseFolds({ ...options, folds: 0 }, corpus(1), 1)).toEqual({ folds: null, advice: null });
    expect(chooseFolds({ ...options, folds: 7 }, corpus(9, 10), 1e6).folds).toBe(7);
    expect(chooseFolds({ ...options, testRepos: ['a'] }, corpus(3), 1).folds).toBeNull();
    expect(chooseFolds(options, corpus(1, 99), 1)).toEqual({ folds: null, advice: null });
  });
});

describe('partsFor', () => {
  it('takes no more parts than there are files to hold out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parts-'));
    const path = join(folder, 'functions.jsonl');
    const lines = ['a', 'a', 'b', 'c', 'd', 'e'].map((name, i) =>
      JSON.stringify({ repository: 'r', path: `${name}.js`, documented: i !== 2 }),
    );
    writeFileSync(path, `${lines.join('\n')}\n`);
    expect(await partsFor(5, path)).toBe(4);
    expect(await partsFor(3, path)).toBe(3);
    rmSync(folder, { recursive: true });
  });
});
