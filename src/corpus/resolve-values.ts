import { type CallValue, ValueStore } from './call-values.js';
import type { IndexedFile, RepositoryIndex } from './calls/repository-index.js';
import { ValueSolver } from './value-solver.js';

/** A call that values decide: the functions that it may go to. */
export interface ValueCallees {
  readonly caller: number;
  readonly numbers: readonly number[];
}

export interface ValueResolution {
  /** By file and the node of the call. */
  readonly callees: ReadonlyMap<IndexedFile, ReadonlyMap<number, ValueCallees>>;
  /** True for a class that the repository makes objects of. */
  readonly isConstructed: (file: IndexedFile, className: string) => boolean;
}

/**
 * The functions behind calls, by the values that reach what is called: callbacks in parameters and fields,
 * results of functions, decorators, tables of functions, the classes of receivers.
 *
 * @returns By file and the node of the call, or of the loop that asks an object for its elements. A call that no
 * known value reaches is not in it.
 */
export const resolveValues = (index: RepositoryIndex, files: readonly IndexedFile[]): ValueResolution => {
  const followed = files.filter(({ definition }) => definition.flowKinds.size > 0);
  const store = new ValueStore();
  const solver = new ValueSolver(index, store);
  const tasks = followed.flatMap((file) => solver.enter(file));
  for (const task of tasks) store.enqueue(task);
  store.settle(tasks.length);
  // What this adds is followed on by whoever reads it.
  solver.assumeDefaults(followed);
  store.settle(tasks.length);
  const found = new Map<IndexedFile, Map<number, ValueCallees>>();
  for (const file of followed) {
    const ofFile = new Map<number, ValueCallees>();
    found.set(file, ofFile);
    const enter = (node: number, caller: number, numbers: readonly number[]) => {
      const unique = [...new Set(numbers)];
      // Where types decide, tests of them (`instanceof`) come between a value and its call: several are a guess.
      const isSure = unique.length === 1 || !file.definition.hasGlobalClasses;
      if (unique.length > 0 && isSure) ofFile.set(node, { caller, numbers: unique });
    };
    const numbersOf = (value: CallValue, arity: number): readonly number[] => {
      if (value.kind === 'function') return value.number < 0 ? [] : [value.number];
      if (value.kind === 'class') return solver.constructorsOf(value, arity).map(({ number }) => number);
      if (value.kind === 'instance')
        return solver.member(value, '__call__', arity).flatMap((method) => numbersOf(method, arity));
      return [];
    };
    for (const call of solver.callsOf(file)) {
      const callees = call.callees;
      const numbers = callees.flatMap((value) => numbersOf(value, call.arity));
      if (callees.length === 0 && file.definition.callbackTakers.has(call.name)) {
        for (const { value } of call.args)
          for (const given of solver.evaluate(file, call.scope, value))
            if (given.kind === 'function') numbers.push(...numbersOf(given, -1));
      }
      enter(call.node, call.caller, numbers);
    }
    for (const [at, { flow, scope, caller }] of file.facts.flows.entries()) {
      if (flow.kind === 'iterate') {
        const objects = solver.evaluate(file, scope, flow.value).filter(({ kind }) => kind === 'instance');
        const numbers = objects.flatMap((object) => [
          ...solver.member(object, '__iter__', 0),
          ...solver.iterators(object).flatMap((iterator) => solver.member(iterator, '__next__', 0)),
        ]);
        enter(
          -1 - at,
          caller,
          numbers.flatMap((value) => numbersOf(value, 0)),
        );
      } else if (flow.kind === 'decorate') {
        const values = flow.decorators.flatMap((decorator) => solver.evaluate(file, scope, decorator));
        enter(
          -1 - at,
          caller,
          values.flatMap((value) => numbersOf(value, -1)),
        );
      }
    }
  }
  return {
    callees: found,
    isConstructed: (file, className) => solver.constructed.has(store.instance(file, className)),
  };
};
