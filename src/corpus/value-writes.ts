import type { ValueExpression } from '../syntax/index.js';
import type { CallValue, Holder } from './call-values.js';
import type { IndexedFile } from './calls/repository-index.js';
import { isOfClass, isStatic } from './method-kind.js';
import type { ValueExpressions } from './value-expressions.js';
import type { ValueInvocations } from './value-invocations.js';
import { scopeKey, type ValueProgram } from './value-program.js';

/** What assignments, results and decorators put where. */
export class ValueWrites {
  readonly #program: ValueProgram;
  readonly #expressions: ValueExpressions;
  readonly #calls: ValueInvocations;

  constructor(program: ValueProgram, expressions: ValueExpressions, calls: ValueInvocations) {
    this.#program = program;
    this.#expressions = expressions;
    this.#calls = calls;
  }

  assign(
    file: IndexedFile,
    scope: number,
    target: ValueExpression,
    value: ValueExpression,
    key: Holder,
  ): void {
    const values = this.#expressions.evaluate(file, scope, value);
    if (values.length === 0) return;
    this.#program.store.add(key, values);
    this.#write(file, scope, target, values);
  }

  #write(file: IndexedFile, scope: number, target: ValueExpression, values: readonly CallValue[]): void {
    switch (target.kind) {
      case 'name': {
        const own = file.facts.scopes[scope]!;
        const key =
          own.className === null
            ? this.#program.variable(file, scope, target.name)
            : this.#program.field(file, own.className, target.name);
        this.#program.store.add(key, values);
        break;
      }
      case 'member':
        for (const object of this.#expressions.evaluate(file, scope, target.object)) {
          if (object.kind === 'collection') this.#program.put(object, `'${target.name}`, values);
          else this.#program.store.add(this.#program.property(object, target.name), values);
        }
        break;
      case 'item':
        for (const object of this.#expressions.evaluate(file, scope, target.object)) {
          if (object.kind === 'collection') this.#program.put(object, target.key, values);
          else if (target.key?.startsWith("'"))
            this.#program.store.add(this.#program.property(object, target.key.slice(1)), values);
        }
    }
  }

  result(file: IndexedFile, scope: number, value: ValueExpression, isElement: boolean): void {
    const values = this.#expressions.evaluate(file, scope, value);
    if (values.length === 0) return;
    if (!isElement) {
      this.#program.store.add(this.#program.result(file, scope, null), values);
      return;
    }
    const list = this.#program.store.collection(file.facts.scopes[scope]!, 'yield');
    this.#program.put(list, null, values);
    this.#program.store.add(this.#program.result(file, scope, null), [list]);
  }

  decorate(file: IndexedFile, scope: number, own: number, decorators: readonly ValueExpression[]): void {
    const raw = this.#program.store.function(file, own, this.#program.numberOf(file, own), null);
    let values: readonly CallValue[] = [raw];
    for (const decorator of decorators) {
      const results = this.#expressions
        .evaluate(file, scope, decorator)
        .flatMap((value) => this.#calls.apply(value, [values], [], -1));
      values = [...new Set(results)];
    }
    this.#program.store.add(this.#program.decoratedOf(file, own), values);
  }

  /** What is known too little to decide: decorators without a result, methods that no one calls. */
  assumeDefaults(files: readonly IndexedFile[]): void {
    for (const file of files) {
      file.facts.scopes.forEach((own, scope) => {
        if (own.functionNumber < 0) return;
        const key = scopeKey(file, scope);
        if (this.#program.decorated.has(key) && this.#program.decoratedOf(file, scope).values.length === 0)
          this.#program.store.add(this.#program.decoratedOf(file, scope), [
            this.#program.store.function(file, scope, file.offset + own.functionNumber, null),
          ]);
        for (const { name, key: given } of this.#program.defaults.get(key) ?? []) {
          const holder = this.#program.variable(file, scope, name);
          if (holder.values.length === 0) this.#program.store.add(holder, given.values);
        }
        const { className, head, signature } = file.facts.functions[own.functionNumber]!;
        if (className === null || head.isLexical || !file.facts.classes.has(className) || isStatic(signature))
          return;
        const receiver = this.#program.variable(file, scope, '\0this');
        if (receiver.values.length > 0) return;
        const self = isOfClass(signature)
          ? this.#program.store.classOf(file, className)
          : this.#program.store.instance(file, className);
        this.#calls.giveReceiver(file, scope, own.parameters, self);
      });
    }
  }
}
