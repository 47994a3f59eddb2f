import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFolder } from '../../src/numerics/index.js';

type Files = Readonly<Record<string, string>>;

const fill = (files: Files) => async (folder: string) => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
};

const contents = (folder: string): Files =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

let parent: string;
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'write-folder-'));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

let made = 0;
const newFolder = () => join(mkdtempSync(join(parent, `${made++}-`)), 'model');
const besides = (folder: string) => readdirSync(join(folder, '..')).filter((name) => name !== 'model');

describe('writeFolder', () => {
  it.each([undefined, 'config.json'])('makes a folder that was not there (last: %s)', async (last) => {
    const folder = newFolder();
    const files = { 'config.json': '{}', 'pooling/config.json': '[]' };
    await writeFolder(folder, fill(files), last === undefined ? {} : { last });
    expect(contents(folder)).toEqual(files);
    expect(besides(folder)).toEqual([]);
  });

  it('leaves files that hold the same bytes where they are', async () => {
    const folder = newFolder();
    await writeFolder(folder, fill({ 'config.json': '{}', weights: 'old' }));
    const { ino } = statSync(join(folder, 'config.json'));
    await writeFolder(folder, fill({ 'config.json': '{}', weights: 'new' }));
    expect(contents(folder)).toEqual({ 'config.json': '{}', weights: 'new' });
    expect(statSync(join(folder, 'config.json')).ino).toBe(ino);
  });

  it('keeps the files of others where a last file is named, and drops them where none is', async () => {
    const folder = newFolder();
    const next = { 'config.json': '{"a":1}', weights: 'new' };
    await writeFolder(folder, fill({ 'config.json': '{}', weights: 'old', 'README.md': 'mine' }));
    await writeFolder(folder, fill(next), { last: 'config.json' });
    expect(contents(folder)).toEqual({ ...next, 'README.md': 'mine' });
    await writeFolder(folder, fill(next));
    expect(contents(folder)).toEqual(next);
    expect(besides(folder)).toEqual([]);
  });

  it.each([undefined, 'config.json'])(
    'leaves the old folder and nothing beside it after a failure (last: %s)',
    async (last) => {
      const folder = newFolder();
      const old = { 'config.json': '{}', weights: 'old' };
      await writeFolder(folder, fill(old));
      const failing = async (temporary: string) => {
        await fill({ weights: 'half' })(temporary);
        throw new Error('cut off');
      };
      await expect(writeFolder(folder, failing, last === undefined ? {} : { last })).rejects.toThrow(
        'cut off',
      );
      expect(contents(folder)).toEqual(old);
      expect(besides(folder)).toEqual([]);
    },
  );

  it('clears away what a swap that was killed had set aside', async () => {
    const folder = newFolder();
    mkdirSync(`${folder}.old`);
    await writeFolder(folder, fill({ weights: 'new' }));
    expect(besides(folder)).toEqual([]);
  });
});
