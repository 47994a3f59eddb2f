import type { ModuleLink } from '../../syntax/index.js';
import type { FoundFunction } from '../extraction/file-facts.js';
import { isBesideProgram } from '../sources/beside-program.js';
import { FileTable } from './file-table.js';
import type { ClassTarget, IndexedFile, Target } from './target.js';

const EXPORT_DEPTH = 16;

/** Packages that a repository holds, for module names that are not paths. */
export interface PackageTable {
  readonly packages: ReadonlyMap<string, string>;
  readonly mains: ReadonlyMap<string, string>;
}

/** A folder, and the names that those of its files share whose languages say so. */
interface Folder {
  readonly files: IndexedFile[];
  readonly members: Map<string, Map<string, number[]>>;
  readonly functions: Map<string, number[]>;
  readonly classes: Map<string, IndexedFile[]>;
}

/** Names, members, modules and exports of a repository, looked up by those who resolve calls. */
export class RepositoryIndex {
  readonly functions: FoundFunction[] = [];
  readonly fileOf: IndexedFile[] = [];
  /** Orders in which the classes of a file and their super types are searched, as far as they were asked for. */
  readonly classOrders = new FileTable<readonly ClassTarget[]>();
  /** What names of classes mean in a file, as far as they were asked for. */
  readonly classTargets = new FileTable<ClassTarget | null>();
  readonly #files = new Map<string, IndexedFile>();
  readonly #folders = new Map<string, Folder>();
  readonly #folderOf = new Map<IndexedFile, Folder>();
  readonly #byName = new Map<string, number[]>();
  /** By class and name; files that share their names share the map of their folder. */
  readonly #members = new Map<IndexedFile, Map<string, Map<string, number[]>>>();
  readonly #named = new Map<string, string[]>();
  readonly #classFiles = new Map<string, IndexedFile[]>();
  readonly #imports = new Map<IndexedFile, Map<string, ModuleLink & { kind: 'import' }>>();
  readonly #openImports = new Map<IndexedFile, string[]>();
  readonly #modules = new FileTable<readonly IndexedFile[]>();
  readonly #exports = new FileTable<Target | null>();
  readonly #packages: PackageTable;
  readonly #tests = new Map<IndexedFile, boolean>();

  constructor(files: readonly IndexedFile[], packages: PackageTable) {
    this.#packages = packages;
    for (const file of files) this.#add(file);
  }

  #add(file: IndexedFile): void {
    this.#files.set(file.path, file);
    const path = folderOf(file.path);
    let folder = this.#folders.get(path);
    if (folder === undefined) {
      folder = { files: [], members: new Map(), functions: new Map(), classes: new Map() };
      this.#folders.set(path, folder);
    }
    folder.files.push(file);
    this.#folderOf.set(file, folder);
    push(this.#named, file.path.slice(path === '' ? 0 : path.length + 1), file.path);
    const members = file.definition.sharesFolderScope
      ? folder.members
      : new Map<string, Map<string, number[]>>();
    this.#members.set(file, members);
    file.facts.functions.forEach((found, local) => {
      const number = file.offset + local;
      this.functions[number] = found;
      this.fileOf[number] = file;
      push(this.#byName, found.name, number);
      if (found.className !== null) {
        let named = members.get(found.className);
        if (named === undefined) {
          named = new Map();
          members.set(found.className, named);
        }
        push(named, found.name, number);
      }
    });
    if (file.definition.sharesFolderScope) {
      for (const [name, local] of file.facts.scopes[0]!.names)
        if (local >= 0 && !file.facts.functions[local]!.head.isFileLocal)
          push(folder.functions, name, file.offset + local);
      for (const name of file.facts.classes.keys()) push(folder.classes, name, file);
    }
    for (const name of file.facts.classes.keys()) push(this.#classFiles, name, file);
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
    return this.#members.get(file)!.get(className)?.get(name) ?? [];
  }

  /** Files in which a file may find a class by its name alone. */
  filesWithClass(file: IndexedFile, name: string): readonly IndexedFile[] {
    return (this.#classFiles.get(name) ?? []).filter((other) => this.mayCall(file, other));
  }

  /** Functions of other files of the same folder that a file may call by their name, where files share their names. */
  functionsBeside(file: IndexedFile, name: string): readonly number[] {
    const named = this.#folderOf.get(file)!.functions.get(name) ?? [];
    return named.filter((number) => {
      const other = this.fileOf[number]!;
      return other !== file && this.mayCall(file, other);
    });
  }

  /** The first file of the same folder that declares a class, where files share their names. */
  fileBesideWithClass(file: IndexedFile, name: string): IndexedFile | undefined {
    return this.#folderOf
      .get(file)!
      .classes.get(name)
      ?.find((other) => this.mayCall(file, other));
  }

  /** Whether a name alone may lead from one file to the other: never from a program to its tests. */
  mayCall(from: IndexedFile, to: IndexedFile): boolean {
    return from === to || !this.#isTest(to) || this.#isTest(from);
  }

  #isTest(file: IndexedFile): boolean {
    let isTest = this.#tests.get(file);
    if (isTest === undefined) {
      isTest = isBesideProgram(file.path);
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
    let found = this.#modules.get(file, module);
    if (found === undefined) {
      const paths = file.definition.resolveModule({
        module,
        path: file.path,
        hasFile: (path) => this.#files.has(path),
        filesIn: (folder) => (this.#folders.get(folder)?.files ?? []).map(({ path }) => path),
        filesNamed: (name) => this.#named.get(name) ?? [],
        ...this.#packages,
      });
      found = paths.flatMap((path) => this.#files.get(path) ?? []);
      this.#modules.set(file, module, found);
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
    const known = this.#exports.get(file, name);
    if (known !== undefined) return known;
    if (depth > EXPORT_DEPTH) return null;
    // A module that re-exports itself in a circle finds nothing the second time round.
    this.#exports.set(file, name, null);
    const found = this.#findExport(file, name, depth);
    this.#exports.set(file, name, found);
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

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
