import type { SyntaxTree } from '../syntax-tree.js';

/** A receiver as a dotted path of names, or `?` for any other expression. */
export const receiverPath = (text: string): string => {
  if (text.length > 200) return '?';
  const path = text
    .replace(/\s+/g, '')
    .replace(/\?\.|!\.|->|::/g, '.')
    .replace(/^\$/, '');
  return /^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(path) ? path : '?';
};

/** Named children of an argument list; -1 where a spread hides the number. */
export const countArguments = (
  tree: SyntaxTree,
  list: number,
  spread = /spread|splat|unpacking|comment$/,
): number => {
  if (list < 0) return 0;
  let count = 0;
  for (const child of tree.children(list)) {
    const kind = tree.kind(child);
    if (kind.endsWith('comment')) continue;
    const inner = tree.firstChild(child);
    if (spread.test(kind) || (kind === 'argument' && inner >= 0 && spread.test(tree.kind(inner)))) return -1;
    count++;
  }
  return count;
};

/** A type's own name, without its arguments, pointers and qualifiers. */
export const typeName = (text: string): string | null => {
  const name = /^[*&?\s]*(?:[\w$]+(?:\.|::|\\))*([\p{L}_$][\p{L}\p{N}_$]*)/u.exec(
    text.replace(/^\\/, ''),
  )?.[1];
  return name ?? null;
};
