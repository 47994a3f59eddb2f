import type { AuthorDoc, FunctionHead } from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { commentsAbove, lineCommentText } from './comments.js';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** Escapes as Python reads them; `\N{…}`, which needs the names of Unicode, stays as it is. */
const decodeEscapes = (text: string): string =>
  text.replace(
    /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(\r?\n|[\s\S]))/g,
    (all, octal, byte, short, long, other) => {
      if (other !== undefined) return SIMPLE_ESCAPES[other.replace('\r', '')] ?? all;
      const code =
        octal === undefined ? Number.parseInt(byte ?? short ?? long, 16) : Number.parseInt(octal, 8);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    },
  );

/** The value of a string literal, of adjacent ones, or of one in parentheses; null for bytes, f-strings and all else. */
const stringValue = (tree: SyntaxTree, node: number): string | null => {
  switch (tree.kind(node)) {
    case 'parenthesized_expression':
    case 'concatenated_string': {
      const parts = [...tree.children(node)]
        .filter((child) => tree.kind(child) !== 'comment')
        .map((child) => stringValue(tree, child));
      return parts.length === 0 || parts.includes(null) ? null : parts.join('');
    }
    case 'string': {
      const [, prefix, , text] = /^([a-zA-Z]*)("""|'''|"|')([\s\S]*)\2$/.exec(tree.text(node)) ?? [];
      if (text === undefined || /[bft]/i.test(prefix!)) return null;
      const lines = text.replace(/\r\n?/g, '\n');
      return /r/i.test(prefix!) ? lines : decodeEscapes(lines);
    }
    default:
      return null;
  }
};

/** A docstring without the margin of its lines, as `inspect.cleandoc` has it. */
const withoutMargin = (text: string): string => {
  const lines = text
    .split('\n')
    .map((line) =>
      line.replace(/([^\t]*)\t/g, (_, before: string) =>
        before.padEnd(8 * (Math.floor(before.length / 8) + 1)),
      ),
    );
  const margins = lines
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => /^\s*/.exec(line)![0].length);
  const margin = margins.length === 0 ? 0 : margins.reduce((a, b) => Math.min(a, b));
  return [lines[0]!.trim(), ...lines.slice(1).map((line) => line.slice(margin).trimEnd())].join('\n').trim();
};

/** The comments directly above, without a blank line between them. */
const commentDoc = (tree: SyntaxTree, anchor: number, marks: RegExp): AuthorDoc | null => {
  const lines: string[] = [];
  let below = tree.starts[anchor]!;
  for (const comment of commentsAbove(tree, anchor, (kind) => kind === 'comment').reverse()) {
    if ((tree.source.slice(tree.ends[comment]!, below).match(/\n/g)?.length ?? 0) > 1) break;
    lines.unshift(tree.text(comment));
    below = tree.starts[comment]!;
  }
  const text = lineCommentText(lines, marks);
  return text === '' ? null : { text, inside: -1 };
};

/** A function's docstring, or the comments above it. */
export const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  let first = tree.firstChild(head.body);
  while (tree.kind(first) === 'comment') first = tree.nextSibling(first);
  const value =
    tree.kind(first) === 'expression_statement' ? stringValue(tree, tree.firstChild(first)) : null;
  if (value !== null) {
    const text = withoutMargin(value);
    return text === '' ? null : { text, inside: first };
  }
  return commentDoc(tree, head.anchor, /^#+!?\s?/);
};

/** A variable's doc is the string on the line below it, or the comments above. */
export const findConstantDoc = (tree: SyntaxTree, node: number): AuthorDoc | null => {
  const below = tree.nextSibling(node);
  const value =
    tree.kind(below) === 'expression_statement' ? stringValue(tree, tree.firstChild(below)) : null;
  if (value !== null && value.trim() !== '') return { text: withoutMargin(value), inside: below };
  return commentDoc(tree, node, /^#+[!:]?\s?/);
};
