import type { LanguageDefinition } from './language-definition.js';
import type { SyntaxParser } from './syntax-parser.js';
import type { SyntaxTree } from './syntax-tree.js';

/**
 * The text of a node without comments, without lines that held nothing else, without trailing blanks, and moved
 * to the left margin. Lines inside multi-line strings are kept as they are.
 *
 * @param omit Further nodes to leave out, such as a Python docstring.
 */
export const codeWithoutComments = (
  tree: SyntaxTree,
  node: number,
  definition: LanguageDefinition,
  omit: readonly number[] = [],
): string => {
  const { source, starts, ends } = tree;
  const start = starts[node]!;
  const end = ends[node]!;
  const cuts: [number, number][] = [];
  const strings: [number, number][] = [];
  for (let at = node; at < tree.after[node]!; at++) {
    const kind = tree.kind(at);
    if (definition.commentKinds.has(kind) || omit.includes(at)) {
      cuts.push([starts[at]!, ends[at]!]);
      at = tree.after[at]! - 1;
    } else if (definition.stringKinds.has(kind)) {
      addOuter(strings, starts[at]!, ends[at]!);
    }
  }
  return rebuild(source, start, end, cuts, strings);
};

const isWord = (source: string, at: number): boolean => /\w/.test(source.charAt(at));

/** Ranges in the order of the file, those inside another left out. */
const addOuter = (ranges: [number, number][], start: number, end: number): void => {
  if (ranges.length === 0 || ranges.at(-1)![1] <= start) ranges.push([start, end]);
};

const rebuild = (
  source: string,
  start: number,
  end: number,
  cuts: readonly (readonly [number, number])[],
  strings: readonly (readonly [number, number])[],
): string => {
  let lineStart = start;
  while (lineStart > 0 && source[lineStart - 1] !== '\n') lineStart--;
  const margin = /^[ \t]*/.exec(source.slice(lineStart, start))![0];
  const lines: string[] = [];
  let cut = 0;
  let string = 0;
  let at = start;
  while (at <= end) {
    let lineEnd = source.indexOf('\n', at);
    if (lineEnd < 0 || lineEnd > end) lineEnd = end;
    while (string < strings.length && strings[string]![1] <= at) string++;
    const isVerbatim = string < strings.length && strings[string]![0] < at;
    let text = '';
    let from = at;
    let wasCut = false;
    while (cut < cuts.length && cuts[cut]![0] < lineEnd) {
      const [cutStart, cutEnd] = cuts[cut]!;
      if (cutStart > from) text += source.slice(from, cutStart);
      // Two tokens must not grow together where a comment stood between them.
      if (cutStart > at && cutEnd < lineEnd && isWord(source, cutStart - 1) && isWord(source, cutEnd))
        text += ' ';
      wasCut = true;
      from = Math.max(from, Math.min(cutEnd, lineEnd));
      if (cutEnd > lineEnd) break;
      cut++;
    }
    text += source.slice(from, lineEnd);
    const isLast = lineEnd === end;
    if (isVerbatim && !wasCut) lines.push(text.replace(/\r$/, ''));
    else {
      if (at > start && margin !== '' && text.startsWith(margin) && !isVerbatim)
        text = text.slice(margin.length);
      let crossing = string;
      while (crossing < strings.length && strings[crossing]![1] <= lineEnd) crossing++;
      const endsInString = crossing < strings.length && strings[crossing]![0] < lineEnd;
      if (!endsInString) text = text.trimEnd();
      if (text.trim() !== '' || endsInString) lines.push(text);
    }
    if (isLast) break;
    at = lineEnd + 1;
  }
  return lines.join('\n');
};

/**
 * A source text without comments, and without the lines that held nothing else.
 *
 * @param parser Knows which nodes are comments, so that `'//'` in a string stays.
 * @param source A whole file or any text of the language.
 *
 * @example
 * ```ts
 * import { loadLanguage, stripComments } from 'oasis-embed/syntax';
 * const parser = await loadLanguage('javascript');
 * stripComments(parser, 'f("// kept"); // dropped'); // 'f("// kept");'
 * ```
 */
export const stripComments = (parser: SyntaxParser, source: string): string => {
  const tree = parser.read(source);
  const cuts: [number, number][] = [];
  const strings: [number, number][] = [];
  for (let at = 0; at < tree.size; at++) {
    const kind = tree.kind(at);
    if (parser.definition.commentKinds.has(kind)) cuts.push([tree.starts[at]!, tree.ends[at]!]);
    else if (parser.definition.stringKinds.has(kind)) addOuter(strings, tree.starts[at]!, tree.ends[at]!);
  }
  return rebuild(source, 0, source.length, cuts, strings);
};
