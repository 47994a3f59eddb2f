import type { AuthorDoc, FunctionHead, LanguageDefinition, SyntaxTree } from '../../syntax/index.js';
import { docDefect } from './doc-defect.js';

/** Nodes at the top of a file that are neither comments nor code. */
const PREAMBLE = /^(php_tag|hash_bang_line|text)$/;

/** Code that a file's own comment stands above, because its language says so. */
const FILE_HEADS = /^(package_clause|package_declaration)$/;

const MARKS = /^\s*(?:\/\*+!?|\/\/[/!]?|#+!?|\*+\/?|=begin|=end)\s?|\s*\*+\/$/gm;

/**
 * The doc of a file as a whole: a module's docstring, or else the first comment at its top that is no license
 * and no directive and that does not stand directly above a declaration, whose doc it is.
 */
export const fileDoc = (tree: SyntaxTree, definition: LanguageDefinition): AuthorDoc | null => {
  const head: FunctionHead = {
    name: 'file',
    isDefaultExport: false,
    kind: 'function',
    owner: [],
    ownerIsClass: false,
    outer: 0,
    anchor: 0,
    body: 0,
    isLexical: false,
    isFileLocal: false,
    parameters: [],
    arity: [0, 0],
  };
  const own = definition.findDoc(tree, 0, head);
  if (own !== null && own.inside >= 0) return own;
  const groups: { text: string; end: number }[] = [];
  let below = -1;
  for (const child of tree.children(0)) {
    const kind = tree.kind(child);
    if (PREAMBLE.test(kind)) continue;
    if (!definition.commentKinds.has(kind)) {
      below = child;
      break;
    }
    const last = groups.at(-1);
    const text = tree.text(child);
    const isBlock = text.startsWith('/*') || text.startsWith('=begin');
    const gap = last === undefined ? '' : tree.source.slice(last.end, tree.starts[child]!);
    if (last === undefined || isBlock || last.text.startsWith('/*') || /\n\s*\n/.test(`\n${gap}`.slice(1)))
      groups.push({ text, end: tree.ends[child]! });
    else {
      last.text += `\n${text}`;
      last.end = tree.ends[child]!;
    }
  }
  const last = groups.at(-1);
  if (last !== undefined && below >= 0 && !FILE_HEADS.test(tree.kind(below))) {
    const gap = tree.source.slice(last.end, tree.starts[below]!);
    if (!/\n[ \t]*\r?\n/.test(gap) && !(last.text.endsWith('\n') && /^[ \t]*\r?\n/.test(gap))) groups.pop();
  }
  for (const { text } of groups) {
    const plain = text
      .replace(MARKS, '')
      .replace(/^\s*\n|\s+$/g, '')
      .trim();
    if (plain !== '' && docDefect(plain, plain) === null) return { text: plain, inside: -1 };
  }
  return null;
};
