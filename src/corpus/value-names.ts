import type { CallValue } from './call-values.js';
import { classTarget } from './calls/class-target.js';
import type { IndexedFile, Target } from './calls/repository-index.js';
import { scopeKey, type ValueProgram } from './value-program.js';

const EXPORT_DEPTH = 8;

/** What names hold: in their scopes, by imports, and in the modules that these name. */
export class ValueNames {
  readonly #program: ValueProgram;

  constructor(program: ValueProgram) {
    this.#program = program;
  }

  /** What a name holds where it stands; `at` its place in the text, -1 for the end. */
  lookUp(file: IndexedFile, scope: number, name: string, at: number): readonly CallValue[] {
    const { scopes, classes } = file.facts;
    const table = this.#program.tables.get(file);
    for (let lexical = scope; lexical >= 0; lexical = scopes[lexical]!.parent) {
      const own = scopes[lexical]!;
      if (own.className !== null && lexical !== scope) continue;
      const found = own.names.get(name);
      const isAssigned = table?.has(lexical, name) === true;
      if (found === undefined && !isAssigned) continue;
      if (own.className !== null)
        return this.#program.store.read(this.#program.field(file, own.className, name));
      const replaced = lexical === scope && at >= 0 ? (table?.reaching(lexical, name, at) ?? null) : null;
      if (replaced !== null) return replaced.flatMap(({ key }) => this.#program.store.read(key));
      const values = this.#program.store.read(this.#program.variable(file, lexical, name));
      if (found === undefined || found < 0) return values;
      // `const f = wrap(function () {})` names the function inside, but holds what wraps it.
      const isWrapped =
        values.length > 0 &&
        table!.holds(lexical, name, scopes[this.#program.scopeOfFunction(file, found)]!.node);
      return isWrapped ? values : [...this.named(file.offset + found, null), ...values];
    }
    if (classes.has(name)) return [this.#program.store.classOf(file, name)];
    const { sharesFolderScope, hasGlobalClasses } = file.definition;
    if (sharesFolderScope || hasGlobalClasses) {
      const target = classTarget(this.#program.index, file, name);
      if (target !== null) return [this.#program.store.classOf(target.file, target.name)];
    }
    return this.imported(file, name, 0);
  }

  /** What a name of an import holds. */
  imported(file: IndexedFile, local: string, depth: number): readonly CallValue[] {
    if (depth > EXPORT_DEPTH) return [];
    const link = this.#program.index.importOf(file, local);
    if (link === undefined) {
      for (const module of this.#program.index.openImports(file)) {
        for (const other of this.#program.index.modules(file, module)) {
          const values = other === file ? [] : this.#exported(other, local, depth + 1);
          if (values.length > 0) return values;
        }
      }
      return [];
    }
    return this.#fromModule(file, link.module, link.imported, depth + 1);
  }

  #fromModule(file: IndexedFile, module: string, imported: string, depth: number): readonly CallValue[] {
    for (const other of this.#program.index.modules(file, module)) {
      if (imported === '*') return [this.#program.store.module(other)];
      const isWhole = imported === '=' || imported === 'default';
      const values = this.#exported(other, isWhole ? 'default' : imported, depth);
      if (values.length > 0) return values;
      if (isWhole) return [this.#program.store.module(other)];
    }
    const submodule = file.definition.submodule(module, imported);
    const [target] = submodule === null ? [] : this.#program.index.modules(file, submodule);
    return target === undefined ? [] : [this.#program.store.module(target)];
  }

  #exported(file: IndexedFile, name: string, depth: number): readonly CallValue[] {
    if (depth > EXPORT_DEPTH) return [];
    const { links, scopes, classes } = file.facts;
    const top = (local: string): readonly CallValue[] => {
      if (local.startsWith('\0')) return this.named(file.offset + Number(local.slice(1)), null);
      const values = scopes[0]!.names.has(local) || classes.has(local) ? this.lookUp(file, 0, local, -1) : [];
      return values.length > 0 ? values : this.imported(file, local, depth + 1);
    };
    if (file.definition.exportsEverything) {
      const values = top(name);
      if (values.length > 0) return values;
    }
    for (const link of links.toReversed()) {
      if (link.kind === 'import' || link.exported !== name) continue;
      const values =
        link.kind === 'export'
          ? top(link.local)
          : this.#fromModule(file, link.module, link.imported, depth + 1);
      if (values.length > 0) return values;
    }
    for (const link of links) {
      if (link.kind !== 'reexport' || link.exported !== '*' || name === 'default') continue;
      const values = this.#fromModule(file, link.module, name, depth + 1);
      if (values.length > 0) return values;
    }
    const assigned = this.#program.store.read(this.#program.variable(file, 0, name));
    if (assigned.length > 0) return assigned;
    const target = this.#program.index.exported(file, name);
    return target === null ? [] : this.#ofTarget(target);
  }

  #ofTarget(target: Target): readonly CallValue[] {
    if (target.kind === 'function') return this.named(target.number, null);
    return [
      target.kind === 'class'
        ? this.#program.store.classOf(target.file, target.name)
        : this.#program.store.module(target.file),
    ];
  }

  /** A named function as its name gives it: what its decorators made of it. */
  named(number: number, self: CallValue | null): readonly CallValue[] {
    const file = this.#program.index.fileOf[number]!;
    const scope = this.#program.scopeOfFunction(file, number - file.offset);
    if (scope < 0) return [];
    const key = scopeKey(file, scope);
    if (this.#program.decorated.has(key)) {
      const values = this.#program.store.read(this.#program.decoratedOf(file, scope));
      return self === null ? values : values.map((value) => this.bound(value, self));
    }
    return [this.#program.store.function(file, scope, number, self)];
  }

  bound(value: CallValue, self: CallValue): CallValue {
    return value.kind === 'function' && value.self === null && value.lambda === null
      ? this.#program.store.function(value.file, value.scope, value.number, self)
      : value;
  }

  memberOfModule(file: IndexedFile, name: string): readonly CallValue[] {
    const values = this.#exported(file, name, 0);
    if (values.length > 0) return values;
    const submodule = file.definition.submodule('.', name);
    const [target] = submodule === null ? [] : this.#program.index.modules(file, submodule);
    return target === undefined ? [] : [this.#program.store.module(target)];
  }
}
