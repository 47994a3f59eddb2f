import ignore, { type Ignore } from 'ignore';
import { type LanguageId, languageOf } from '../../syntax/index.js';
import { tellsLicense } from '../licenses/read-licenses.js';
import type { LeftOut } from './left-out.js';
import type { RepositorySource, SourceEntry } from './repository-source.js';
import { unreadLanguageOf } from './unread-languages.js';

/** Which files of a repository {@link listFiles} lists. */
export interface ListFilesOptions {
  readonly languages?: readonly LanguageId[] | undefined;
  /** Patterns as in .gitignore; where given, only files that match one are read. */
  readonly include?: readonly string[] | undefined;
  /** Patterns as in .gitignore of files and folders to leave out. */
  readonly exclude?: readonly string[] | undefined;
  /** Whether .gitignore files of the repository are obeyed. */
  readonly gitignore: boolean;
  readonly maxFileBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ListedFile {
  readonly path: string;
  readonly language: LanguageId;
}

export interface FileList {
  /** Sorted by path, code unit by code unit, so the order is that of no machine. */
  readonly files: readonly ListedFile[];
  readonly leftOut: readonly LeftOut[];
  /** Files in no known language, or in one that was not asked for, sorted by path. */
  readonly others: readonly string[];
  /** Folders by the name in their package.json, and entry files by folder. */
  readonly packages: ReadonlyMap<string, string>;
  readonly mains: ReadonlyMap<string, string>;
  /** Files by the name of a programming language that no grammar here reads. */
  readonly unread: ReadonlyMap<string, number>;
  /** Names of files that may tell a license, by folder. */
  readonly licenseFiles: ReadonlyMap<string, readonly string[]>;
}

const VENDORED = new Set([
  'node_modules',
  'bower_components',
  'jspm_packages',
  'vendor',
  'third_party',
  'third-party',
  'site-packages',
  'Pods',
  'Carthage',
  '.venv',
  'venv',
  '__pycache__',
]);
const BUILT = new Set([
  'dist',
  'build',
  'out',
  'target',
  'obj',
  'coverage',
  '.next',
  '.nuxt',
  '.output',
  '.svelte-kit',
  'umd',
  '_build',
]);

const GENERATED_NAME =
  /([.-]min\.[mc]?js|[.-](bundle|umd|prod|production|iife|amd|global|packed|compiled)(\.min)?\.[mc]?js|\.pb\.go|_pb2(_grpc)?\.pyi?|\.(g|g\.i|designer|generated)\.cs|\.pb\.[hc]|[._]generated\.\w+|\.d\.[mc]?ts)$/i;

interface IgnoreLevel {
  readonly folder: string;
  readonly rules: Ignore;
}

const isIgnored = (levels: readonly IgnoreLevel[], path: string, isFolder: boolean): boolean => {
  let ignored = false;
  for (const { folder, rules } of levels) {
    const relative = folder === '' ? path : path.slice(folder.length + 1);
    const { ignored: yes, unignored } = rules.test(isFolder ? `${relative}/` : relative);
    if (yes) ignored = true;
    else if (unignored) ignored = false;
  }
  return ignored;
};

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const TEXT_LIMIT = 1 << 20;

const readText = async (source: RepositorySource, path: string): Promise<string | null> => {
  const bytes = await source.read(path, TEXT_LIMIT);
  return typeof bytes === 'string' ? null : new TextDecoder().decode(bytes);
};

/**
 * Walks a repository and lists what to read, with a reason for everything else.
 *
 * Links are not followed, so nothing outside the root is read and no circle is walked. A folder that is left out
 * is listed once, not file by file; files in other programming languages are counted, and all that are not read are
 * `others`.
 */
export const listFiles = async (source: RepositorySource, options: ListFilesOptions): Promise<FileList> => {
  const obeysIgnores = options.gitignore && source.hasIgnoredFiles;
  const files: ListedFile[] = [];
  const leftOut: LeftOut[] = [];
  const others: string[] = [];
  const packages = new Map<string, string>();
  const mains = new Map<string, string>();
  const unread = new Map<string, number>();
  const licenseFiles = new Map<string, string[]>();
  const include = options.include === undefined ? null : ignore().add([...options.include]);
  const exclude = ignore().add([...(options.exclude ?? [])]);
  const pending: { readonly folder: string; readonly levels: readonly IgnoreLevel[] }[] = [
    { folder: '', levels: [] },
  ];
  if (obeysIgnores) {
    const text = await readText(source, '.git/info/exclude');
    if (text !== null) pending[0] = { folder: '', levels: [{ folder: '', rules: ignore().add(text) }] };
  }
  while (pending.length > 0) {
    options.signal?.throwIfAborted();
    const { folder, levels } = pending.pop()!;
    let entries: readonly SourceEntry[];
    try {
      entries = await source.entries(folder);
    } catch (error) {
      if (folder === '') throw error;
      leftOut.push({ path: `${folder}/`, reason: 'unreadable' });
      continue;
    }
    let here = levels;
    if (obeysIgnores && entries.some(({ name }) => name === '.gitignore')) {
      const text = await readText(source, folder === '' ? '.gitignore' : `${folder}/.gitignore`);
      if (text !== null) here = [...levels, { folder, rules: ignore().add(text) }];
    }
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.kind === 'folder') {
        if (entry.name === '.git' || entry.name === '.hg' || entry.name === '.svn') continue;
        if (VENDORED.has(entry.name)) leftOut.push({ path: `${path}/`, reason: 'vendored' });
        else if (exclude.ignores(`${path}/`)) leftOut.push({ path: `${path}/`, reason: 'excluded' });
        else if (isIgnored(here, path, true)) leftOut.push({ path: `${path}/`, reason: 'ignored' });
        else if (BUILT.has(entry.name.toLowerCase()) && include?.ignores(`${path}/x.js`) !== true) {
          leftOut.push({ path: `${path}/`, reason: 'built' });
        } else pending.push({ folder: path, levels: here });
        continue;
      }
      if (entry.kind === 'submodule') {
        leftOut.push({ path: `${path}/`, reason: 'submodule' });
        continue;
      }
      if (entry.kind === 'file' && tellsLicense(entry.name)) {
        const names = licenseFiles.get(folder);
        if (names === undefined) licenseFiles.set(folder, [entry.name]);
        else names.push(entry.name);
      }
      if (entry.name === 'package.json' && entry.kind === 'file')
        await readPackage(source, path, folder, packages, mains);
      if (include !== null && !include.ignores(path)) continue;
      // Whatever its name, a link may lead to source files.
      if (entry.kind === 'link') {
        leftOut.push({ path, reason: 'link' });
        continue;
      }
      const language = languageOf(path);
      if (language === null || !isAskedFor(path, language, options.languages)) {
        if (entry.kind !== 'file' || exclude.ignores(path) || isIgnored(here, path, false)) continue;
        others.push(path);
        const other = language === null ? unreadLanguageOf(entry.name) : null;
        if (other !== null) unread.set(other, (unread.get(other) ?? 0) + 1);
        continue;
      }
      if (entry.kind !== 'file') leftOut.push({ path, reason: 'unreadable' });
      else if (exclude.ignores(path)) leftOut.push({ path, reason: 'excluded' });
      else if (isIgnored(here, path, false)) leftOut.push({ path, reason: 'ignored' });
      else if (GENERATED_NAME.test(entry.name)) {
        leftOut.push({ path, reason: /\.d\.[mc]?ts$/.test(entry.name) ? 'declarations' : 'generated' });
      } else {
        const size = source.size(path);
        if (size === -1) leftOut.push({ path, reason: 'unreadable' });
        else if (size !== null && size > options.maxFileBytes) leftOut.push({ path, reason: 'too-large' });
        else files.push({ path, language });
      }
    }
  }
  files.sort((a, b) => byCodeUnit(a.path, b.path));
  leftOut.sort((a, b) => byCodeUnit(a.path, b.path));
  others.sort(byCodeUnit);
  return { files, leftOut, others, packages, mains, unread, licenseFiles };
};

/** A `.h` may be C or C++: either asks for it, until its content tells. */
const isAskedFor = (
  path: string,
  language: LanguageId,
  languages: readonly LanguageId[] | undefined,
): boolean =>
  languages === undefined ||
  languages.includes(language) ||
  (language === 'c' && languages.includes('cpp') && /\.h$/i.test(path));

const readPackage = async (
  source: RepositorySource,
  file: string,
  folder: string,
  packages: Map<string, string>,
  mains: Map<string, string>,
): Promise<void> => {
  const text = await readText(source, file);
  if (text === null) return;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return;
    const { name, main } = parsed as { name?: unknown; main?: unknown };
    if (typeof name === 'string' && name !== '') packages.set(name, folder);
    if (typeof main === 'string') mains.set(folder, main);
  } catch {
    // A package.json that is no JSON names no package.
  }
};
