import type { ModuleLink } from '../../syntax/index.js';
import type { FoundClass } from '../extraction/file-facts.js';
import { isBesideProgram } from '../sources/beside-program.js';
import { FileTable } from './file-table.js';
import { Reads } from './reads.js';
import type { CalledFunction, ClassTarget, IndexedFile, Target } from './target.js';

const EXPORT_DEPTH = 16;

/** Results that a table remembers, and functions whose members are: beyond, all are found anew. */
const REMEMBERED = 1 << 16;

/** Packages that a repository holds, for module names that are not paths. */
export interface PackageTable {
  readonly packages: ReadonlyMap<string, string>;
  readonly mains: ReadonlyMap<string, string>;
}

/** A result that many may ask for, and what it was found by where that is logged. */
export interface Remembered<T> {
  readonly value: T;
  readonly reads: Reads | null;
}

/** The exports asked for on the way through re-exports. */
interface Trail {
  readonly seen: FileTable<true>;
  depth: number;
}

/** A folder, and the names that those of its files share whose languages say so. */
interface Folder {
  readonly files: IndexedFile[];
  readonly functions: Map<string, number[]>;
  readonly classes: Map<string, IndexedFile[]>;
}

/** Names, members, modules and exports of a repository, looked up by those who resolve calls. */
export class RepositoryIndex {
  readonly functions: CalledFunction[] = [];
  readonly fileOf: IndexedFile[] = [];
  /** Orders in which the classes of a file and their super types are searched, as far as they were asked for. */
  readonly classOrders = new FileTable<Remembered<readonly ClassTarget[]>>();
  /** What names of classes mean in a file, as far as they were asked for. */
  readonly classTargets = new FileTable<Remembered<ClassTarget | null>>();
  /** Where look-ups are logged; null for nowhere. */
  reads: Reads | null = null;
  readonly #files = new Map<string, IndexedFile>();
  readonly #folders = new Map<string, Folder>();
  readonly #folderOf = new Map<IndexedFile, Folder>();
  readonly #byName = new Map<string, number[]>();
  /** By class and name, of files and of folders whose files share their names, as far as they were asked for. */
  readonly #members = new Map<IndexedFile | Folder, Map<string, Map<string, number[]>>>();
  #membersHeld = 0;
  readonly #named = new Map<string, string[]>();
  readonly #classFiles = new Map<string, IndexedFile[]>();
  readonly #imports = new FileTable<ModuleLink & { kind: 'import' }>();
  /** The files whose imports are in the table. */
  readonly #withImports = new Set<IndexedFile>();
  readonly #openImports = new Map<IndexedFile, readonly string[]>();
  readonly #modules = new FileTable<Remembered<readonly IndexedFile[]>>();
  readonly #exports = new FileTable<Remembered<Target | null>>();
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
      folder = { files: [], functions: new Map(), classes: new Map() };
      this.#folders.set(path, folder);
    }
    folder.files.push(file);
    this.#folderOf.set(file, folder);
    push(this.#named, file.path.slice(path === '' ? 0 : path.length + 1), file.path);
    file.facts.functions.forEach((found, local) => {
      const number = file.offset + local;
      this.functions[number] = found;
      this.fileOf[number] = file;
      push(this.#byName, found.name, number);
    });
    if (file.definition.sharesFolderScope) {
      for (const [name, local] of file.facts.scopes[0]!.names)
        if (local >= 0 && !file.facts.functions[local]!.head.isFileLocal)
          push(folder.functions, name, file.offset + local);
      for (const name of file.facts.classes.keys()) push(folder.classes, name, file);
    }
    for (const name of file.facts.classes.keys()) push(this.#classFiles, name, file);
  }

  #membersOf(file: IndexedFile): ReadonlyMap<string, ReadonlyMap<string, readonly number[]>> {
    const folder = file.definition.sharesFolderScope ? this.#folderOf.get(file)! : null;
    const known = this.#members.get(folder ?? file);
    if (known !== undefined) return known;
    if (this.#membersHeld > REMEMBERED) {
      this.#members.clear();
      this.#membersHeld = 0;
    }
    const members = new Map<string, Map<string, number[]>>();
    const files = folder === null ? [file] : folder.files;
    for (const { facts, offset, definition } of files) {
      if (folder !== null && !definition.sharesFolderScope) continue;
      this.#membersHeld += facts.functions.length;
      facts.functions.forEach(({ name, className }, local) => {
        if (className === null) return;
        let named = members.get(className);
        if (named === undefined) {
          named = new Map();
          members.set(className, named);
        }
        push(named, name, offset + local);
      });
    }
    this.#members.set(folder ?? file, members);
    return members;
  }

  /** A result from a table, or found and put there. It must depend on nothing but the repository. */
  recall<T>(table: FileTable<Remembered<T>>, file: IndexedFile, name: string, find: () => T): T {
    let known = table.get(file, name);
    if (known === undefined) {
      const outer = this.reads;
      const reads = outer === null ? null : new Reads();
      this.reads = reads;
      known = { value: find(), reads };
      this.reads = outer;
      // What was read for it is remembered with it.
      if (reads === null && table.size > REMEMBERED) table.clear();
      table.set(file, name, known);
    }
    if (known.reads !== null) this.reads?.shared.add(known.reads);
    return known.value;
  }

  named(name: string): readonly number[] {
    this.reads?.names.add(name);
    return this.#byName.get(name) ?? [];
  }

  members(file: IndexedFile, className: string, name: string): readonly number[] {
    this.reads?.names.add(`${className}.${name}`);
    return this.#membersOf(file).get(className)?.get(name) ?? [];
  }

  /** A class that a file itself declares. */
  classOf(file: IndexedFile, name: string): FoundClass | undefined {
    this.reads?.names.add(name);
    return file.facts.classes.get(name);
  }

  /** Files in which a file may find a class by its name alone. */
  filesWithClass(file: IndexedFile, name: string): readonly IndexedFile[] {
    this.reads?.names.add(name);
    return (this.#classFiles.get(name) ?? []).filter((other) => this.mayCall(file, other));
  }

  /** Functions of other files of the same folder that a file may call by their name, where files share their names. */
  functionsBeside(file: IndexedFile, name: string): readonly number[] {
    this.reads?.names.add(name);
    const named = this.#folderOf.get(file)!.functions.get(name) ?? [];
    return named.filter((number) => {
      const other = this.fileOf[number]!;
      return other !== file && this.mayCall(file, other);
    });
  }

  /** The first file of the same folder that declares a class, where files share their names. */
  fileBesideWithClass(file: IndexedFile, name: string): IndexedFile | undefined {
    this.reads?.names.add(name);
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
    this.reads?.links.add(file.path);
    if (!this.#withImports.has(file)) {
      if (this.#imports.size > REMEMBERED) {
        this.#imports.clear();
        this.#withImports.clear();
      }
      this.#withImports.add(file);
      for (const link of file.facts.links)
        if (link.kind === 'import') this.#imports.set(file, link.local, link);
    }
    return this.#imports.get(file, local);
  }

  /** Modules whose every name a file takes: `from x import *`, `#include`. */
  openImports(file: IndexedFile): readonly string[] {
    this.reads?.links.add(file.path);
    let open = this.#openImports.get(file);
    if (open === undefined) {
      open = file.facts.links.flatMap((link) =>
        link.kind === 'import' && link.local === '*' ? [link.module] : [],
      );
      if (this.#openImports.size > REMEMBERED >> 4) this.#openImports.clear();
      this.#openImports.set(file, open);
    }
    return open;
  }

  modules(file: IndexedFile, module: string): readonly IndexedFile[] {
    return this.recall(this.#modules, file, module, () => {
      const places = this.reads?.places;
      const paths = file.definition.resolveModule({
        module,
        path: file.path,
        hasFile: (path) => {
          places?.add(path);
          return this.#files.has(path);
        },
        filesIn: (folder) => {
          places?.add(folder);
          return (this.#folders.get(folder)?.files ?? []).map(({ path }) => path);
        },
        filesNamed: (name) => {
          places?.add(name);
          return this.#named.get(name) ?? [];
        },
        ...this.#packages,
      });
      return paths.flatMap((path) => this.#files.get(path) ?? []);
    });
  }

  /** What `imported` from `module` in `file` is, through re-exports. */
  imported(file: IndexedFile, module: string, imported: string, trail: Trail | null = null): Target | null {
    for (const target of this.modules(file, module)) {
      if (imported === '*') return { kind: 'module', file: target };
      const found = this.#exportOf(target, imported === '=' ? 'default' : imported, trail);
      if (found !== null) return found;
      if (imported === '=') return { kind: 'module', file: target };
    }
    const submodule = file.definition.submodule(module, imported);
    const target = submodule === null ? undefined : this.modules(file, submodule)[0];
    return target === undefined ? null : { kind: 'module', file: target };
  }

  /** What a file exports under a name. */
  exported(file: IndexedFile, name: string): Target | null {
    return this.recall(this.#exports, file, name, () =>
      this.#exportOf(file, name, { seen: new FileTable(), depth: 0 }),
    );
  }

  /**
   * What is found on a trail is not remembered: it depends on where the trail began. A module that re-exports itself
   * in a circle finds nothing the second time round.
   */
  #exportOf(file: IndexedFile, name: string, trail: Trail | null): Target | null {
    if (trail === null) return this.exported(file, name);
    if (trail.depth > EXPORT_DEPTH || trail.seen.get(file, name) === true) return null;
    trail.seen.set(file, name, true);
    trail.depth++;
    const found = this.#findExport(file, name, trail);
    trail.depth--;
    return found;
  }

  #findExport(file: IndexedFile, name: string, trail: Trail): Target | null {
    this.reads?.links.add(file.path);
    const { links } = file.facts;
    if (file.definition.exportsEverything) {
      const found = this.declared(file, name, trail);
      if (found !== null) return found;
    }
    // CommonJS may assign twice: the last assignment is what callers see.
    for (let at = links.length - 1; at >= 0; at--) {
      const link = links[at]!;
      let found: Target | null = null;
      if (link.kind === 'export' && link.exported === name) found = this.declared(file, link.local, trail);
      else if (link.kind === 'reexport' && link.exported === name)
        found = this.imported(file, link.module, defaultAsWhole(link.imported), trail);
      if (found !== null) return found;
    }
    for (const link of links) {
      if (link.kind !== 'reexport' || link.exported !== '*' || name === 'default') continue;
      const found = this.imported(file, link.module, name, trail);
      if (found !== null) return found;
    }
    return null;
  }

  /** What a name declared or imported at the top of a file stands for. */
  declared(file: IndexedFile, local: string, trail: Trail | null = null): Target | null {
    const { facts, offset } = file;
    if (local.startsWith('\0')) return { kind: 'function', number: offset + Number(local.slice(1)) };
    const named = this.named(local);
    const inScope = facts.scopes[0]!.names.get(local);
    if (inScope !== undefined && inScope >= 0) return { kind: 'function', number: offset + inScope };
    if (facts.classes.has(local)) return { kind: 'class', file, name: local };
    const link = this.importOf(file, local);
    if (link !== undefined) return this.imported(file, link.module, defaultAsWhole(link.imported), trail);
    const free = named.filter(
      (number) => this.fileOf[number] === file && this.functions[number]!.head.owner.length === 0,
    );
    return free.length === 1 ? { kind: 'function', number: free[0]! } : null;
  }
}

/** Where a module has no default export, the whole of it is imported in its place. */
const defaultAsWhole = (imported: string): string => (imported === 'default' ? '=' : imported);

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
};

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
