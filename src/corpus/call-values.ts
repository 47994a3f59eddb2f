import type { IndexedFile } from './repository-index.js';

/** What a name may hold, as far as calls are concerned. Values are interned: equal ones are the same object. */
export type CallValue =
  | {
      readonly kind: 'function';
      readonly file: IndexedFile;
      /** Its own scope, or for a lambda the scope around it. */
      readonly scope: number;
      /** Its node when it is a lambda without a scope, or -1. */
      readonly lambda: number;
      /** Number in the repository, or -1 for one without a name. */
      readonly number: number;
      /** The object it was taken from. */
      readonly self: CallValue | null;
    }
  | { readonly kind: 'class'; readonly file: IndexedFile; readonly name: string }
  | { readonly kind: 'instance'; readonly file: IndexedFile; readonly name: string }
  | { readonly kind: 'module'; readonly file: IndexedFile }
  | { readonly kind: 'collection'; readonly id: string };

export type ClassValue = CallValue & { readonly kind: 'class' | 'instance' };
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

/** Values and what holds them, with a queue of what to evaluate again. */
export class ValueStore {
  readonly #interned = new Map<string, CallValue>();
  readonly #keys = new Map<CallValue, string>();
  readonly #holders = new Map<string, Holder>();
  readonly #queue: Task[] = [];
  #current: Task | null = null;

  #intern(key: string, make: () => CallValue): CallValue {
    let value = this.#interned.get(key);
    if (value === undefined) {
      value = make();
      this.#interned.set(key, value);
      this.#keys.set(value, key);
    }
    return value;
  }

  keyOf(value: CallValue): string {
    return this.#keys.get(value)!;
  }

  module(file: IndexedFile): CallValue {
    return this.#intern(`m${file.offset}\n${file.path}`, () => ({ kind: 'module', file }));
  }

  classOf(file: IndexedFile, name: string): CallValue {
    return this.#intern(`c${file.path}\n${name}`, () => ({ kind: 'class', file, name }));
  }

  instance(file: IndexedFile, name: string): CallValue {
    return this.#intern(`i${file.path}\n${name}`, () => ({ kind: 'instance', file, name }));
  }

  collection(file: IndexedFile, id: string): CallValue {
    const key = `o${file.path}\n${id}`;
    return this.#intern(key, () => ({ kind: 'collection', id: key }));
  }

  function(
    file: IndexedFile,
    scope: number,
    number: number,
    lambda: number,
    self: CallValue | null,
  ): CallValue {
    const key = `f${file.path}\n${scope}\n${lambda}\n${self === null ? '' : this.keyOf(self)}`;
    return this.#intern(key, () => ({ kind: 'function', file, scope, number, lambda, self }));
  }

  holder(key: string): Holder {
    let holder = this.#holders.get(key);
    if (holder === undefined) {
      holder = { values: [], readers: new Set() };
      this.#holders.set(key, holder);
    }
    return holder;
  }

  /** What a holder has by now; whoever reads it is run again when it gets more. */
  read(key: string): readonly CallValue[] {
    const holder = this.holder(key);
    if (this.#current !== null) holder.readers.add(this.#current);
    return holder.values.length > VALUE_LIMIT ? [] : holder.values;
  }

  add(key: string, values: readonly CallValue[]): void {
    const holder = this.holder(key);
    for (const value of values) {
      if (holder.values.length > VALUE_LIMIT) return;
      if (holder.values.includes(value)) continue;
      holder.values.push(value);
      for (const reader of holder.readers) this.#enqueue(reader);
    }
  }

  #enqueue(task: Task): void {
    if (task.isQueued) return;
    task.isQueued = true;
    this.#queue.push(task);
  }

  /** Runs tasks until nothing changes, or until they have run too often. */
  settle(tasks: readonly Task[]): void {
    for (const task of tasks) this.#enqueue(task);
    let left = RUN_LIMIT * tasks.length;
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
