import type { FlowArgument, ValueExpression } from '../syntax/index.js';
import type {
  CallValue,
  ClassValue,
  CollectionValue,
  FunctionValue,
  Holder,
  LambdaFlow,
  Task,
  ValueStore,
} from './call-values.js';
import { chooseOverload } from './choose-overload.js';
import { classOrder } from './class-order.js';
import { type ClassTarget, classTarget } from './class-target.js';
import type { FoundCall, FoundFlow } from './extract-file.js';
import type { IndexedFile, RepositoryIndex, Target } from './repository-index.js';
import { AssignmentTable, fixedPath } from './value-scopes.js';

/** A call as it is evaluated: what is called, with what. */
export interface ValueCall {
  readonly file: IndexedFile;
  readonly scope: number;
  readonly caller: number;
  readonly node: number;
  readonly callee: ValueExpression;
  /** The name that is called, for functions of the language itself. */
  readonly name: string;
  readonly arity: number;
  readonly args: readonly FlowArgument[];
  readonly isConstruction: boolean;
  /** What it was last seen to call. */
  callees: readonly CallValue[];
}

const CONSTRUCTORS: ReadonlySet<string> = new Set(['__init__', 'constructor', '__construct', 'initialize']);
const EXPORT_DEPTH = 8;
const EXPRESSION_DEPTH = 32;

const isStatic = (signature: string): boolean => /(^|\s)(@staticmethod|static)\b/.test(signature);
const isOfClass = (signature: string): boolean => /@classmethod\b/.test(signature);

/**
 * Follows functions, classes and objects through variables, fields, parameters and results, until nothing new
 * arrives: a points-to analysis with one object per class and literal, without contexts, where an assignment
 * replaces earlier ones of its own block.
 *
 * @see https://arxiv.org/abs/2103.00587 PyCG, whose rules for Python these follow
 */
export class ValueSolver {
  readonly #tables = new Map<IndexedFile, AssignmentTable>();
  readonly #calls = new Map<IndexedFile, Map<number, ValueCall>>();
  readonly #scopeOfNode = new Map<IndexedFile, Map<number, number>>();
  readonly #lambdas = new Map<IndexedFile, Map<number, FoundFlow>>();
  /** Scopes of decorated functions. */
  readonly #decorated = new Set<string>();
  /** Parameters' defaults by scope, as holders of their values. */
  readonly #defaults = new Map<string, { readonly name: string; readonly key: Holder }[]>();
  /** Parameters that a function gives back as they are: no need to mix the arguments of its calls. */
  readonly #passed = new Map<string, string[]>();

  /** Classes that some call makes an object of. */
  readonly constructed = new Set<CallValue>();

  constructor(
    readonly index: RepositoryIndex,
    readonly store: ValueStore,
  ) {}

