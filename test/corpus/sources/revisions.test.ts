import fs from 'node:fs';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import git from 'isomorphic-git';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const author = { name: 'A', email: 'a@example.org', timestamp: 1_700_000_000, timezoneOffset: 0 };

const FIRST = {
  'src/one.js':
    'import { two } from "./two.js";\n/** Calls two. */\nexport function one() { return two(); }\n',
  'src/two.js': 'export function two() { return 2; }\n',
  'node_modules/x/a.js': 'function x() {}\n',
  'package.json': '{"name": "r"}',
  'wide.py': Buffer.from('\ufeffdef f():\n    "Größe."\n', 'utf16le'),
};
const SECOND = { 'src/two.js': 'export function two() { return 3; }\nexport function three() {}\n' };

/** Moves all loose objects into one pack. */
const pack = async (gitdir: string): Promise<void> => {
  const objects = join(gitdir, 'objects');
  const folders = (await readdir(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const oids: string[] = [];
  for (const folder of folders)
    for (const rest of await readdir(join(objects, folder))) oids.push(folder + rest);
  const { filename, packfile } = await git.packObjects({ fs, dir: gitdir, gitdir, oids });
  await mkdir(join(objects, 'pack'), { recursive: true });
  await writeFile(join(objects, 'pack', filename), packfile!);
  await git.indexPack({ fs, dir: gitdir, gitdir, filepath: join('objects/pack', filename) });
  for (const folder of folders) await rm(join(objects, folder), { recursive: true });
};

let root = '';
const commits: string[] = [];
beforeAll(async () => {
  root = await folderOf(FIRST);
  await git.init({ fs, dir: root, defaultBranch: 'main' });
  const commit = async (files: Readonly<Record<string, unknown>>, message: string) => {
    await git.add({ fs, dir: root, filepath: Object.keys(files) });
    commits.push(await git.commit({ fs, dir: root, message, author }));
  };
  await symlink('src/one.js', join(root, 'link.js'));
  await commit({ ...FIRST, 'link.js': '' }, 'first');
  await git.annotatedTag({ fs, dir: root, ref: 'v1', message: 'one', tagger: author });
  for (const [path, text] of Object.entries(SECOND)) await writeFile(join(root, path), text);
  await commit(SECOND, 'second');
  // Neither tracked nor part of any revision.
  await writeFile(join(root, 'later.js'), 'function later() {}');
});

const namesAt = async (folder: string, revision?: string) => {
  const { functions, commit } = await analyzeRepository(folder, revision === undefined ? {} : { revision });
  return [functions.map(({ name }) => name).join(' '), commit];
};

describe('a revision of a repository', () => {
  it('is read from the object store, not from the checkout', async () => {
    expect(await namesAt(root)).toEqual(['later one two three f', null]);
    expect(await namesAt(root, 'HEAD')).toEqual(['one two three f', commits[1]]);
    expect(await namesAt(root, 'HEAD~1')).toEqual(['one two f', commits[0]]);
  });

  it('has many names', async () => {
    const [first, second] = commits as [string, string];
    for (const revision of [
      'main~',
      'main^',
      'main^1',
      'v1',
      'v1^{}',
      'refs/tags/v1',
      first,
      first.slice(0, 9),
    ])
      expect((await namesAt(root, revision))[1]).toBe(first);
    for (const revision of ['main', '@', 'HEAD^0', 'HEAD~0', second.toUpperCase().slice(0, 12)])
      expect((await namesAt(root, revision))[1]).toBe(second);
  });

  it('gives what a checkout of it gives', async () => {
    const checkout = await folderOf(FIRST);
    await symlink('src/one.js', join(checkout, 'link.js'));
    const repository = basename(root);
    const { commit, ...read } = await analyzeRepository(root, { revision: 'v1' });
    const { commit: none, ...same } = await analyzeRepository(checkout, { repository });
    expect(read).toEqual(same);
    expect([commit, none]).toEqual([commits[0], null]);
    expect(read.leftOut).toEqual([
      { path: 'link.js', reason: 'link' },
      { path: 'node_modules/', reason: 'vendored' },
    ]);
    expect(read.filesByEncoding).toEqual({ 'utf-8': 2, 'utf-16le': 1 });
  });

  it('that names no commit is refused, as is one where there is no repository', async () => {
    await expect(analyzeRepository(root, { revision: 'none' })).rejects.toThrow(
      /revision must name a commit of the repository, received none: /,
    );
    await expect(analyzeRepository(root, { revision: 'HEAD~9' })).rejects.toThrow(
      /received HEAD~9: .*no such parent/,
    );
    await expect(analyzeRepository(await folderOf({}), { revision: 'main' })).rejects.toThrow(
      /revision needs a Git repository, but .* is none; received main/,
    );
  });

  it('leaves out what is too large, and a blob that is gone', async () => {
    const { leftOut } = await analyzeRepository(root, { revision: 'HEAD', maxFileBytes: 60 });
    expect(leftOut).toContainEqual({ path: 'src/one.js', reason: 'too-large' });
    const copy = await folderOf({ 'a.js': 'function a() {}\n', 'b.js': 'function b() {}\n' });
    await git.init({ fs, dir: copy, defaultBranch: 'main' });
    await git.add({ fs, dir: copy, filepath: ['a.js', 'b.js'] });
    await git.commit({ fs, dir: copy, message: 'm', author });
    const { oid } = await git.hashBlob({ object: 'function b() {}\n' });
    await rm(join(copy, '.git/objects', oid.slice(0, 2), oid.slice(2)));
    const read = await analyzeRepository(copy, { revision: 'main' });
    expect(read.functions.map(({ name }) => name)).toEqual(['a']);
    expect(read.leftOut).toEqual([{ path: 'b.js', reason: 'unreadable' }]);
  });
});

describe('a bare repository', () => {
  it('is read at HEAD, loose or packed, with its name without .git', async () => {
    const parent = await folderOf({});
    const bare = join(parent, 'project.git');
    await fs.promises.cp(join(root, '.git'), bare, { recursive: true });
    await rm(join(bare, 'index'));
    const loose = await analyzeRepository(bare);
    expect(loose.repository).toBe('project');
    expect(loose.functions.map(({ name }) => name)).toEqual(['one', 'two', 'three', 'f']);
    await pack(bare);
    expect(await readdir(join(bare, 'objects/pack'))).toHaveLength(2);
    expect(await analyzeRepository(bare)).toEqual(loose);
    expect(await namesAt(bare, 'v1')).toEqual(['one two f', commits[0]]);
  });

  it('may be that of a linked worktree, whose HEAD is its own', async () => {
    const parent = await folderOf({ 'tree/a.js': 'function unseen() {}' });
    const main = join(parent, 'main');
    await fs.promises.cp(root, main, { recursive: true });
    const own = join(main, '.git/worktrees/tree');
    await mkdir(own, { recursive: true });
    await writeFile(join(own, 'HEAD'), `${commits[0]}\n`);
    await writeFile(join(own, 'commondir'), '../..\n');
    await writeFile(join(parent, 'tree/.git'), `gitdir: ${own}\n`);
    expect(await namesAt(join(parent, 'tree'), 'HEAD')).toEqual(['one two f', commits[0]]);
    expect((await namesAt(join(parent, 'tree')))[0]).toBe('unseen');
  });

  it('with a submodule lists it', async () => {
    const dir = await folderOf({ 'a.js': 'function a() {}\n' });
    await git.init({ fs, dir, defaultBranch: 'main' });
    await git.add({ fs, dir, filepath: 'a.js' });
    const blob = await git.hashBlob({ object: 'function a() {}\n' });
    const tree = await git.writeTree({
      fs,
      dir,
      tree: [
        { mode: '100644', path: 'a.js', oid: blob.oid, type: 'blob' },
        { mode: '160000', path: 'sub', oid: commits[0]!, type: 'commit' },
      ],
    });
    await git.commit({ fs, dir, message: 'm', author, tree });
    await rename(join(dir, '.git'), join(dirname(dir), `${basename(dir)}.git`));
    const bare = join(dirname(dir), `${basename(dir)}.git`);
    const { functions, leftOut } = await analyzeRepository(bare);
    expect(functions.map(({ name }) => name)).toEqual(['a']);
    expect(leftOut).toEqual([{ path: 'sub/', reason: 'submodule' }]);
    await rm(bare, { recursive: true });
  });
});
