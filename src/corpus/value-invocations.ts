import type { CallValue, ClassValue, FunctionValue } from './call-values.js';
import { chooseOverload } from './calls/choose-overload.js';
import { classOrder } from './calls/class-order.js';
import type { IndexedFile } from './calls/repository-index.js';
import type { ValueExpressions } from './value-expressions.js';
import type { ValueMembers } from './value-members.js';
import { scopeKey, type ValueCall, type ValueProgram } from './value-program.js';
import { fixedPath } from './value-scopes.js';

const CONSTRUCTORS: ReadonlySet<string> = new Set(['__init__', 'constructor', '__construct', 'initialize']);

/** What calls go to, what they pass into parameters, and what comes back. */
export class ValueInvocations {
  readonly #program: ValueProgram;
  readonly #members: ValueMembers;
  readonly #expressions: ValueExpressions;

  constructor(program: ValueProgram, members: ValueMembers, expressions: ValueExpressions) {
    this.#program = program;
    this.#members = members;
    this.#expressions = expressions;
  }

  giveReceiver(file: IndexedFile, scope: number, parameters: readonly string[], self: CallValue): void {
    this.#program.store.add(this.#program.variable(file, scope, '\0this'), [self]);
    const [first] = parameters;
    if (file.definition.namesReceiver && first !== undefined)
      this.#program.store.add(this.#program.variable(file, scope, first), [self]);
  }

  elements(object: CallValue): readonly CallValue[] {
    if (object.kind === 'collection')
      return this.#program.store.read(this.#program.store.holder(object, '*'));
    return this.iterators(object).flatMap((value) =>
      this.#members.member(value, '__next__', 0).flatMap((next) => this.#resultOf(next)),
    );
  }

  /** What `iter(object)` gives. */
  iterators(object: CallValue): readonly CallValue[] {
    if (object.kind !== 'instance') return [];
    return this.#members.member(object, '__iter__', 0).flatMap((value) => this.apply(value, [], [], 0));
  }

  #resultOf(value: CallValue): readonly CallValue[] {
    return this.apply(value, [], [], 0);
  }

  /** What a call may call. */
  calleesOf(call: ValueCall): readonly CallValue[] {
    const { file, scope, callee, arity } = call;
    if (callee.kind === 'name' && file.definition.hasImplicitReceiver && !call.isConstruction) {
      const known = this.#expressions.evaluate(file, scope, { kind: 'receiver', isSuper: false });
      const around = this.#program.methodAround(file, scope);
      const selves =
        known.length > 0 || around === null ? known : [this.#program.store.classOf(file, around.className)];
      return selves.flatMap((self) => this.#members.member(self, callee.name, arity));
    }
    if (callee.kind !== 'member') return this.#expressions.evaluate(file, scope, callee);
    const path = fixedPath(callee);
    const isKnown =
      path !== null &&
      (this.#program.tables.get(file)!.has(scope, path) ||
        this.#program.index.importOf(file, path) !== undefined);
    if (isKnown) return this.#expressions.evaluate(file, scope, callee);
    return this.#expressions
      .evaluate(file, scope, callee.object)
      .flatMap((object) => this.#members.member(object, callee.name, arity));
  }

  call(call: ValueCall): void {
    const { file, scope } = call;
    const positional: (readonly CallValue[])[] = [];
    const keywords: [string, readonly CallValue[]][] = [];
    for (const { position, keyword, value } of call.args) {
      const values = this.#expressions.evaluate(file, scope, value);
      if (keyword !== null) keywords.push([keyword, values]);
      else if (position >= 0) positional[position] = values;
    }
    const key = this.#program.store.holder(call, 'result');
    call.callees = this.calleesOf(call);
    for (const value of call.callees)
      this.#program.store.add(key, this.apply(value, positional, keywords, call.arity));
  }

  apply(
    value: CallValue,
    positional: readonly (readonly CallValue[] | undefined)[],
    keywords: readonly (readonly [string, readonly CallValue[]])[],
    arity: number,
  ): readonly CallValue[] {
    switch (value.kind) {
      case 'class': {
        const made = this.#program.store.instance(value.file, value.name);
        this.#program.constructed.add(made);
        for (const initializer of this.constructorsOf(value, arity))
          this.#enterCall(initializer, made, positional, keywords, arity);
        return [made];
      }
      case 'instance':
        return this.#members
          .member(value, '__call__', arity)
          .flatMap((method) => this.apply(method, positional, keywords, arity));
      case 'function': {
        this.#enterCall(value, value.self, positional, keywords, arity);
        const found = value.number < 0 ? null : this.#program.index.functions[value.number]!;
        // `cls.__init__` stands for `cls()`.
        if (found !== null && CONSTRUCTORS.has(found.name) && value.self !== null)
          return value.self.kind === 'class'
            ? [this.#program.store.instance(value.self.file, value.self.name)]
            : [value.self];
        const results = this.#program.store.read(this.#program.result(value.file, value.scope, value.lambda));
        const passed =
          value.lambda === null ? this.#program.passed.get(scopeKey(value.file, value.scope)) : undefined;
        if (passed === undefined) return results;
        return [...results, ...passed.flatMap((name) => this.#argument(value, name, positional, keywords))];
      }
      default:
        return [];
    }
  }

  constructorsOf({ file, name }: ClassValue, arity: number): readonly FunctionValue[] {
    for (const target of classOrder(this.#program.index, file, name)) {
      for (const memberName of [...CONSTRUCTORS, target.name]) {
        const number = chooseOverload(
          this.#program.index,
          this.#program.index.members(target.file, target.name, memberName),
          arity,
        );
        if (number === null) continue;
        const scope = this.#program.scopeOfFunction(
          this.#program.index.fileOf[number]!,
          number - this.#program.index.fileOf[number]!.offset,
        );
        return [
          this.#program.store.function(
            this.#program.index.fileOf[number]!,
            scope,
            number,
            null,
          ) as FunctionValue,
        ];
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
    return given ?? this.#program.store.read(this.#program.variable(file, scope, name));
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
    if (isBound) this.giveReceiver(file, scope, parameters, self);
    const offset = isBound && file.definition.namesReceiver ? 1 : 0;
    positional.forEach((values, at) => {
      const name = parameters[at + offset];
      if (values !== undefined && name !== undefined)
        this.#program.store.add(this.#program.variable(file, scope, name), values);
    });
    for (const [name, values] of keywords)
      if (parameters.includes(name))
        this.#program.store.add(this.#program.variable(file, scope, name), values);
    const defaults = lambda === null ? (this.#program.defaults.get(scopeKey(file, scope)) ?? []) : [];
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
        this.#program.store.add(this.#program.variable(file, scope, name), this.#program.store.read(key));
    }
    if (flow?.kind === 'lambda' && flow.value !== null)
      this.#program.store.add(
        this.#program.result(file, scope, lambda),
        this.#expressions.evaluate(file, scope, flow.value),
      );
  }
}
