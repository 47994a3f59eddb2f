import type { SyntaxCursor } from './cursor.js';

/** What this package uses of a parser's tree: those of both official bindings satisfy it. */
export interface ParsedTree {
  readonly rootNode: { readonly hasError: boolean };
  walk(): RootedCursor;
  /** Present where the tree's memory is not garbage-collected. */
  delete?(): void;
}

/** A cursor that can make a new cursor rooted at its node. */
export interface RootedCursor extends SyntaxCursor {
  readonly currentNode: { walk(): SyntaxCursor };
  delete?(): void;
}
