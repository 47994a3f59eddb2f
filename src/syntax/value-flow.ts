/**
 * An expression that may stand for a function, a class or an object with either in it. What can't is not described.
 * Node numbers index the {@link SyntaxTree}; they only identify and order, the tree need not be kept.
 */
export type ValueExpression =
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'member'; readonly object: ValueExpression; readonly name: string; readonly at: number }
  /** `object[key]`; a null key is any of its elements. */
  | {
      readonly kind: 'item';
      readonly object: ValueExpression;
      readonly key: string | null;
      readonly at: number;
    }
  /** What a call gives back, by the node of the call. */
  | { readonly kind: 'call'; readonly node: number }
  /** A function by its node. */
  | { readonly kind: 'function'; readonly node: number }
  /** A list, tuple, dictionary or object literal: entries by key, null for any. */
  | {
      readonly kind: 'collection';
      readonly node: number;
      readonly entries: readonly (readonly [key: string | null, value: ValueExpression])[];
    }
  /** One of several, as in a conditional expression. */
  | { readonly kind: 'either'; readonly of: readonly ValueExpression[] }
  /** A value that is of a class, or else none. */
  | { readonly kind: 'cast'; readonly of: ValueExpression | null; readonly type: string }
  /** What iterating over a value yields. */
  | { readonly kind: 'element'; readonly of: ValueExpression }
  /** `this`, `self`, or the super class's view of it. */
  | { readonly kind: 'receiver'; readonly isSuper: boolean };

/** Where an assignment stands, so that a later one in the same block is known to replace it. */
export interface FlowPlace {
  readonly start: number;
  /** The first node after it: from there on the target holds the value. */
  readonly since: number;
  /** The first node after the block that the assignment is a statement of: up to there it has surely run. */
  readonly blockEnd: number;
  /** The outermost loop around it within its function, or both -1. */
  readonly loopStart: number;
  readonly loopEnd: number;
}

/** An argument of a call that may carry a function, a class or an object. */
export interface FlowArgument {
  readonly position: number;
  /** The parameter's name where the call gives it. */
  readonly keyword: string | null;
  readonly value: ValueExpression;
}

/** How values move: described for the languages in which functions are values. */
export type ValueFlow =
  | {
      readonly kind: 'assign';
      readonly target: ValueExpression;
      readonly value: ValueExpression;
      /** Null for a parameter's default, which replaces nothing. */
      readonly place: FlowPlace | null;
    }
  | { readonly kind: 'return'; readonly value: ValueExpression; readonly isElement: boolean }
  /** A call with an argument worth following, or of something other than a name. */
  | {
      readonly kind: 'call';
      readonly node: number;
      readonly callee: ValueExpression | null;
      readonly args: readonly FlowArgument[];
      /** Arguments passed, or -1 where a spread hides the number. */
      readonly arity: number;
      readonly isConstruction: boolean;
    }
  /** Decorators of the function or class node, the innermost first. */
  | { readonly kind: 'decorate'; readonly node: number; readonly decorators: readonly ValueExpression[] }
  /** A loop that asks an object for its elements. */
  | { readonly kind: 'iterate'; readonly value: ValueExpression }
  /** A function expression without a scope of its own in the tree of scopes. */
  | {
      readonly kind: 'lambda';
      readonly node: number;
      readonly parameters: readonly string[];
      readonly value: ValueExpression | null;
    };
