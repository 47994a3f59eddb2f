import type { ModuleLink } from '../../syntax/index.js';
import type { FoundFunction } from '../extraction/file-facts.js';
import { isTestPath } from '../sources/test-path.js';
import type { ClassTarget, IndexedFile, Target } from './target.js';

const EXPORT_DEPTH = 16;

/** Packages that a repository holds, for module names that are not paths. */
export interface PackageTable {
  readonly packages: ReadonlyMap<string, string>;
  readonly mains: ReadonlyMap<string, string>;
}

/** Names, members, modules and exports of a repository, looked up by those who resolve calls. */
export class RepositoryIndex {
  readonly functions: FoundFunction[] = [];
  readonly fileOf: IndexedFile[] = [];
  /** Orders in which classes and their super types are searched, as far as they were asked for. */
  readonly classOrders = new Map<string, readonly ClassTarget[]>();
  readonly #files = new Map<string, IndexedFile>();
  readonly #folders = new Map<string, IndexedFile[]>();
  readonly #byName = new Map<string, number[]>();
  readonly #members = new Map<string, Map<string, number[]>>();
  readonly #named = new Map<string, string[]>();
  readonly #classFiles = new Map<string, IndexedFile[]>();
  readonly #imports = new Map<IndexedFile, Map<string, ModuleLink & { kind: 'import' }>>();
  readonly #openImports = new Map<IndexedFile, string[]>();
  readonly #modules = new Map<string, readonly IndexedFile[]>();
  readonly #exports = new Map<string, Target | null>();
  readonly #packages: PackageTable;
  readonly #tests = new Map<IndexedFile, boolean>();
  /** The files of each folder that are no tests. */
  readonly #untested = new Map<string, readonly IndexedFile[]>();

  constructor(files: readonly IndexedFile[], packages: PackageTable) {
    this.#packages = packages;
    for (const file of files) this.#add(file);
  }

  #add(file: IndexedFile): void {
    this.#files.set(file.path, file);
    const folder = folderOf(file.path);
    const neighbors = this.#folders.get(folder);
    if (neighbors === undefined) this.#folders.set(folder, [file]);
    else neighbors.push(file);
    const base = file.path.slice(folder === '' ? 0 : folder.length + 1);
    const sameName = this.#named.get(base);
    if (sameName === undefined) this.#named.set(base, [file.path]);
    else sameName.push(file.path);
    const home = homeOf(file);
    const members = this.#members.get(home) ?? new Map<string, number[]>();
    this.#members.set(home, members);
    file.facts.functions.forEach((found, local) => {
      const number = file.offset + local;
      this.functions[number] = found;
      this.fileOf[number] = file;
      push(this.#byName, found.name, number);
      if (found.className !== null) push(members, `${found.className}.${found.name}`, number);
    });
    for (const name of file.facts.classes.keys()) {
      const owners = this.#classFiles.get(name);
      if (owners === undefined) this.#classFiles.set(name, [file]);
      else if (owners.at(-1) !== file) owners.push(file);
    }
    const imports = new Map<string, ModuleLink & { kind: 'import' }>();
    for (const link of file.facts.links) if (link.kind === 'import') imports.set(link.local, link);
    this.#imports.set(file, imports);
    const open = file.facts.links.flatMap((link) =>
      link.kind === 'import' && link.local === '*' ? [link.module] : [],
    );
    this.#openImports.set(file, open);
  }

  named(name: string): readonly number[] {
    return this.#byName.get(name) ?? [];
  }

  members(file: IndexedFile, className: string, name: string): readonly number[] {
    return this.#members.get(homeOf(file))!.get(`${className}.${name}`) ?? [];
  }

