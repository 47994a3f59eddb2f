import { describe, expect, it } from 'vitest';
import { flattenTree, formatCodeDiff, treeEditMapping, treeEditMoves } from '../../src/ast/index.js';
import { loadLanguage } from '../../src/syntax/index.js';

const javascript = await loadLanguage('javascript');
const read = (source: string) => ({
  source,
  tree: javascript.withTree(source, (cursor) =>
    flattenTree(cursor, { labels: 'type+leaf', positions: true }),
  ),
});

const f = 'function f(x) {\n  return x + 1;\n}\n';
const g = 'function g(list) {\n  for (const item of list) {\n    use(item);\n  }\n}\n';

describe('formatCodeDiff', () => {
  it('shows changed lines with the lines around them', () => {
    const a = read(`one();\n${f}two();\n${g}three();\n`);
    const b = read(`one();\n${f}two();\n${g.replace('use(item)', 'drop(item)')}three();\n`);
    expect(formatCodeDiff(a, b, treeEditMapping(a.tree, b.tree), { context: 1 })).toBe(
      '@@ -7,3 +7,3 @@\n   for (const item of list) {\n-    use(item);\n+    drop(item);\n   }',
    );
  });

  it('shows moved code where it was and where it is', () => {
    const a = read(f + g);
    const b = read(g + f);
    const diff = formatCodeDiff(a, b, treeEditMoves(a.tree, b.tree));
    const signs = diff.split('\n').map((line) => line[0]);
    expect(signs.filter((sign) => sign === '-' || sign === '+')).toEqual([]);
    expect(signs.filter((sign) => sign === '<')).toHaveLength(signs.filter((sign) => sign === '>').length);
    expect(signs).toContain('<');
  });

  it('sees through new indentation and says nothing about equal sources', () => {
    const a = read(f);
    const b = read(`if (on) {\n${f.replaceAll(/^(?=.)/gm, '  ')}}\n`);
    expect(formatCodeDiff(a, b, treeEditMapping(a.tree, b.tree))).toBe(
      '@@ -1,3 +1,5 @@\n+if (on) {\n   function f(x) {\n     return x + 1;\n   }\n+}',
    );
    expect(formatCodeDiff(a, a, treeEditMapping(a.tree, a.tree))).toBe('');
  });

  it('has both sources whole, line by line, with enough context', () => {
    const a = read(`// first\n${f}\none();\n${g}`);
    const b = read(`// second\n${g}two();\n\n${f}`);
    const lines = formatCodeDiff(a, b, treeEditMapping(a.tree, b.tree), { context: 99 }).split('\n').slice(1);
    const side = (signs: string) =>
      lines.filter((line) => signs.includes(line[0]!)).map((line) => line.slice(1).trim());
    expect(side(' -<')).toEqual(
      a.source
        .trimEnd()
        .split('\n')
        .map((line) => line.trim()),
    );
    expect(side(' +>')).toEqual(
      b.source
        .trimEnd()
        .split('\n')
        .map((line) => line.trim()),
    );
  });

  it('asks for positions', () => {
    const bare = { source: f, tree: javascript.withTree(f, (cursor) => flattenTree(cursor)) };
    expect(() => formatCodeDiff(bare, bare, treeEditMapping(bare.tree, bare.tree))).toThrow(
      'a.tree must be flattened with positions: true, received one without positions',
    );
  });
});
