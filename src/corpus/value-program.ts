import type { FlowArgument, ValueExpression } from '../syntax/index.js';
import type { CallValue, CollectionValue, Holder, LambdaFlow, ValueStore } from './call-values.js';
import type { IndexedFile, RepositoryIndex } from './calls/repository-index.js';
import type { FoundFlow } from './extraction/extract-file.js';
import type { AssignmentTable } from './value-scopes.js';

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

/** A parameter's default, as the holder of its values. */
export interface ParameterDefault {
  readonly name: string;
  readonly key: Holder;
}

/** The object and the class that a `super` is asked in. */
interface SuperView {
  readonly file: IndexedFile;
  readonly className: string;
  readonly self: CallValue;
}

/** The key of a scope in the maps below. */
export const scopeKey = (file: IndexedFile, scope: number): string => `${file.path}\n${scope}`;

/** What is known of the files that are followed, and where the values of their names, fields and results are held. */
export class ValueProgram {
  readonly tables = new Map<IndexedFile, AssignmentTable>();
  readonly calls = new Map<IndexedFile, Map<number, ValueCall>>();
  readonly scopeOfNode = new Map<IndexedFile, Map<number, number>>();
  readonly lambdas = new Map<IndexedFile, Map<number, FoundFlow>>();
  /** Scopes of decorated functions. */
  readonly decorated = new Set<string>();
  /** Parameters' defaults by scope. */
  readonly defaults = new Map<string, ParameterDefault[]>();
  /** Parameters that a function gives back as they are: no need to mix the arguments of its calls. */
  readonly passed = new Map<string, string[]>();
  /** Objects that stand for a `super`. */
  readonly supers = new Map<CallValue, SuperView>();
  /** Classes that some call makes an object of. */
  readonly constructed = new Set<CallValue>();
  readonly #functionScopes = new Map<IndexedFile, Map<number, number>>();

  constructor(
    readonly index: RepositoryIndex,
    readonly store: ValueStore,
  ) {}

  callsOf(file: IndexedFile): Iterable<ValueCall> {
    return this.calls.get(file)!.values();
  }

  variable(file: IndexedFile, scope: number, name: string): Holder {
    return this.store.holder(file.facts.scopes[scope]!, name);
  }

  field(file: IndexedFile, className: string, name: string): Holder {
    return this.store.holder(file.facts.classes.get(className) ?? file, name);
  }

  result(file: IndexedFile, scope: number, lambda: LambdaFlow | null): Holder {
    return this.store.holder(lambda ?? file.facts.scopes[scope]!, '\0result');
  }

  decoratedOf(file: IndexedFile, scope: number): Holder {
    return this.store.holder(file.facts.scopes[scope]!, '\0decorated');
  }

  put(object: CollectionValue, key: string | null, values: readonly CallValue[]): void {
    this.store.add(this.store.holder(object, '*'), values);
    this.store.add(this.store.holder(object, key ?? '?'), values);
  }

  property(object: CallValue, name: string): Holder {
    switch (object.kind) {
      case 'class':
      case 'instance':
        return this.field(object.file, object.name, name);
      case 'module':
        return this.variable(object.file, 0, name);
      default:
        return this.store.holder(object, name);
    }
  }

  numberOf(file: IndexedFile, scope: number): number {
    const { functionNumber } = file.facts.scopes[scope]!;
    return functionNumber < 0 ? -1 : file.offset + functionNumber;
  }

  methodAround(file: IndexedFile, scope: number): { scope: number; className: string } | null {
    for (let at = scope; at >= 0; at = file.facts.scopes[at]!.parent) {
      const { functionNumber } = file.facts.scopes[at]!;
      if (functionNumber < 0) continue;
      const { className, head } = file.facts.functions[functionNumber]!;
      if (className !== null && !head.isLexical) return { scope: at, className };
    }
    return null;
  }

  scopeOfFunction(file: IndexedFile, local: number): number {
    let scopes = this.#functionScopes.get(file);
    if (scopes === undefined) {
      scopes = new Map(file.facts.scopes.map(({ functionNumber }, scope) => [functionNumber, scope]));
      this.#functionScopes.set(file, scopes);
    }
    return scopes.get(local) ?? -1;
  }
}
