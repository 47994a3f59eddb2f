/**
 * The part of a tree-sitter cursor that this project uses: `TreeCursor` of `web-tree-sitter` and of the native
 * `tree-sitter` binding both satisfy it as they are.
 *
 * Indices are UTF-16 code units, rows and columns count from 0.
 *
 * @see https://tree-sitter.github.io/tree-sitter/using-parsers
 */
export interface SyntaxCursor {
  readonly nodeType: string;
  readonly nodeIsNamed: boolean;
  readonly nodeIsMissing: boolean;
  readonly nodeText: string;
  readonly startIndex: number;
  readonly endIndex: number;
  readonly startPosition: SyntaxPoint;
  readonly endPosition: SyntaxPoint;
  readonly currentFieldName: string | null;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
}

/** A place in a file: zero-based row and zero-based column in UTF-16 code units. */
export interface SyntaxPoint {
  readonly row: number;
  readonly column: number;
}
