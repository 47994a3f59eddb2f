/** Calls of a folder as the corpus resolves them, those at the top of a file too, by names that suites use. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RepositoryIndex } from '../../src/corpus/calls/repository-index.js';
import { resolveFile } from '../../src/corpus/calls/resolve-calls.js';
import type { IndexedFile } from '../../src/corpus/calls/target.js';
import { extractFile } from '../../src/corpus/extraction/extract-file.js';
import type { FoundFunction } from '../../src/corpus/extraction/file-facts.js';
import type { CallTier } from '../../src/corpus/index.js';
import { folderSource } from '../../src/corpus/sources/folder-source.js';
import { listFiles } from '../../src/corpus/sources/list-files.js';
import { loadLanguage } from '../../src/syntax/index.js';

export interface NamedSite {
  readonly caller: string;
  readonly callee: string;
  readonly tier: CallTier;
}

export interface NamedSites {
  readonly sites: readonly NamedSite[];
  /** Names of all functions found. */
  readonly functions: ReadonlySet<string>;
  /** Those written as an arrow: named by what they are assigned to here, nameless in most suites. */
  readonly arrows: ReadonlySet<string>;
  /** Names of all files. */
  readonly modules: ReadonlySet<string>;
}

/** @param moduleOf The name that a suite gives a file. */
export const readSites = async (
  root: string,
  moduleOf: (path: string) => string,
  nameOf: (module: string, found: FoundFunction) => string = (module, found) =>
    `${module}.${found.qualifiedName}`,
): Promise<NamedSites> => {
  const list = await listFiles(folderSource(root), { gitignore: false, maxFileBytes: 1 << 20 });
  const files: IndexedFile[] = [];
  const functions: FoundFunction[] = [];
  for (const { path, language } of list.files) {
    const parser = await loadLanguage(language);
    const source = await readFile(join(root, path), 'utf8');
    const facts = extractFile(parser.read(source), parser.definition, path);
    files.push({ path, definition: parser.definition, facts, offset: functions.length });
    functions.push(...facts.functions);
  }
  const index = new RepositoryIndex(files, list);
  const name = (number: number) => nameOf(moduleOf(index.fileOf[number]!.path), functions[number]!);
  const sites = files
    .flatMap((file) => resolveFile(index, file))
    .map(({ file, caller, callee, tier }) => ({
      caller: caller < 0 ? moduleOf(file.path) : name(file.offset + caller),
      callee: name(callee),
      tier,
    }));
  return {
    sites,
    functions: new Set(functions.map((_, number) => name(number))),
    arrows: new Set(functions.flatMap(({ code }, number) => (/^[^{;]*=>/.test(code) ? [name(number)] : []))),
    modules: new Set(files.map(({ path }) => moduleOf(path))),
  };
};
