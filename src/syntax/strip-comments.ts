import type { LanguageDefinition } from './language-definition.js';
import type { SyntaxParser } from './syntax-parser.js';
import type { SyntaxTree } from './syntax-tree.js';

/**
 * The text of a node without comments, without lines that held nothing else, without trailing blanks, and moved
 * to the left margin. Lines inside multi-line strings are kept as they are.
 *
 * @param omit Further nodes to leave out, such as a Python docstring.
 * @param from A sibling before the node at which the text begins.
 */
export const codeWithoutComments = (
  tree: SyntaxTree,
  node: number,
  definition: LanguageDefinition,
  omit: readonly number[] = [],
  from = node,
): string => {
  const { source, starts, ends, after } = tree;
  const { comments, strings } = marksOf(tree, definition);
  const to = after[node]!;
  const cuts: Cut[] = [];
  for (let at = firstFrom(comments, from); at < comments.length && comments[at]! < to; at++)
    cuts.push([starts[comments[at]!]!, ends[comments[at]!]!, '']);
  if (omit.length > 0) {
    for (const at of omit)
      if (at >= from && at < to)
        cuts.push([starts[at]!, ends[at]!, standsAlone(tree, at, definition) ? 'pass' : '']);
    cuts.sort((a, b) => a[0] - b[0]);
  }
  const left = [...omit].sort((a, b) => a - b);
  const kept: [number, number][] = [];
  let omitted = 0;
  for (let at = firstFrom(strings, from); at < strings.length && strings[at]! < to; at++) {
    const string = strings[at]!;
    while (omitted < left.length && after[left[omitted]!]! <= string) omitted++;
    if (omitted === left.length || left[omitted]! > string) addOuter(kept, starts[string]!, ends[string]!);
  }
  return rebuild(source, starts[from]!, ends[node]!, cuts, kept);
};

/** From where to where, and what stands there instead. */
type Cut = readonly [start: number, end: number, instead: string];

/** Whether a docstring is all that a Python body holds, which needs a statement. */
const standsAlone = (tree: SyntaxTree, node: number, { commentKinds }: LanguageDefinition): boolean => {
  const parent = tree.parent(node);
  if (tree.kind(parent) !== 'block') return false;
  for (const child of tree.children(parent))
    if (child !== node && !commentKinds.has(tree.kind(child))) return false;
  return true;
};

interface Marks {
  readonly comments: readonly number[];
  readonly strings: readonly number[];
}

/** Comments and strings of the tree that is being read: functions that nest would search it again and again. */
const known = new WeakMap<SyntaxTree, Marks>();

const COMMENT = 1;
const STRING = 2;

const knownRoles = new WeakMap<readonly string[], Uint8Array>();

/** Trees read by one parser share their table of kinds. */
const rolesOf = (
  kindNames: readonly string[],
  { commentKinds, stringKinds }: LanguageDefinition,
): Uint8Array => {
  let roles = knownRoles.get(kindNames);
  if (roles === undefined) {
    roles = Uint8Array.from(kindNames, (kind) =>
      commentKinds.has(kind) ? COMMENT : stringKinds.has(kind) ? STRING : 0,
    );
    knownRoles.set(kindNames, roles);
  }
  return roles;
};

const marksOf = (tree: SyntaxTree, definition: LanguageDefinition): Marks => {
  let marks = known.get(tree);
  if (marks === undefined) {
    const { kinds, parents, size } = tree;
    const roles = rolesOf(tree.kindNames, definition);
    const comments: number[] = [];
    const strings: number[] = [];
    for (let at = 0; at < size; at++) {
      const role = roles[kinds[at]!]!;
      // PHP's grammar sees a comment in the last line of a heredoc; one in an interpolation has that for a parent.
      if (role === COMMENT) {
        if (parents[at]! < 0 || roles[kinds[parents[at]!]!] !== STRING) comments.push(at);
      }
      if (role === STRING) strings.push(at);
    }
    marks = { comments, strings };
    known.set(tree, marks);
  }
  return marks;
};

/** The first place in a rising list whose number is at least `limit`. */
const firstFrom = (list: readonly number[], limit: number): number => {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < limit) low = middle + 1;
    else high = middle;
  }
  return low;
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
  cuts: readonly Cut[],
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
      const [cutStart, cutEnd, instead] = cuts[cut]!;
      if (cutStart > from) text += source.slice(from, cutStart);
      if (cutStart >= at) text += instead;
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
  const { comments, strings } = marksOf(tree, parser.definition);
  const kept: [number, number][] = [];
  for (const at of strings) addOuter(kept, tree.starts[at]!, tree.ends[at]!);
  const cuts = comments.map((at): Cut => [tree.starts[at]!, tree.ends[at]!, '']);
  return rebuild(source, 0, source.length, cuts, kept);
};
