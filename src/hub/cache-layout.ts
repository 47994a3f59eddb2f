import { copyFile, mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { HubError } from './hub-error.js';

/** What a repository of the hub holds. */
export type RepositoryType = 'model' | 'dataset';

/** A repository at a revision: a branch, a tag or a commit. */
export interface Repository {
  readonly type: RepositoryType;
  /** `owner/name`, or a name alone. */
  readonly name: string;
  readonly revision: string;
}

/** As in messages: `owner/name` for models, `the data set owner/name`. */
export const shownRepository = ({ type, name }: Pick<Repository, 'type' | 'name'>): string =>
  type === 'model' ? name : `the data set ${name}`;

/** Whether a text can be the name of a repository. */
export const isRepositoryName = (text: string): boolean =>
  /^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/.test(text) && !/--|\.\.|\.git$/.test(text);

/** @throws RangeError when the name or the revision cannot be one. */
export const checkRepository = ({ name, revision }: Repository): void => {
  if (!isRepositoryName(name)) {
    throw new RangeError(`repository must be a name such as owner/name, received ${JSON.stringify(name)}`);
  }
  if (!/^[\w][\w./-]*$/.test(revision) || revision.includes('..')) {
    throw new RangeError(
      `revision must be a branch, a tag or a commit, received ${JSON.stringify(revision)}`,
    );
  }
};

export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** `datasets--owner--name`. */
export const repositoryFolder = (cacheFolder: string, { type, name }: Repository): string =>
  join(cacheFolder, [`${type}s`, ...name.split('/')].join('--'));

/** The commit that the cache knows a revision by; null where it does not know it. */
export const cachedCommit = async (folder: string, revision: string): Promise<string | null> => {
  if (isCommit(revision)) return revision;
  const text = await readFile(join(folder, 'refs', ...revision.split('/')), 'utf8').catch(() => '');
  return isCommit(text.trim()) ? text.trim() : null;
};

export const isThere = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null)) !== null;

/** Where a file of a snapshot lies. @throws HubError for a path that would lie outside. */
export const snapshotPath = (snapshot: string, path: string): string => {
  const full = resolve(snapshot, ...path.split('/'));
  if (!full.startsWith(resolve(snapshot) + sep) || /\\|\0/.test(path)) {
    throw new HubError('damaged', `the hub names a file outside of its repository: ${JSON.stringify(path)}`);
  }
  return full;
};

/** Puts a blob into a snapshot: a link, or a copy where links are not allowed, as on Windows. */
export const placeBlob = async (blob: string, path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  // A link whose blob is gone.
  await rm(path, { force: true });
  try {
    await symlink(relative(dirname(path), blob), path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'EPERM' && code !== 'EACCES' && code !== 'ENOSYS') throw error;
    await copyFile(blob, path);
  }
};
