import type { SyntaxTree } from '../syntax-tree.js';
import type { FlowPlace } from '../value-flow.js';

/** Where an assignment stands: the end of its block and the outermost loop around it in its function. */
export const placeOf = (
  tree: SyntaxTree,
  node: number,
  loops: ReadonlySet<string>,
  functions: ReadonlySet<string>,
): FlowPlace => {
  let statement = node;
  while (
    /^(expression_statement|lexical_declaration|variable_declaration|local_variable_declaration|field_declaration|assignment|export_statement)$/.test(
      tree.kind(tree.parent(statement)),
    )
  )
    statement = tree.parent(statement);
  const block = tree.parent(statement);
  let loopStart = -1;
  let loopEnd = -1;
  for (let at = block; at >= 0; at = tree.parent(at)) {
    const kind = tree.kind(at);
    if (functions.has(kind)) break;
    if (!loops.has(kind)) continue;
    loopStart = at;
    loopEnd = tree.after[at]!;
  }
  return {
    start: node,
    since: tree.after[node]!,
    blockEnd: block < 0 ? -1 : tree.after[block]!,
    loopStart,
    loopEnd,
  };
};

/** Entries of a literal without those that a later one with the same key replaces. */
export const lastOfEach = <Value>(
  entries: readonly (readonly [key: string | null, value: Value])[],
): (readonly [key: string | null, value: Value])[] => {
  const last = new Map(entries.map(([key], at) => [key, at]));
  return entries.filter(([key], at) => key === null || last.get(key) === at);
};
