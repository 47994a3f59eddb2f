import type { SyntaxTree } from '../syntax-tree.js';

/** Blank lines between two places of a text. */
export const blankLinesBetween = (source: string, from: number, to: number): number => {
  let newlines = 0;
  for (let at = from; at < to; at++) if (source.charCodeAt(at) === 10) newlines++;
  // A line comment's node may or may not hold its own newline.
  if (from > 0 && source.charCodeAt(from - 1) === 10) newlines++;
  return Math.max(0, newlines - 1);
};

/** The comment nodes that stand directly before a node, in the order of the file. */
export const commentsAbove = (
  tree: SyntaxTree,
  node: number,
  isComment: (kind: string) => boolean,
): number[] => {
  const found: number[] = [];
  for (let at = tree.previous[node]!; at >= 0 && isComment(tree.kind(at)); at = tree.previous[at]!)
    found.push(at);
  return found.reverse();
};

/** The text of a block comment without `/*`, its end, and the stars that lead its lines. */
export const blockCommentText = (comment: string): string =>
  comment
    .replace(/^\/\*+!?/, '')
    .replace(/\*+\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*+ ?/, '').trimEnd())
    .join('\n')
    .trim();

/** The text of line comments without their marks. */
export const lineCommentText = (comments: readonly string[], mark: RegExp): string =>
  comments
    .map((comment) => comment.trim().replace(mark, '').trimEnd())
    .join('\n')
    .trim();

/**
 * The doc above a node in the languages with `/* … *\/` and `//`: the nearest `/**` block, at most a blank line
 * away, or else the comments directly above that no blank line parts from the node or from each other.
 */
export const docAbove = (
  tree: SyntaxTree,
  node: number,
  isComment: (kind: string) => boolean,
  lineMark = /^\/\/[/!]?\s?/,
): string | null => {
  const comments = commentsAbove(tree, node, isComment);
  let below = tree.starts[node]!;
  const lines: string[] = [];
  const finish = () => (lines.length === 0 ? null : lineCommentText(lines, lineMark) || null);
  for (let at = comments.length - 1; at >= 0; at--) {
    const comment = comments[at]!;
    const text = tree.text(comment);
    const gap = blankLinesBetween(tree.source, tree.ends[comment]!, below);
    if (trailsCode(tree, comment)) return finish();
    if (text.startsWith('/**') && text.length > 5) {
      return gap <= 1 ? blockCommentText(text) || null : finish();
    }
    if (gap > 0) return finish();
    if (text.startsWith('/*')) {
      const block = blockCommentText(text);
      if (lines.length > 0) return finish();
      // A directive between the doc and the function hides neither.
      if (!isDirective(block))
        return at > 0 ? (docBlockOver(tree, comments, at) ?? (block || null)) : block || null;
    } else {
      const line = lineCommentText([text], lineMark);
      // A blank comment line parts two paragraphs.
      if (line === '' || !isDirective(line)) lines.unshift(text);
    }
    below = tree.starts[comment]!;
  }
  return finish();
};

const docBlockOver = (tree: SyntaxTree, comments: readonly number[], at: number): string | null => {
  const above = comments[at - 1]!;
  const text = tree.text(above);
  const gap = blankLinesBetween(tree.source, tree.ends[above]!, tree.starts[comments[at]!]!);
  return text.startsWith('/**') && gap === 0 ? blockCommentText(text) || null : null;
};

/** A comment after code on its line speaks of that code. */
const trailsCode = (tree: SyntaxTree, comment: number): boolean => {
  const before = tree.previous[comment]!;
  // What stands before may hold the newline that ends its line, or be what the file lacked at its start.
  return (
    before >= 0 &&
    tree.ends[before]! > 0 &&
    !tree.source.slice(tree.ends[before]! - 1, tree.starts[comment]!).includes('\n')
  );
};

const DIRECTIVE =
  /^(eslint|jshint|jslint|jscs|tslint|biome-ignore|prettier-ignore|istanbul|c8|v8 ignore|webpack|@ts-|ts-ignore|#__|@__|@preserve|global |globals |exported |noinspection|NOSONAR|NOLINT|clang-format|pylint|flake8|noqa|rubocop|phpcs|nolint|go:|\+build|#region|#endregion|region |endregion|<\/?editor-fold|stylelint|spell-?check|cspell|codeql|lgtm|pragma|deno-lint|oxlint|tsx?-|flowlint|@flow|@noflow|sourceMappingURL|=+$|-+$|\*+$)/i;

/** True for a comment that speaks to a tool, not to a reader. */
export const isDirective = (text: string): boolean => text === '' || DIRECTIVE.test(text);