  /** Files in which a file may find a class by its name alone. */
  filesWithClass(file: IndexedFile, name: string): readonly IndexedFile[] {
    return (this.#classFiles.get(name) ?? []).filter((other) => this.mayCall(file, other));
  }

  /** Files of the same folder, whose names a file may share. */
  neighbors(file: IndexedFile): readonly IndexedFile[] {
    const folder = folderOf(file.path);
    const all = this.#folders.get(folder) ?? [];
    if (this.#isTest(file)) return all;
    let untested = this.#untested.get(folder);
    if (untested === undefined) {
      untested = all.filter((other) => this.mayCall(file, other));
      this.#untested.set(folder, untested);
    }
    return untested;
  }

  /** Whether a name alone may lead from one file to the other: never from a program to its tests. */
  mayCall(from: IndexedFile, to: IndexedFile): boolean {
    return from === to || !this.#isTest(to) || this.#isTest(from);
  }

  #isTest(file: IndexedFile): boolean {
    let isTest = this.#tests.get(file);
    if (isTest === undefined) {
      isTest = isTestPath(file.path);
      this.#tests.set(file, isTest);
    }
    return isTest;
  }

  importOf(file: IndexedFile, local: string): (ModuleLink & { kind: 'import' }) | undefined {
    return this.#imports.get(file)!.get(local);
  }

  /** Modules whose every name a file takes: `from x import *`, `#include`. */
  openImports(file: IndexedFile): readonly string[] {
    return this.#openImports.get(file) ?? [];
  }

  modules(file: IndexedFile, module: string): readonly IndexedFile[] {
    const key = `${module.startsWith('.') ? folderOf(file.path) : ''}\n${module}\n${file.path}`;
    let found = this.#modules.get(key);
    if (found === undefined) {
      const paths = file.definition.resolveModule({
        module,
        path: file.path,
        hasFile: (path) => this.#files.has(path),
        filesIn: (folder) => (this.#folders.get(folder) ?? []).map(({ path }) => path),
        filesNamed: (name) => this.#named.get(name) ?? [],
        ...this.#packages,
      });
      found = paths.flatMap((path) => this.#files.get(path) ?? []);
      this.#modules.set(key, found);
    }
    return found;
  }

  /** What `imported` from `module` in `file` is, through re-exports. */
  imported(file: IndexedFile, module: string, imported: string, depth = 0): Target | null {
    for (const target of this.modules(file, module)) {
      if (imported === '*') return { kind: 'module', file: target };
      if (imported === '=') {
        return this.exported(target, 'default', depth) ?? { kind: 'module', file: target };
      }
      const found = this.exported(target, imported, depth);
      if (found !== null) return found;
    }
    const submodule = file.definition.submodule(module, imported);
    const target = submodule === null ? undefined : this.modules(file, submodule)[0];
    return target === undefined ? null : { kind: 'module', file: target };
  }

  /** What a file exports under a name. */
  exported(file: IndexedFile, name: string, depth = 0): Target | null {
    const key = `${file.path}\n${name}`;
    const known = this.#exports.get(key);
    if (known !== undefined) return known;
    if (depth > EXPORT_DEPTH) return null;
    // A module that re-exports itself in a circle finds nothing the second time round.
    this.#exports.set(key, null);
    const found = this.#findExport(file, name, depth);
    this.#exports.set(key, found);
    return found;
  }

  #findExport(file: IndexedFile, name: string, depth: number): Target | null {
    const { links } = file.facts;
    if (file.definition.exportsEverything) {
      const found = this.declared(file, name, depth);
      if (found !== null) return found;
    }
    // CommonJS may assign twice: the last assignment is what callers see.
    for (let at = links.length - 1; at >= 0; at--) {
      const link = links[at]!;
      if (link.kind === 'export' && link.exported === name) {
        const found = this.declared(file, link.local, depth);
        if (found !== null) return found;
      } else if (link.kind === 'reexport' && link.exported === name) {
        const found = this.imported(
          file,
          link.module,
          link.imported === 'default' ? '=' : link.imported,
          depth + 1,
        );
        if (found !== null) return found;
      }
    }
    for (const link of links) {
      if (link.kind !== 'reexport' || link.exported !== '*' || name === 'default') continue;
      const found = this.imported(file, link.module, name, depth + 1);
      if (found !== null) return found;
    }
    return null;
  }

  /** What a name declared or imported at the top of a file stands for. */
  declared(file: IndexedFile, local: string, depth = 0): Target | null {
    const { facts, offset } = file;
    if (local.startsWith('\0')) return { kind: 'function', number: offset + Number(local.slice(1)) };
    const inScope = facts.scopes[0]!.names.get(local);
    if (inScope !== undefined && inScope >= 0) return { kind: 'function', number: offset + inScope };
    if (facts.classes.has(local)) return { kind: 'class', file, name: local };
    const link = this.importOf(file, local);
    if (link !== undefined && depth <= EXPORT_DEPTH) {
      return this.imported(file, link.module, link.imported === 'default' ? '=' : link.imported, depth + 1);
    }
    const named = this.named(local).filter((number) => this.fileOf[number] === file);
    const free = named.filter((number) => this.functions[number]!.head.owner.length === 0);
    return free.length === 1 ? { kind: 'function', number: free[0]! } : null;
  }
}

const push = (map: Map<string, number[]>, key: string, value: number): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

/** Where a class's members are gathered: its file, or its folder where files share their names. */
const homeOf = (file: IndexedFile): string =>
  file.definition.sharesFolderScope ? `${folderOf(file.path)}/` : file.path;

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
