import fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RepositorySource, SourceEntry } from './repository-source.js';

type Git = typeof import('isomorphic-git');

const PACKAGE = 'isomorphic-git';

const loadGit = async (): Promise<Git> => {
  try {
    const module: Git & { readonly default?: Git } = await import(PACKAGE);
    return module.default ?? module;
  } catch {
    throw new Error(
      `reading a bare repository or a revision needs the package ${PACKAGE}: npm install ${PACKAGE}`,
    );
  }
};

const readText = async (path: string): Promise<string | null> => {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    return null;
  }
};

interface GitFolder {
  /** Holds HEAD. */
  readonly own: string;
  /** Holds objects and refs; another folder where the root is a linked worktree. */
  readonly common: string;
}

const isGitFolder = (folder: string): boolean =>
  fs.existsSync(join(folder, 'HEAD')) &&
  (fs.existsSync(join(folder, 'commondir')) ||
    (fs.existsSync(join(folder, 'objects')) && fs.existsSync(join(folder, 'refs'))));

/** Whether a folder is a Git repository without a checkout. */
export const isBareRepository = (root: string): boolean =>
  isGitFolder(root) && !fs.existsSync(join(root, '.git'));

/** The Git folder of a root: itself if bare, `.git`, or where a `.git` file leads; null for none. */
const gitFolderOf = async (root: string): Promise<GitFolder | null> => {
  let own = root;
  if (!isBareRepository(root)) {
    own = join(root, '.git');
    if (!fs.existsSync(own)) return null;
    if (fs.statSync(own).isFile()) {
      const link = /^gitdir:\s*(.+)$/m.exec((await readText(own)) ?? '')?.[1];
      if (link === undefined) return null;
      own = resolve(root, link);
    }
  }
  if (!isGitFolder(own)) return null;
  const common = await readText(join(own, 'commondir'));
  return { own, common: common === null ? own : resolve(own, common) };
};

/** A revision's commit: a branch, tag, or id, whole or shortened, with any of `~n`, `^n`, `^{}` behind it. */
const resolveRevision = async (git: Git, folder: GitFolder, revision: string): Promise<string> => {
  const [, name, steps] = /^(.+?)((?:~\d*|\^\d*|\^\{(?:commit)?\})*)$/.exec(revision) ?? [];
  const at = { fs, gitdir: folder.common };
  const find = async (ref: string): Promise<string> => {
    if (ref === 'HEAD' || ref === '@') {
      const head = (await readText(join(folder.own, 'HEAD'))) ?? '';
      const target = /^ref:\s*(.+)$/.exec(head)?.[1];
      return target === undefined ? head : git.resolveRef({ ...at, ref: target });
    }
    try {
      return await git.resolveRef({ ...at, ref });
    } catch (error) {
      if (!/^[0-9a-f]{4,40}$/i.test(ref)) throw error;
      return git.expandOid({ ...at, oid: ref.toLowerCase() });
    }
  };
  let oid: string;
  try {
    oid = (await git.readCommit({ ...at, oid: await find(name ?? revision) })).oid;
    for (const [, kind, count] of (steps ?? '').matchAll(/([~^])(\{(?:commit)?\}|\d*)/g)) {
      const number = count === '' ? 1 : Number(count);
      if (Number.isNaN(number)) continue;
      for (let left = kind === '~' ? number : Math.min(1, number); left > 0; left--) {
        const { commit } = await git.readCommit({ ...at, oid });
        const parent = commit.parent[kind === '~' ? 0 : number - 1];
        if (parent === undefined) throw new Error(`${oid} has no such parent`);
        oid = parent;
      }
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`revision must name a commit of the repository, received ${revision}: ${reason}`);
  }
  return oid;
};

/**
 * A revision read from a repository's object store, loose or packed, without a checkout and without Git: by
 * `isomorphic-git`, an optional peer.
 *
 * @throws If `root` holds no repository, if `revision` names no commit, or if `isomorphic-git` is not installed.
 */
export const gitSource = async (root: string, revision: string): Promise<RepositorySource> => {
  const folder = await gitFolderOf(root);
  if (folder === null) {
    throw new Error(`revision needs a Git repository, but ${root} is none; received ${revision}`);
  }
  const git = await loadGit();
  const commit = await resolveRevision(git, folder, revision);
  // The indices of packs are read once.
  const at = { fs, gitdir: folder.common, cache: {} };
  const blobs = new Map<string, string>();
  const trees = new Map<string, string>([['', commit]]);
  return {
    commit,
    hasIgnoredFiles: false,
    async entries(path) {
      const { tree } = await git.readTree({ ...at, oid: trees.get(path)! });
      return tree.map(({ path: name, mode, type, oid }): SourceEntry => {
        const whole = path === '' ? name : `${path}/${name}`;
        if (type === 'tree') {
          trees.set(whole, oid);
          return { name, kind: 'folder' };
        }
        if (type === 'commit') return { name, kind: 'submodule' };
        if (mode === '120000') return { name, kind: 'link' };
        blobs.set(whole, oid);
        return { name, kind: 'file' };
      });
    },
    size: () => null,
    async read(path, maxBytes) {
      const oid = blobs.get(path);
      if (oid === undefined) return 'unreadable';
      try {
        const { blob } = await git.readBlob({ ...at, oid });
        return blob.length > maxBytes ? 'too-large' : blob;
      } catch {
        return 'unreadable';
      }
    },
  };
};