  /** Enters a file: its calls and assignments become tasks. */
  enter(file: IndexedFile): Task[] {
    const { facts } = file;
    const table = new AssignmentTable(file);
    const calls = new Map<number, ValueCall>();
    const scopes = new Map(facts.scopes.map(({ node }, scope) => [node, scope]));
    const lambdas = new Map<number, FoundFlow>();
    this.#tables.set(file, table);
    this.#calls.set(file, calls);
    this.#scopeOfNode.set(file, scopes);
    this.#lambdas.set(file, lambdas);
    for (const call of facts.calls) calls.set(call.node, callOf(file, call));
    const tasks: Task[] = [];
    const task = (run: () => void) => tasks.push({ run, isQueued: false });
    const returns: FoundFlow[] = [];
    for (const found of facts.flows) {
      const { flow, scope, caller } = found;
      switch (flow.kind) {
        case 'call': {
          const known = calls.get(flow.node);
          const callee = flow.callee ?? known?.callee;
          if (callee === undefined) break;
          const { name = '' } = known ?? {};
          const { node, args, arity } = flow;
          calls.set(node, {
            file,
            scope,
            caller,
            node,
            callee,
            name,
            arity,
            args,
            isConstruction: known?.isConstruction ?? flow.isConstruction,
            callees: [],
          });
          break;
        }
        case 'lambda':
          lambdas.set(flow.node, found);
          break;
        case 'assign': {
          const path = fixedPath(flow.target);
          const key = this.store.holder(found, '');
          if (path !== null && flow.place !== null) table.add(scope, path, { place: flow.place, key });
          const own = facts.scopes[scope]!;
          if (flow.place === null && path !== null && own.parameters.includes(path)) {
            const id = `${file.path}\n${scope}`;
            const list = this.#defaults.get(id) ?? [];
            this.#defaults.set(id, list);
            list.push({ name: path, key });
            task(() => this.store.add(key, this.evaluate(file, scope, flow.value)));
          } else task(() => this.#assign(file, scope, flow.target, flow.value, key));
          break;
        }
        case 'return':
          returns.push(found);
          break;
        case 'decorate': {
          const own = scopes.get(flow.node);
          if (own === undefined) break;
          const [first] = flow.decorators;
          if (first === undefined || !this.#isOurs(file, scope, first)) break;
          const key = `${file.path}\n${own}`;
          this.#decorated.add(key);
          task(() => this.#decorate(file, scope, own, flow.decorators));
          break;
        }
      }
    }
    for (const { flow, scope } of returns) {
      if (flow.kind !== 'return') continue;
      const { value, isElement } = flow;
      const own = facts.scopes[scope]!;
      if (
        !isElement &&
        value.kind === 'name' &&
        own.parameters.includes(value.name) &&
        !table.has(scope, value.name)
      ) {
        const id = `${file.path}\n${scope}`;
        this.#passed.set(id, [...(this.#passed.get(id) ?? []), value.name]);
      } else task(() => this.#return(file, scope, value, isElement));
    }
    for (const call of calls.values()) task(() => void this.call(call));
    return tasks;
  }

  callsOf(file: IndexedFile): Iterable<ValueCall> {
    return this.#calls.get(file)!.values();
  }

  /** True where the name that an expression starts with may be of this repository. */
  #isOurs(file: IndexedFile, scope: number, value: ValueExpression): boolean {
    let at = value;
    for (let depth = 0; depth < EXPRESSION_DEPTH; depth++) {
      if (at.kind === 'member' || at.kind === 'item') at = at.object;
      else if (at.kind === 'call') {
        const call = this.#calls.get(file)!.get(at.node);
        const flow = file.facts.flows.find(
          ({ flow }) => flow.kind === 'call' && flow.node === (at as { node: number }).node,
        );
        const callee = call?.callee ?? (flow?.flow.kind === 'call' ? flow.flow.callee : null);
        if (callee === null || callee === undefined) return false;
        at = callee;
      } else break;
    }
    if (at.kind !== 'name') return at.kind === 'function';
    const { name } = at;
    for (let lexical = scope; lexical >= 0; lexical = file.facts.scopes[lexical]!.parent)
      if (file.facts.scopes[lexical]!.names.has(name)) return true;
    const link = this.index.importOf(file, name);
    return (
      file.facts.classes.has(name) || (link !== undefined && this.index.modules(file, link.module).length > 0)
    );
  }

  #variable(file: IndexedFile, scope: number, name: string): Holder {
    return this.store.holder(file.facts.scopes[scope]!, name);
  }

  #field(file: IndexedFile, className: string, name: string): Holder {
    return this.store.holder(file.facts.classes.get(className) ?? file, name);
  }

  #result(file: IndexedFile, scope: number, lambda: LambdaFlow | null): Holder {
    return this.store.holder(lambda ?? file.facts.scopes[scope]!, '\0result');
  }

