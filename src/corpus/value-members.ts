import type { CallValue, ClassValue, FunctionValue } from './call-values.js';
import { chooseOverload } from './calls/choose-overload.js';
import { classOrder } from './calls/class-order.js';
import type { IndexedFile } from './calls/repository-index.js';
import { isOfClass, isStatic } from './method-kind.js';
import type { ValueNames } from './value-names.js';
import type { ValueProgram } from './value-program.js';

/** What the members and items of values hold. */
export class ValueMembers {
  readonly #program: ValueProgram;
  readonly #names: ValueNames;

  constructor(program: ValueProgram, names: ValueNames) {
    this.#program = program;
    this.#names = names;
  }

  /** What `object.name` may be. */
  member(object: CallValue, name: string, arity: number): readonly CallValue[] {
    switch (object.kind) {
      case 'module':
        return this.#names.memberOfModule(object.file, name);
      case 'class':
      case 'instance':
        return this.#memberOfClass(object, object, name, arity, 0);
      case 'function':
        return this.#program.store.read(this.#program.property(object, name));
      case 'collection': {
        const view = this.#program.supers.get(object);
        if (view === undefined) return this.item(object, `'${name}`);
        const { self, file, className } = view;
        if (self.kind !== 'class' && self.kind !== 'instance') return [];
        const order = classOrder(this.#program.index, self.file, self.name);
        const at = order.findIndex((target) => target.file === file && target.name === className);
        return this.#memberOfClass(self, self, name, arity, at + 1);
      }
    }
  }

  #memberOfClass(
    object: ClassValue,
    self: ClassValue,
    name: string,
    arity: number,
    from: number,
  ): readonly CallValue[] {
    const values: CallValue[] = [];
    const order = classOrder(this.#program.index, object.file, object.name);
    for (let at = from; at < order.length; at++) {
      const { file, name: className } = order[at]!;
      for (const value of this.#program.store.read(this.#program.field(file, className, name))) {
        const isOwn = value.kind === 'function' && self.kind === 'instance' && this.#isDeclaredIn(value);
        values.push(isOwn ? this.#names.bound(value, self) : value);
      }
      const number = chooseOverload(
        this.#program.index,
        this.#program.index.members(file, className, name),
        arity,
      );
      if (number !== null) {
        const { head, signature } = this.#program.index.functions[number]!;
        const takesClass = isOfClass(signature);
        const receiver = takesClass
          ? this.#program.store.classOf(self.file, self.name)
          : self.kind === 'class'
            ? null
            : self;
        const found = this.#names.named(
          number,
          isStatic(signature) ? (self.kind === 'class' ? self : null) : receiver,
        );
        // Reading a property runs it.
        if (head.kind === 'accessor') {
          for (const value of found) {
            if (value.kind === 'function')
              values.push(
                ...this.#program.store.read(this.#program.result(value.file, value.scope, value.lambda)),
              );
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
        return [this.#program.store.classOf(file, name)];
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

  item(object: CallValue, key: string | null): readonly CallValue[] {
    if (object.kind !== 'collection')
      return key?.startsWith("'") ? this.member(object, key.slice(1), -1) : [];
    if (key === null) return this.#program.store.read(this.#program.store.holder(object, '*'));
    return [
      ...this.#program.store.read(this.#program.store.holder(object, key)),
      ...this.#program.store.read(this.#program.store.holder(object, '?')),
    ];
  }
}
