import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type TreeWatcher, watchTree } from '../search/watch-tree.js';

let watcher: TreeWatcher | undefined;
const roots: string[] = [];
afterEach(() => {
  watcher?.close();
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

const watched = () => {
  const root = mkdtempSync(join(tmpdir(), 'oasis-watch-'));
  roots.push(root);
  mkdirSync(join(root, 'a', 'b'), { recursive: true });
  mkdirSync(join(root, 'node_modules', 'c'), { recursive: true });
  for (let i = 0; i < 20; i++) writeFileSync(join(root, 'a', `${i}.js`), '');
  const seen = new Set<string | null>();
  const failures: Error[] = [];
  watcher = watchTree(root, {
    skipped: /^node_modules$/,
    onChange: (path) => seen.add(path),
    onError: (error) => failures.push(error),
  });
  const sees = (path: string) => vi.waitFor(() => expect([...seen]).toContain(path), { timeout: 20_000 });
  return { root, seen, failures, sees };
};

describe('watchTree', () => {
  it('notices a change in any folder, and in one that came later', async () => {
    const { root, seen, failures, sees } = watched();
    appendFileSync(join(root, 'a', '7.js'), 'x');
    await sees(join('a', '7.js'));
    mkdirSync(join(root, 'new', 'deep'), { recursive: true });
    await sees('new');
    writeFileSync(join(root, 'new', 'deep', 'x.js'), '');
    await sees(join('new', 'deep', 'x.js'));
    renameSync(join(root, 'a', 'b'), join(root, 'moved'));
    await sees('moved');
    writeFileSync(join(root, 'moved', 'y.js'), '');
    await sees(join('moved', 'y.js'));
    writeFileSync(join(root, 'node_modules', 'c', 'z.js'), '');
    writeFileSync(join(root, 'last.js'), '');
    await sees('last.js');
    if (process.platform === 'linux') expect([...seen].join()).not.toContain('node_modules/c');
    expect(failures).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('watches folders, not files', () => {
    watched();
    expect(watcher!.watched).toBe(3);
  });

  it('says that a folder is not there', () => {
    const options = { skipped: /^$/, onChange: () => {}, onError: () => {} };
    expect(() => watchTree(join(tmpdir(), 'oasis-not-there'), options)).toThrow('ENOENT');
  });
});