  #decoratedOf(file: IndexedFile, scope: number): Holder {
    return this.store.holder(file.facts.scopes[scope]!, '\0decorated');
  }

  // Writing ------------------------------------------------------------------------------------------------------

  #assign(
    file: IndexedFile,
    scope: number,
    target: ValueExpression,
    value: ValueExpression,
    key: Holder,
  ): void {
    const values = this.evaluate(file, scope, value);
    if (values.length === 0) return;
    this.store.add(key, values);
    this.#write(file, scope, target, values);
  }

  #write(file: IndexedFile, scope: number, target: ValueExpression, values: readonly CallValue[]): void {
    switch (target.kind) {
      case 'name': {
        const own = file.facts.scopes[scope]!;
        const key =
          own.className === null
            ? this.#variable(file, scope, target.name)
            : this.#field(file, own.className, target.name);
        this.store.add(key, values);
        break;
      }
      case 'member':
        for (const object of this.evaluate(file, scope, target.object)) {
          if (object.kind === 'collection') this.#put(object, `'${target.name}`, values);
          else this.store.add(this.#property(object, target.name), values);
        }
        break;
      case 'item':
        for (const object of this.evaluate(file, scope, target.object)) {
          if (object.kind === 'collection') this.#put(object, target.key, values);
          else if (target.key?.startsWith("'"))
            this.store.add(this.#property(object, target.key.slice(1)), values);
        }
    }
  }

  #put(object: CollectionValue, key: string | null, values: readonly CallValue[]): void {
    this.store.add(this.store.holder(object, '*'), values);
    this.store.add(this.store.holder(object, key ?? '?'), values);
  }

  #property(object: CallValue, name: string): Holder {
    switch (object.kind) {
      case 'class':
      case 'instance':
        return this.#field(object.file, object.name, name);
      case 'module':
        return this.#variable(object.file, 0, name);
      default:
        return this.store.holder(object, name);
    }
  }

  #return(file: IndexedFile, scope: number, value: ValueExpression, isElement: boolean): void {
    const values = this.evaluate(file, scope, value);
    if (values.length === 0) return;
    if (!isElement) {
      this.store.add(this.#result(file, scope, null), values);
      return;
    }
    const list = this.store.collection(file.facts.scopes[scope]!, 'yield');
    this.#put(list, null, values);
    this.store.add(this.#result(file, scope, null), [list]);
  }

  #decorate(file: IndexedFile, scope: number, own: number, decorators: readonly ValueExpression[]): void {
    const raw = this.store.function(file, own, this.#numberOf(file, own), null);
    let values: readonly CallValue[] = [raw];
    for (const decorator of decorators) {
      const results = this.evaluate(file, scope, decorator).flatMap((value) =>
        this.#apply(value, [values], [], -1),
      );
      values = [...new Set(results)];
    }
    this.store.add(this.#decoratedOf(file, own), values);
  }

  /** What is known too little to decide: decorators without a result, methods that no one calls. */
  assumeDefaults(files: readonly IndexedFile[]): void {
    for (const file of files) {
      file.facts.scopes.forEach((own, scope) => {
        if (own.functionNumber < 0) return;
        const key = `${file.path}\n${scope}`;
        if (this.#decorated.has(key) && this.#decoratedOf(file, scope).values.length === 0)
          this.store.add(this.#decoratedOf(file, scope), [
            this.store.function(file, scope, file.offset + own.functionNumber, null),
          ]);
        for (const { name, key: given } of this.#defaults.get(key) ?? []) {
          const holder = this.#variable(file, scope, name);
          if (holder.values.length === 0) this.store.add(holder, given.values);
        }
        const { className, head, signature } = file.facts.functions[own.functionNumber]!;
        if (className === null || head.isLexical || !file.facts.classes.has(className) || isStatic(signature))
          return;
        const receiver = this.#variable(file, scope, '\0this');
        if (receiver.values.length > 0) return;
        const self = isOfClass(signature)
          ? this.store.classOf(file, className)
          : this.store.instance(file, className);
        this.#giveReceiver(file, scope, own.parameters, self);
      });
    }
  }

  #giveReceiver(file: IndexedFile, scope: number, parameters: readonly string[], self: CallValue): void {
    this.store.add(this.#variable(file, scope, '\0this'), [self]);
    const [first] = parameters;
    if (file.definition.namesReceiver && first !== undefined)
      this.store.add(this.#variable(file, scope, first), [self]);
  }

  #numberOf(file: IndexedFile, scope: number): number {
    const { functionNumber } = file.facts.scopes[scope]!;
    return functionNumber < 0 ? -1 : file.offset + functionNumber;
  }

  // Reading ------------------------------------------------------------------------------------------------------

  evaluate(file: IndexedFile, scope: number, value: ValueExpression, depth = 0): readonly CallValue[] {
    if (depth > EXPRESSION_DEPTH) return [];
    const inner = (other: ValueExpression) => this.evaluate(file, scope, other, depth + 1);
    switch (value.kind) {
      case 'name':
        return this.#lookUp(file, scope, value.name, value.at);
      case 'member':
      case 'item': {
        const path = fixedPath(value);
        const table = this.#tables.get(file)!;
        const replaced = path === null ? null : table.reaching(scope, path, value.at);
        if (replaced !== null) return replaced.flatMap(({ key }) => this.store.read(key));
        const link = path === null ? undefined : this.index.importOf(file, path);
        if (link !== undefined) return this.#imported(file, path!, 0);
        const objects = inner(value.object);
        return value.kind === 'member'
          ? objects.flatMap((object) => this.member(object, value.name, -1))
          : objects.flatMap((object) => this.#item(object, value.key));
      }
      case 'call': {
        const call = this.#calls.get(file)!.get(value.node);
        return call === undefined ? [] : this.store.read(this.store.holder(call, 'result'));
      }
      case 'function': {
        const own = this.#scopeOfNode.get(file)!.get(value.node);
        if (own !== undefined) return [this.store.function(file, own, this.#numberOf(file, own), null)];
        const found = this.#lambdas.get(file)!.get(value.node);
        return found?.flow.kind === 'lambda' ? [this.store.lambda(file, found.scope, found.flow)] : [];
      }
      case 'collection': {
        const made = this.store.collection(value);
        for (const [key, entry] of value.entries) {
          const values = inner(entry);
          if (values.length > 0) this.#put(made, key, values);
        }
        return [made];
      }
      case 'either':
        return value.of.flatMap(inner);
      case 'cast': {
        const values = value.of === null ? [] : inner(value.of);
        const target = classTarget(this.index, file, value.type);
        return target === null ? values : values.filter((other) => this.#isA(other, target));
      }
      case 'element':
        return inner(value.of).flatMap((object) => this.#elements(object));
      case 'receiver': {
        const around = this.#methodAround(file, scope);
        if (around === null) return [];
        const selves = this.store.read(this.#variable(file, around.scope, '\0this'));
        return value.isSuper ? selves.map((self) => this.#superOf(file, around.className, self)) : selves;
      }
    }
  }

  #isA(value: CallValue, target: ClassTarget): boolean {
    if (value.kind !== 'instance') return false;
    return classOrder(this.index, value.file, value.name).some(
      (other) => other.file === target.file && other.name === target.name,
    );
  }

  #methodAround(file: IndexedFile, scope: number): { scope: number; className: string } | null {
    for (let at = scope; at >= 0; at = file.facts.scopes[at]!.parent) {
      const { functionNumber } = file.facts.scopes[at]!;
      if (functionNumber < 0) continue;
      const { className, head } = file.facts.functions[functionNumber]!;
      if (className !== null && !head.isLexical) return { scope: at, className };
    }
    return null;
  }

  /** `super()` as an object whose members are those after the class in the order of the receiver's class. */
  #superOf(file: IndexedFile, className: string, self: CallValue): CallValue {
    const view = this.store.collection(file.facts.classes.get(className) ?? file, self);
    this.#supers.set(view, { file, className, self });
    return view;
  }
  readonly #supers = new Map<CallValue, { file: IndexedFile; className: string; self: CallValue }>();

  #lookUp(file: IndexedFile, scope: number, name: string, at: number): readonly CallValue[] {
    const { scopes, classes } = file.facts;
    const table = this.#tables.get(file);
    for (let lexical = scope; lexical >= 0; lexical = scopes[lexical]!.parent) {
      const own = scopes[lexical]!;
      if (own.className !== null && lexical !== scope) continue;
      const found = own.names.get(name);
      const isAssigned = table?.has(lexical, name) === true;
      if (found === undefined && !isAssigned) continue;
      if (own.className !== null) return this.store.read(this.#field(file, own.className, name));
      const replaced = lexical === scope && at >= 0 ? (table?.reaching(lexical, name, at) ?? null) : null;
      if (replaced !== null) return replaced.flatMap(({ key }) => this.store.read(key));
      const values = this.store.read(this.#variable(file, lexical, name));
      if (found === undefined || found < 0) return values;
      // `const f = wrap(function () {})` names the function inside, but holds what wraps it.
      const isWrapped =
        values.length > 0 && table!.holds(lexical, name, scopes[this.#scopeOfFunction(file, found)]!.node);
      return isWrapped ? values : [...this.named(file.offset + found, null), ...values];
    }
    if (classes.has(name)) return [this.store.classOf(file, name)];
    const { sharesFolderScope, hasGlobalClasses } = file.definition;
    if (sharesFolderScope || hasGlobalClasses) {
      const target = classTarget(this.index, file, name);
      if (target !== null) return [this.store.classOf(target.file, target.name)];
    }
    return this.#imported(file, name, 0);
  }

  #imported(file: IndexedFile, local: string, depth: number): readonly CallValue[] {
    if (depth > EXPORT_DEPTH) return [];
    const link = this.index.importOf(file, local);
    if (link === undefined) {
      for (const module of this.index.openImports(file)) {
        for (const other of this.index.modules(file, module)) {
          const values = other === file ? [] : this.#exported(other, local, depth + 1);
          if (values.length > 0) return values;
        }
      }
      return [];
    }
    return this.#fromModule(file, link.module, link.imported, depth + 1);
  }

  #fromModule(file: IndexedFile, module: string, imported: string, depth: number): readonly CallValue[] {
    for (const other of this.index.modules(file, module)) {
      if (imported === '*') return [this.store.module(other)];
      const isWhole = imported === '=' || imported === 'default';
      const values = this.#exported(other, isWhole ? 'default' : imported, depth);
      if (values.length > 0) return values;
      if (isWhole) return [this.store.module(other)];
    }
    const submodule = file.definition.submodule(module, imported);
    const [target] = submodule === null ? [] : this.index.modules(file, submodule);
    return target === undefined ? [] : [this.store.module(target)];
  }

  #exported(file: IndexedFile, name: string, depth: number): readonly CallValue[] {
    if (depth > EXPORT_DEPTH) return [];
    const { links, scopes, classes } = file.facts;
    const top = (local: string): readonly CallValue[] => {
      if (local.startsWith('\0')) return this.named(file.offset + Number(local.slice(1)), null);
      const values =
        scopes[0]!.names.has(local) || classes.has(local) ? this.#lookUp(file, 0, local, -1) : [];
      return values.length > 0 ? values : this.#imported(file, local, depth + 1);
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
    const assigned = this.store.read(this.#variable(file, 0, name));
    if (assigned.length > 0) return assigned;
    const target = this.index.exported(file, name);
    return target === null ? [] : this.#ofTarget(target);
  }

  #ofTarget(target: Target): readonly CallValue[] {
    if (target.kind === 'function') return this.named(target.number, null);
    return [
      target.kind === 'class' ? this.store.classOf(target.file, target.name) : this.store.module(target.file),
    ];
  }

  /** A named function as its name gives it: what its decorators made of it. */
  named(number: number, self: CallValue | null): readonly CallValue[] {
    const file = this.index.fileOf[number]!;
    const scope = this.#scopeOfFunction(file, number - file.offset);
    if (scope < 0) return [];
    const key = `${file.path}\n${scope}`;
    if (this.#decorated.has(key)) {
      const values = this.store.read(this.#decoratedOf(file, scope));
      return self === null ? values : values.map((value) => this.#bound(value, self));
    }
    return [this.store.function(file, scope, number, self)];
  }

  readonly #functionScopes = new Map<IndexedFile, Map<number, number>>();

  #scopeOfFunction(file: IndexedFile, local: number): number {
    let scopes = this.#functionScopes.get(file);
    if (scopes === undefined) {
      scopes = new Map(file.facts.scopes.map(({ functionNumber }, scope) => [functionNumber, scope]));
      this.#functionScopes.set(file, scopes);
    }
    return scopes.get(local) ?? -1;
  }

  #bound(value: CallValue, self: CallValue): CallValue {
    return value.kind === 'function' && value.self === null && value.lambda === null
      ? this.store.function(value.file, value.scope, value.number, self)
      : value;
  }

  /** What `object.name` may be. */
  member(object: CallValue, name: string, arity: number): readonly CallValue[] {
    switch (object.kind) {
      case 'module':
        return this.#memberOfModule(object.file, name);
      case 'class':
      case 'instance':
        return this.#memberOfClass(object, object, name, arity, 0);
      case 'function':
        return this.store.read(this.#property(object, name));
      case 'collection': {
        const view = this.#supers.get(object);
        if (view === undefined) return this.#item(object, `'${name}`);
        const { self, file, className } = view;
        if (self.kind !== 'class' && self.kind !== 'instance') return [];
        const order = classOrder(this.index, self.file, self.name);
        const at = order.findIndex((target) => target.file === file && target.name === className);
        return this.#memberOfClass(self, self, name, arity, at + 1);
      }
    }
  }

  #memberOfModule(file: IndexedFile, name: string): readonly CallValue[] {
    const values = this.#exported(file, name, 0);
    if (values.length > 0) return values;
    const submodule = file.definition.submodule('.', name);
    const [target] = submodule === null ? [] : this.index.modules(file, submodule);
    return target === undefined ? [] : [this.store.module(target)];
  }

  #memberOfClass(
    object: ClassValue,
    self: ClassValue,
    name: string,
    arity: number,
    from: number,
  ): readonly CallValue[] {
    const values: CallValue[] = [];
    const order = classOrder(this.index, object.file, object.name);
    for (let at = from; at < order.length; at++) {
      const { file, name: className } = order[at]!;
      for (const value of this.store.read(this.#field(file, className, name))) {
        const isOwn = value.kind === 'function' && self.kind === 'instance' && this.#isDeclaredIn(value);
        values.push(isOwn ? this.#bound(value, self) : value);
      }
      const number = chooseOverload(this.index, this.index.members(file, className, name), arity);
      if (number !== null) {
        const { head, signature } = this.index.functions[number]!;
        const takesClass = isOfClass(signature);
        const receiver = takesClass
          ? this.store.classOf(self.file, self.name)
          : self.kind === 'class'
            ? null
            : self;
        const found = this.named(
          number,
          isStatic(signature) ? (self.kind === 'class' ? self : null) : receiver,
        );
        // Reading a property runs it.
        if (head.kind === 'accessor') {
          for (const value of found) {
            if (value.kind === 'function')
              values.push(...this.store.read(this.#result(value.file, value.scope, value.lambda)));
          }
        } else values.push(...found);
        return values;
      }
      if (values.length > 0) return values;
      // A class inside a class.
      if (
        file.facts.classes.has(name) &&
        file.facts.scopes.some((scope) =>
          this.#isClassIn(file, scope.parent, scope.className, className, name),
        )
      )
        return [this.store.classOf(file, name)];
    }
    return values;
  }

  #isClassIn(
    file: IndexedFile,
    parent: number,
    found: string | null,
    className: string,
    name: string,
  ): boolean {
    return found === name && parent >= 0 && file.facts.scopes[parent]!.className === className;
  }

  /** A function defined outside of any class and put into one is a method there where the language has it so. */
  #isDeclaredIn(value: FunctionValue): boolean {
    return value.file.definition.namesReceiver === false;
  }

  #item(object: CallValue, key: string | null): readonly CallValue[] {
    if (object.kind !== 'collection')
      return key?.startsWith("'") ? this.member(object, key.slice(1), -1) : [];
    if (key === null) return this.store.read(this.store.holder(object, '*'));
    return [
      ...this.store.read(this.store.holder(object, key)),
      ...this.store.read(this.store.holder(object, '?')),
    ];
  }

  #elements(object: CallValue): readonly CallValue[] {
    if (object.kind === 'collection') return this.store.read(this.store.holder(object, '*'));
    return this.iterators(object).flatMap((value) =>
      this.member(value, '__next__', 0).flatMap((next) => this.#resultOf(next)),
    );
  }

  /** What `iter(object)` gives. */
  iterators(object: CallValue): readonly CallValue[] {
    if (object.kind !== 'instance') return [];
    return this.member(object, '__iter__', 0).flatMap((value) => this.#apply(value, [], [], 0));
  }

  #resultOf(value: CallValue): readonly CallValue[] {
    return this.#apply(value, [], [], 0);
  }

  // Calling ------------------------------------------------------------------------------------------------------

  /** What a call may call. */
  calleesOf(call: ValueCall): readonly CallValue[] {
    const { file, scope, callee, arity } = call;
    if (callee.kind === 'name' && file.definition.hasImplicitReceiver && !call.isConstruction) {
      const known = this.evaluate(file, scope, { kind: 'receiver', isSuper: false });
      const around = this.#methodAround(file, scope);
      const selves =
        known.length > 0 || around === null ? known : [this.store.classOf(file, around.className)];
      return selves.flatMap((self) => this.member(self, callee.name, arity));
    }
    if (callee.kind !== 'member') return this.evaluate(file, scope, callee);
    const path = fixedPath(callee);
    const isKnown =
      path !== null &&
      (this.#tables.get(file)!.has(scope, path) || this.index.importOf(file, path) !== undefined);
    if (isKnown) return this.evaluate(file, scope, callee);
    return this.evaluate(file, scope, callee.object).flatMap((object) =>
      this.member(object, callee.name, arity),
    );
  }

  call(call: ValueCall): void {
    const { file, scope } = call;
    const positional: (readonly CallValue[])[] = [];
    const keywords: [string, readonly CallValue[]][] = [];
    for (const { position, keyword, value } of call.args) {
      const values = this.evaluate(file, scope, value);
      if (keyword !== null) keywords.push([keyword, values]);
      else if (position >= 0) positional[position] = values;
    }
    const key = this.store.holder(call, 'result');
    call.callees = this.calleesOf(call);
    for (const value of call.callees)
      this.store.add(key, this.#apply(value, positional, keywords, call.arity));
  }

  #apply(
    value: CallValue,
    positional: readonly (readonly CallValue[] | undefined)[],
    keywords: readonly (readonly [string, readonly CallValue[]])[],
    arity: number,
  ): readonly CallValue[] {
    switch (value.kind) {
      case 'class': {
        const made = this.store.instance(value.file, value.name);
        this.constructed.add(made);
        for (const initializer of this.constructorsOf(value, arity))
          this.#enterCall(initializer, made, positional, keywords, arity);
        return [made];
      }
      case 'instance':
        return this.member(value, '__call__', arity).flatMap((method) =>
          this.#apply(method, positional, keywords, arity),
        );
      case 'function': {
        this.#enterCall(value, value.self, positional, keywords, arity);
        const found = value.number < 0 ? null : this.index.functions[value.number]!;
        // `cls.__init__` stands for `cls()`.
        if (found !== null && CONSTRUCTORS.has(found.name) && value.self !== null)
          return value.self.kind === 'class'
            ? [this.store.instance(value.self.file, value.self.name)]
            : [value.self];
        const results = this.store.read(this.#result(value.file, value.scope, value.lambda));
        const passed =
          value.lambda === null ? this.#passed.get(`${value.file.path}\n${value.scope}`) : undefined;
        if (passed === undefined) return results;
        return [...results, ...passed.flatMap((name) => this.#argument(value, name, positional, keywords))];
      }
      default:
        return [];
    }
  }

  constructorsOf({ file, name }: ClassValue, arity: number): readonly FunctionValue[] {
    for (const target of classOrder(this.index, file, name)) {
      for (const memberName of [...CONSTRUCTORS, target.name]) {
        const number = chooseOverload(
          this.index,
          this.index.members(target.file, target.name, memberName),
          arity,
        );
        if (number === null) continue;
        const scope = this.#scopeOfFunction(
          this.index.fileOf[number]!,
          number - this.index.fileOf[number]!.offset,
        );
        return [this.store.function(this.index.fileOf[number]!, scope, number, null) as FunctionValue];
      }
    }
    return [];
  }

  /** What a call passes for a parameter: the argument, or whatever any call passed. */
  #argument(
    { file, scope, self }: FunctionValue,
    name: string,
    positional: readonly (readonly CallValue[] | undefined)[],
    keywords: readonly (readonly [string, readonly CallValue[]])[],
  ): readonly CallValue[] {
    const offset = self !== null && file.definition.namesReceiver ? 1 : 0;
    const at = file.facts.scopes[scope]!.parameters.indexOf(name) - offset;
    if (at < 0) return self === null ? [] : [self];
    const given = keywords.find(([keyword]) => keyword === name)?.[1] ?? positional[at];
    return given ?? this.store.read(this.#variable(file, scope, name));
  }

  #enterCall(
    value: FunctionValue,
    self: CallValue | null,
    positional: readonly (readonly CallValue[] | undefined)[],
    keywords: readonly (readonly [string, readonly CallValue[]])[],
    arity: number,
  ): void {
    const { file, scope, lambda } = value;
    const flow = lambda;
    const { parameters } = flow?.kind === 'lambda' ? flow : file.facts.scopes[scope]!;
    const isBound = self !== null && lambda === null;
    if (isBound) this.#giveReceiver(file, scope, parameters, self);
    const offset = isBound && file.definition.namesReceiver ? 1 : 0;
    positional.forEach((values, at) => {
      const name = parameters[at + offset];
      if (values !== undefined && name !== undefined)
        this.store.add(this.#variable(file, scope, name), values);
    });
    for (const [name, values] of keywords)
      if (parameters.includes(name)) this.store.add(this.#variable(file, scope, name), values);
    const defaults = lambda === null ? (this.#defaults.get(`${file.path}\n${scope}`) ?? []) : [];
    for (const { name, key } of defaults) {
      const at = parameters.indexOf(name) - offset;
      const isGiven =
        at < Math.max(arity, positional.length) || keywords.some(([keyword]) => keyword === name);
      if (
        !isGiven ||
        (keywords.length > 0 &&
          !keywords.some(([keyword]) => keyword === name) &&
          positional[at] === undefined)
      )
        this.store.add(this.#variable(file, scope, name), this.store.read(key));
    }
    if (flow?.kind === 'lambda' && flow.value !== null)
      this.store.add(this.#result(file, scope, lambda), this.evaluate(file, scope, flow.value));
  }
}

/** A call site as an expression. */
const callOf = (file: IndexedFile, { caller, scope, node, site }: FoundCall): ValueCall => {
  const { name, arity, receiver } = site;
  let callee: ValueExpression = { kind: 'name', name, at: node };
  if (receiver !== null) {
    const [first, ...rest] = receiver.split('.');
    let object: ValueExpression =
      first === 'this' || first === 'super'
        ? { kind: 'receiver', isSuper: first === 'super' }
        : { kind: 'name', name: first!, at: node };
    for (const part of rest) object = { kind: 'member', object, name: part, at: node };
    callee = { kind: 'member', object, name, at: node };
  }
  return {
    file,
    scope,
    caller,
    node,
    callee,
    name,
    arity,
    args: [],
    isConstruction: site.isConstruction,
    callees: [],
  };
};
