import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FlatTree, type FlattenTreeOptions, flattenTree } from '../../src/ast/index.js';
import { loadLanguage, type SyntaxCursor } from '../../src/syntax/index.js';

const functionTypes = new Set([
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'method_definition',
  'arrow_function',
]);

/** JavaScript files below a folder in name order; declarations, minified files and nested packages left out. */
export const sourceFiles = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourceFiles(path);
      return entry.isFile() && /(?<!\.min)\.(?:js|mjs|cjs)$/.test(entry.name) ? [path] : [];
    });

/** Calls `visit` with the cursor at every function of a file, outer ones first. */
const visitFunctions = (cursor: SyntaxCursor, visit: () => void): void => {
  for (;;) {
    if (functionTypes.has(cursor.nodeType)) visit();
    if (cursor.gotoFirstChild()) continue;
    while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) return;
  }
};

/** The functions of some folders as flat trees: 20 nodes and more, no syntax errors, files up to 1 MB. */
export const functionTrees = async (
  folders: readonly string[],
  options: FlattenTreeOptions = {},
): Promise<FlatTree[]> => {
  const javascript = await loadLanguage('javascript');
  const trees: FlatTree[] = [];
  for (const path of folders.flatMap(sourceFiles)) {
    const source = readFileSync(path, 'utf8');
    if (source.length > 1_000_000) continue;
    javascript.withTree(source, (cursor) => {
      visitFunctions(cursor, () => {
        const tree = flattenTree(cursor, options);
        if (tree.size >= 20 && !tree.hasError) trees.push(tree);
      });
    });
  }
  return trees;
};

/** Every `step`-th pair of a fixed shuffle of the trees within a size range. */
export const samplePairs = (
  trees: readonly FlatTree[],
  count: number,
  minimum: number,
  maximum: number,
): [FlatTree, FlatTree][] => {
  const fitting = trees.filter(({ size }) => size >= minimum && size <= maximum);
  let state = 12345;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return fitting[Math.floor((state / 2 ** 32) * fitting.length)]!;
  };
  return Array.from({ length: count }, () => [draw(), draw()]);
};
