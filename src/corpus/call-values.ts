import type { ValueFlow } from '../syntax/index.js';
import type { IndexedFile } from './calls/repository-index.js';

/** What a name may hold, as far as calls are concerned. Values are interned: equal ones are the same object. */
export type CallValue =
  | {
      readonly kind: 'function';
      readonly file: IndexedFile;
      /** Its own scope, or for a lambda the scope around it. */
      readonly scope: number;
      /** Set when it is a lambda without a scope. */
      readonly lambda: LambdaFlow | null;
      /** Number in the repository, or -1 for one without a name. */
      readonly number: number;
      /** The object it was taken from. */
      readonly self: CallValue | null;
    }
  | { readonly kind: 'class'; readonly file: IndexedFile; readonly name: string }
  | { readonly kind: 'instance'; readonly file: IndexedFile; readonly name: string }
  | { readonly kind: 'module'; readonly file: IndexedFile }
  | { readonly kind: 'collection' };

export type ClassValue = CallValue & { readonly kind: 'class' | 'instance' };
export type CollectionValue = CallValue & { readonly kind: 'collection' };
export type LambdaFlow = ValueFlow & { readonly kind: 'lambda' };
export type FunctionValue = CallValue & { readonly kind: 'function' };

/** Something to be evaluated again when a variable that it read has got another value. */
export interface Task {
  readonly run: () => void;
  isQueued: boolean;
}

/** A name that may hold this many different things is told apart by what no analysis of this kind sees. */
export const VALUE_LIMIT = 8;

/** Evaluations per task: more means values that chase each other through a library's own dispatch. */
const RUN_LIMIT = 24;

/** What a variable, field, parameter or result may hold. */
export interface Holder {
  readonly values: CallValue[];
  readonly readers: Set<Task>;
}

/** A map from pairs of an object and a name, made as needed. */
class PairMap<Value> {
  readonly #byOwner = new Map<object, Map<string | object, Value>>();

  get(owner: object, name: string | object, make: () => Value): Value {
    let names = this.#byOwner.get(owner);
    if (names === undefined) {
      names = new Map();
      this.#byOwner.set(owner, names);
    }
    let value = names.get(name);
    if (value === undefined) {
      value = make();
      names.set(name, value);
    }
    return value;
  }
}

const newHolder = (): Holder => ({ values: [], readers: new Set() });

/** Values and what holds them, with a queue of what to evaluate again. */
export class ValueStore {
  readonly #values = new PairMap<CallValue>();
  readonly #holders = new PairMap<Holder>();
  readonly #queue: Task[] = [];
  #current: Task | null = null;

  module(file: IndexedFile): CallValue {
    return this.#values.get(file, 'module', () => ({ kind: 'module', file }));
  }

  classOf(file: IndexedFile, name: string): CallValue {
    return this.#values.get(file, `class ${name}`, () => ({ kind: 'class', file, name }));
  }

  instance(file: IndexedFile, name: string): CallValue {
    return this.#values.get(file, name, () => ({ kind: 'instance', file, name }));
  }

  /** @param owner What it was made by, once. */
  collection(owner: object, part: string | object = ''): CollectionValue {
    return this.#values.get(owner, part, () => ({ kind: 'collection' })) as CollectionValue;
  }

  function(file: IndexedFile, scope: number, number: number, self: CallValue | null): FunctionValue {
    const owner = file.facts.scopes[scope]!;
    const make = (): CallValue => ({ kind: 'function', file, scope, number, lambda: null, self });
    return this.#values.get(owner, self ?? 'function', make) as FunctionValue;
  }

  lambda(file: IndexedFile, scope: number, lambda: LambdaFlow): CallValue {
    return this.#values.get(lambda, '', () => ({
      kind: 'function',
      file,
      scope,
      number: -1,
      lambda,
      self: null,
    }));
  }

  /** What holds the values of `name` in a scope, a class, a collection or a function. */
  holder(owner: object, name: string): Holder {
    return this.#holders.get(owner, name, newHolder);
  }

  /** What a holder has by now; whoever reads it is run again when it gets more. */
  read(holder: Holder): readonly CallValue[] {
    if (this.#current !== null) holder.readers.add(this.#current);
    return holder.values.length > VALUE_LIMIT ? [] : holder.values;
  }

  add(holder: Holder, values: readonly CallValue[]): void {
    for (const value of values) {
      if (holder.values.length > VALUE_LIMIT) return;
      if (holder.values.includes(value)) continue;
      holder.values.push(value);
      for (const reader of holder.readers) this.enqueue(reader);
    }
  }

  enqueue(task: Task): void {
    if (task.isQueued) return;
    task.isQueued = true;
    this.#queue.push(task);
  }

  /** Runs what is queued until nothing changes, or until it has run too often for so many tasks. */
  settle(tasks: number): void {
    let left = RUN_LIMIT * tasks;
    for (let at = 0; at < this.#queue.length && left > 0; at++, left--) {
      const task = this.#queue[at]!;
      task.isQueued = false;
      this.#current = task;
      task.run();
    }
    this.#current = null;
    for (const task of this.#queue) task.isQueued = false;
    this.#queue.length = 0;
  }
}
