import type { ValueExpression } from '../syntax/index.js';
import type { CallValue } from './call-values.js';
import { classOrder } from './calls/class-order.js';
import { type ClassTarget, classTarget } from './calls/class-target.js';
import type { IndexedFile } from './calls/repository-index.js';
import type { ValueMembers } from './value-members.js';
import type { ValueNames } from './value-names.js';
import type { ValueProgram } from './value-program.js';
import { fixedPath } from './value-scopes.js';

export const EXPRESSION_DEPTH = 32;

/** What expressions may give. */
export class ValueExpressions {
  readonly #program: ValueProgram;
  readonly #names: ValueNames;
  readonly #members: ValueMembers;
  readonly #elements: (object: CallValue) => readonly CallValue[];

  /** @param elements What a loop over an object gives; this takes calls, which are made of expressions. */
  constructor(
    program: ValueProgram,
    names: ValueNames,
    members: ValueMembers,
    elements: (object: CallValue) => readonly CallValue[],
  ) {
    this.#program = program;
    this.#names = names;
    this.#members = members;
    this.#elements = elements;
  }

  /** What an expression may give in a scope. */
  evaluate(file: IndexedFile, scope: number, value: ValueExpression, depth = 0): readonly CallValue[] {
    if (depth > EXPRESSION_DEPTH) return [];
    const inner = (other: ValueExpression) => this.evaluate(file, scope, other, depth + 1);
    switch (value.kind) {
      case 'name':
        return this.#names.lookUp(file, scope, value.name, value.at);
      case 'member':
      case 'item': {
        const path = fixedPath(value);
        const table = this.#program.tables.get(file)!;
        const replaced = path === null ? null : table.reaching(scope, path, value.at);
        if (replaced !== null) return replaced.flatMap(({ key }) => this.#program.store.read(key));
        const link = path === null ? undefined : this.#program.index.importOf(file, path);
        if (link !== undefined) return this.#names.imported(file, path!, 0);
        const objects = inner(value.object);
        return value.kind === 'member'
          ? objects.flatMap((object) => this.#members.member(object, value.name, -1))
          : objects.flatMap((object) => this.#members.item(object, value.key));
      }
      case 'call': {
        const call = this.#program.calls.get(file)!.get(value.node);
        return call === undefined ? [] : this.#program.store.read(this.#program.store.holder(call, 'result'));
      }
      case 'function': {
        const own = this.#program.scopeOfNode.get(file)!.get(value.node);
        if (own !== undefined)
          return [this.#program.store.function(file, own, this.#program.numberOf(file, own), null)];
        const found = this.#program.lambdas.get(file)!.get(value.node);
        return found?.flow.kind === 'lambda'
          ? [this.#program.store.lambda(file, found.scope, found.flow)]
          : [];
      }
      case 'collection': {
        const made = this.#program.store.collection(value);
        for (const [key, entry] of value.entries) {
          const values = inner(entry);
          if (values.length > 0) this.#program.put(made, key, values);
        }
        return [made];
      }
      case 'either':
        return value.of.flatMap(inner);
      case 'cast': {
        const values = value.of === null ? [] : inner(value.of);
        const target = classTarget(this.#program.index, file, value.type);
        return target === null ? values : values.filter((other) => this.#isA(other, target));
      }
      case 'element':
        return inner(value.of).flatMap((object) => this.#elements(object));
      case 'receiver': {
        const around = this.#program.methodAround(file, scope);
        if (around === null) return [];
        const selves = this.#program.store.read(this.#program.variable(file, around.scope, '\0this'));
        return value.isSuper ? selves.map((self) => this.#superOf(file, around.className, self)) : selves;
      }
    }
  }

  #isA(value: CallValue, target: ClassTarget): boolean {
    if (value.kind !== 'instance') return false;
    return classOrder(this.#program.index, value.file, value.name).some(
      (other) => other.file === target.file && other.name === target.name,
    );
  }

  /** `super()` as an object whose members are those after the class in the order of the receiver's class. */
  #superOf(file: IndexedFile, className: string, self: CallValue): CallValue {
    const view = this.#program.store.collection(file.facts.classes.get(className) ?? file, self);
    this.#program.supers.set(view, { file, className, self });
    return view;
  }
}
