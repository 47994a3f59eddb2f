import { realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { AnalysisSettings } from './analysis-options.js';
import { type FolderLicenses, readLicenses } from './licenses/read-licenses.js';
import { readableFiles } from './read-files.js';
import { folderSource } from './sources/folder-source.js';
import { gitSource, isBareRepository } from './sources/git-source.js';
import { type FileList, type ListedFile, listFiles } from './sources/list-files.js';
import type { RepositorySource } from './sources/repository-source.js';
import type { UnreadLanguage } from './sources/unread-languages.js';

/** A repository whose files are listed and not yet read. */
export interface OpenedRepository {
  readonly repository: string;
  readonly folder: string;
  readonly source: RepositorySource;
  readonly list: FileList;
  /** The files whose grammars are installed, and the languages of the others. */
  readonly files: readonly ListedFile[];
  readonly missing: readonly UnreadLanguage[];
  readonly licenses: FolderLicenses;
}

const checkRoot = async (root: string): Promise<string> => {
  let real: string;
  try {
    real = await realpath(resolve(root));
  } catch {
    throw new Error(`root must be a folder that exists, received ${root}`);
  }
  if (!(await stat(real)).isDirectory()) throw new Error(`root must be a folder, received the file ${root}`);
  return real;
};

/** @throws If `root` is no folder, a grammar that was asked for is missing, or `revision` names no commit. */
export const openRepository = async (root: string, settings: AnalysisSettings): Promise<OpenedRepository> => {
  const { maxFileBytes, gitignore, signal, revision, include, exclude, languages } = settings;
  const folder = await checkRoot(root);
  const isBare = isBareRepository(folder);
  const repository = settings.repository ?? basename(folder, isBare ? '.git' : '');
  const source =
    isBare || revision !== undefined ? await gitSource(folder, revision ?? 'HEAD') : folderSource(folder);
  const list = await listFiles(source, { languages, include, exclude, gitignore, maxFileBytes, signal });
  const { files, missing } = await readableFiles(list.files, languages);
  const licenses = await readLicenses(source, list.licenseFiles);
  return { repository, folder, source, list, files, missing, licenses };
};
