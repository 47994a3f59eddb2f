import type { CallSite, FunctionHead, ModuleLink } from '../../syntax/index.js';
import type { DocKind } from '../docs/doc-kind.js';
import type { UnitKind } from './granularity.js';

/** One entry of the corpus as found in a file, before it has an id and edges. */
export interface FoundUnit {
  readonly kind: UnitKind;
  readonly name: string;
  readonly qualifiedName: string;
  readonly start: number;
  readonly end: number;
  readonly signature: string;
  readonly parameters: readonly string[];
  readonly code: string;
  readonly doc: string | null;
  /** True where its text holds a syntax error; absent otherwise. */
  readonly hasSyntaxError?: true;
  /** Null without a doc. */
  readonly docKind: DocKind | null;
  /** Names of what a class or a type holds, or of what one declaration of constants declares. */
  readonly members?: readonly string[];
}

/** A function as found in a file; at `granularity: 'function'` each is a unit of its own. */
export interface FoundFunction extends FoundUnit {
  readonly head: FunctionHead;
  /** The nearest class around it, or the class that an assignment names; null for a free function. */
  readonly className: string | null;
  /** The unit that it belongs to, by its number in the file. */
  unit: number;
}

/** A lexical scope: what the names declared in it stand for. */
export interface FoundScope {
  readonly parent: number;
  /** Function number, or {@link OPAQUE} for a variable, a parameter or anything else. */
  readonly names: ReadonlyMap<string, number>;
  /** Classes of the variables declared here; in a class's scope, of its fields. */
  readonly types: ReadonlyMap<string, string>;
  readonly isClass: boolean;
}

/** A name that hides functions further out without being one. */
export const OPAQUE = -1;

export interface FoundCall {
  /** The nearest named function around the call, or -1 at the top of the file. */
  readonly caller: number;
  readonly className: string | null;
  readonly scope: number;
  readonly site: CallSite;
  /** The unit around the call, by its number in the file, or -1. */
  unit: number;
}

export interface FoundClass {
  readonly name: string;
  readonly superTypes: readonly string[];
  /** Classes of its fields, as far as they are declared or assigned. */
  readonly fields: ReadonlyMap<string, string>;
}

/** All that resolution needs to know of a file. */
export interface FileFacts {
  /** What enters the corpus, by place; the functions themselves at `granularity: 'function'`. */
  readonly units: readonly FoundUnit[];
  readonly functions: readonly FoundFunction[];
  readonly scopes: readonly FoundScope[];
  readonly calls: readonly FoundCall[];
  readonly links: readonly ModuleLink[];
  readonly classes: ReadonlyMap<string, FoundClass>;
  /** ERROR and MISSING nodes. */
  readonly errors: number;
}
