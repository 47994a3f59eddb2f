import type { ValueExpression } from '../syntax/index.js';
import type { CallValue, ClassValue, FunctionValue, Task, ValueStore } from './call-values.js';
import type { IndexedFile, RepositoryIndex } from './calls/repository-index.js';
import type { FoundCall, FoundFlow } from './extraction/extract-file.js';
import { EXPRESSION_DEPTH, ValueExpressions } from './value-expressions.js';
import { ValueInvocations } from './value-invocations.js';
import { ValueMembers } from './value-members.js';
import { ValueNames } from './value-names.js';
import { scopeKey, type ValueCall, ValueProgram } from './value-program.js';
import { AssignmentTable, fixedPath } from './value-scopes.js';
import { ValueWrites } from './value-writes.js';

/**
 * Follows functions, classes and objects through variables, fields, parameters and results, until nothing new
 * arrives: a points-to analysis with one object per class and literal, without contexts, where an assignment
 * replaces earlier ones of its own block.
 *
 * @see https://arxiv.org/abs/2103.00587 PyCG, whose rules for Python these follow
 */
export class ValueSolver {
  readonly #program: ValueProgram;
  readonly #members: ValueMembers;
  readonly #expressions: ValueExpressions;
  readonly #calls: ValueInvocations;
  readonly #writes: ValueWrites;

  constructor(index: RepositoryIndex, store: ValueStore) {
    this.#program = new ValueProgram(index, store);
    const names = new ValueNames(this.#program);
    this.#members = new ValueMembers(this.#program, names);
    this.#expressions = new ValueExpressions(this.#program, names, this.#members, (object) =>
      this.#calls.elements(object),
    );
    this.#calls = new ValueInvocations(this.#program, this.#members, this.#expressions);
    this.#writes = new ValueWrites(this.#program, this.#expressions, this.#calls);
  }

  /** Classes that some call makes an object of. */
  get constructed(): ReadonlySet<CallValue> {
    return this.#program.constructed;
  }

  /** Enters a file: its calls and assignments become tasks. */
  enter(file: IndexedFile): Task[] {
    const { facts } = file;
    const calls = new Map<number, ValueCall>();
    this.#program.tables.set(file, new AssignmentTable(file));
    this.#program.calls.set(file, calls);
    this.#program.scopeOfNode.set(file, new Map(facts.scopes.map(({ node }, scope) => [node, scope])));
    this.#program.lambdas.set(file, new Map());
    for (const call of facts.calls) calls.set(call.node, callOf(file, call));
    const tasks: Task[] = [];
    const add = (run: (() => void) | null) => {
      if (run !== null) tasks.push({ run, isQueued: false });
    };
    for (const found of facts.flows) add(this.#enterFlow(file, found));
    // A result that is a parameter is told by the assignments to it, so these come first.
    for (const found of facts.flows) add(this.#enterReturn(file, found));
    for (const call of calls.values()) add(() => this.#calls.call(call));
    return tasks;
  }

  /** What to evaluate for a flow, if anything. */
  #enterFlow(file: IndexedFile, found: FoundFlow): (() => void) | null {
    const { flow, scope } = found;
    const program = this.#program;
    switch (flow.kind) {
      case 'call':
        this.#enterCall(file, found);
        return null;
      case 'lambda':
        program.lambdas.get(file)!.set(flow.node, found);
        return null;
      case 'assign': {
        const path = fixedPath(flow.target);
        const key = program.store.holder(found, '');
        if (path !== null && flow.place !== null) {
          program.tables.get(file)!.add(scope, path, { place: flow.place, key });
        }
        const { parameters } = file.facts.scopes[scope]!;
        const isDefault = flow.place === null && path !== null && parameters.includes(path);
        if (!isDefault) return () => this.#writes.assign(file, scope, flow.target, flow.value, key);
        const id = scopeKey(file, scope);
        program.defaults.set(id, [...(program.defaults.get(id) ?? []), { name: path, key }]);
        return () => program.store.add(key, this.#expressions.evaluate(file, scope, flow.value));
      }
      case 'decorate': {
        const own = program.scopeOfNode.get(file)!.get(flow.node);
        const [first] = flow.decorators;
        if (own === undefined || first === undefined || !this.#isOurs(file, scope, first)) return null;
        program.decorated.add(scopeKey(file, own));
        return () => this.#writes.decorate(file, scope, own, flow.decorators);
      }
      default:
        return null;
    }
  }

  /** A call that the syntax knows more of than its name. */
  #enterCall(file: IndexedFile, { flow, scope, caller }: FoundFlow): void {
    if (flow.kind !== 'call') return;
    const { node, args, arity } = flow;
    const calls = this.#program.calls.get(file)!;
    const known = calls.get(node);
    const callee = flow.callee ?? known?.callee;
    if (callee === undefined) return;
    const isConstruction = known?.isConstruction ?? flow.isConstruction;
    const { name = '' } = known ?? {};
    calls.set(node, { file, scope, caller, node, callee, name, arity, args, isConstruction, callees: [] });
  }

  #enterReturn(file: IndexedFile, { flow, scope }: FoundFlow): (() => void) | null {
    if (flow.kind !== 'return') return null;
    const { value, isElement } = flow;
    const isPassed =
      !isElement &&
      value.kind === 'name' &&
      file.facts.scopes[scope]!.parameters.includes(value.name) &&
      !this.#program.tables.get(file)!.has(scope, value.name);
    if (!isPassed) return () => this.#writes.result(file, scope, value, isElement);
    const { passed } = this.#program;
    const id = scopeKey(file, scope);
    passed.set(id, [...(passed.get(id) ?? []), value.name]);
    return null;
  }

  /** True where the name that an expression starts with may be of this repository. */
  #isOurs(file: IndexedFile, scope: number, value: ValueExpression): boolean {
    let at = value;
    for (let depth = 0; depth < EXPRESSION_DEPTH; depth++) {
      if (at.kind === 'member' || at.kind === 'item') at = at.object;
      else if (at.kind === 'call') {
        const call = this.#program.calls.get(file)!.get(at.node);
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
    const link = this.#program.index.importOf(file, name);
    return (
      file.facts.classes.has(name) ||
      (link !== undefined && this.#program.index.modules(file, link.module).length > 0)
    );
  }

  callsOf(file: IndexedFile): Iterable<ValueCall> {
    return this.#program.callsOf(file);
  }

  /** What is known too little to decide: decorators without a result, methods that no one calls. */
  assumeDefaults(files: readonly IndexedFile[]): void {
    this.#writes.assumeDefaults(files);
  }

  /** What an expression may give. */
  evaluate(file: IndexedFile, scope: number, value: ValueExpression): readonly CallValue[] {
    return this.#expressions.evaluate(file, scope, value);
  }

  /** What `object.name` may be. */
  member(object: CallValue, name: string, arity: number): readonly CallValue[] {
    return this.#members.member(object, name, arity);
  }

  /** What `iter(object)` gives. */
  iterators(object: CallValue): readonly CallValue[] {
    return this.#calls.iterators(object);
  }

  constructorsOf(value: ClassValue, arity: number): readonly FunctionValue[] {
    return this.#calls.constructorsOf(value, arity);
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
