import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStageRunner } from '../pipeline/stage.js';
import { readAllJsonLines, writeJsonLines } from '../store/json-lines.js';
import { createRunFolder, modelCacheOf, removeResults } from '../store/run-folder.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oasis-full-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeJsonLines', () => {
  it('round-trips rows of any size', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({ i, text: 'ä€😀\n'.repeat(i % 400) }));
    await writeJsonLines(join(folder, 'a', 'rows.jsonl'), rows);
    expect(await readAllJsonLines(join(folder, 'a', 'rows.jsonl'))).toEqual(rows);
  });

  it('leaves the old file and no temporary one when a row fails', async () => {
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, 'old');
    const rows = function* () {
      yield 1;
      throw new Error('disk on fire');
    };
    await expect(writeJsonLines(path, rows())).rejects.toThrow('disk on fire');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['rows.jsonl']);
  });

  it('names file and line of a malformed row', async () => {
    const path = join(folder, 'rows.jsonl');
    writeFileSync(path, '{"a":1}\n{"a":\n');
    await expect(readAllJsonLines(path)).rejects.toThrow(/rows\.jsonl:2: not a JSON value/);
  });
});

describe('a stage', () => {
  const silent = { startStage() {}, update() {}, line() {}, finishStage() {} };
  const stage = (options: unknown, run: () => Promise<unknown>) => ({
    name: 'count',
    options,
    after: [],
    outputs: [join(folder, 'out.txt')],
    run,
  });

  it('is not run again for the same options, code and files', async () => {
    let runs = 0;
    const work = async () => {
      writeFileSync(join(folder, 'out.txt'), 'x');
      return ++runs;
    };
    const { run } = createStageRunner(createRunFolder(folder), 'v1', silent);
    expect((await run(stage({ k: 1 }, work))).summary).toBe(1);
    expect((await run(stage({ k: 1 }, work))).summary).toBe(1);
    expect((await run(stage({ k: 2 }, work))).summary).toBe(2);
    rmSync(join(folder, 'out.txt'));
    expect((await run(stage({ k: 2 }, work))).summary).toBe(3);
    const { run: newer } = createStageRunner(createRunFolder(folder), 'v2', silent);
    expect((await newer(stage({ k: 2 }, work))).summary).toBe(4);
  });

  it('leaves no marker when it fails', async () => {
    const { run } = createStageRunner(createRunFolder(folder), 'v1', silent);
    const failing = stage({}, async () => {
      throw new Error('no');
    });
    await expect(run(failing)).rejects.toThrow('no');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the answers of a run’s models', () => {
  it('survive --fresh, under their name and under the earlier one', async () => {
    expect(modelCacheOf(folder)).toBe(join(folder, 'model-cache'));
    mkdirSync(join(folder, 'model-cache'));
    writeFileSync(join(folder, 'run.json'), '{}');
    await removeResults(folder);
    expect(readdirSync(folder)).toEqual(['model-cache']);
    rmSync(join(folder, 'model-cache'), { recursive: true });
    mkdirSync(join(folder, 'models'));
    await removeResults(folder);
    expect(modelCacheOf(folder)).toBe(join(folder, 'models'));
    expect(readdirSync(folder)).toEqual(['models']);
  });
});
