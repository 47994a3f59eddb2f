import { describe, expect, it } from 'vitest';
import { outlinePieces } from '../search/entries/outline.js';

const known = (
  functions: readonly (readonly [number, number])[],
  definitions: readonly (readonly [string, number, number, string?])[] = [],
) => ({
  functions: functions.map(([startLine, endLine]) => ({ startLine, endLine })),
  definitions: definitions.map(([qualifiedName, startLine, endLine, doc = null]) => ({
    kind: /^[A-Z_]+$/.test(qualifiedName) ? ('constant' as const) : ('class' as const),
    qualifiedName,
    startLine,
    endLine,
    doc,
  })),
});
const outline = (text: string, units: ReturnType<typeof known> | null = null) =>
  outlinePieces(text, 'file', units);
const brief = (text: string, units: ReturnType<typeof known> | null = null) =>
  outline(text, units).map(({ role, name, startLine, endLine }) => [role, name, startLine, endLine]);

describe('the outline of a file', () => {
  it('has the types that a grammar found, with the heads of their members and their docs', () => {
    const text = [
      'import x from "x";',
      '',
      '/** Sends requests. */',
      'export class Client {',
      '  base = "/";',
      '  get(path) {',
      '    return secret(path);',
      '  }',
      '}',
    ].join('\n');
    const pieces = outline(text, known([[6, 8]], [['Client', 4, 9, 'Sends requests.']]));
    expect(pieces.map(({ role, name }) => [role, name])).toEqual([
      ['text', 'file'],
      ['type', 'Client'],
    ]);
    expect(pieces[0]!.text).toBe('import x from "x";');
    expect(pieces[1]).toMatchObject({ startLine: 4, endLine: 9, doc: 'Sends requests.' });
    expect(pieces[1]!.text).toContain('get(path) {');
    expect(pieces[1]!.text).not.toContain('secret');
  });

  it('gives each line of nested types to the innermost', () => {
    const text = 'class A:\n  x = 1\n  class B:\n    y = 2\n  z = 3';
    const pieces = outline(
      text,
      known(
        [],
        [
          ['A', 1, 5],
          ['A.B', 3, 4],
        ],
      ),
    );
    expect(pieces.map(({ name, startLine, endLine, text: own }) => [name, startLine, endLine, own])).toEqual([
      ['A', 1, 5, 'class A:\n  x = 1\n  z = 3'],
      ['A.B', 3, 4, '  class B:\n    y = 2'],
    ]);
  });

  it('finds constants without a doc by their lines, beside those of a grammar', () => {
    const text = '/** Most. */\nexport const LIMIT = {\n  a: 1,\n};\nexport const least = 2;';
    expect(brief(text, known([], [['LIMIT', 2, 4, 'Most.']]))).toEqual([
      ['value', 'LIMIT', 2, 4],
      ['value', 'least', 5, 5],
    ]);
  });

  it.each([
    ['interface Options {\n  readonly top: number;\n}', ['type', 'Options', 1, 3]],
    ['export type Name = string | null;', ['type', 'Name', 1, 1]],
    ['type Mux struct {\n\ttree *node\n}', ['type', 'Mux', 1, 3]],
    ['struct uv_loop_s {\n  int x;\n};', ['type', 'uv_loop_s', 1, 3]],
    ['class Timeout:\n    """Waits."""\n    pass', ['type', 'Timeout', 1, 3]],
    ['export const LIMIT = 4;', ['value', 'LIMIT', 1, 1]],
    ['#define UV_MAX 4', ['value', 'UV_MAX', 1, 1]],
    ['MAX_SIZE: int = 4', ['value', 'MAX_SIZE', 1, 1]],
    ['class Rack::Response\n  x\nend', ['type', 'Rack.Response', 1, 3]],
  ])('reads %j where no grammar does', (text, piece) => {
    expect(brief(text)).toEqual([piece]);
  });

  it('finds functions by their keywords where no grammar does', () => {
    const rust =
      'pub struct Tree {\n  root: Node,\n}\n\n/// Adds a node.\npub fn insert(tree: &mut Tree) {\n  tree.add();\n}';
    expect(brief(rust)).toEqual([
      ['type', 'Tree', 1, 3],
      ['function', 'insert', 5, 8],
    ]);
    expect(outline(rust)[1]!.doc).toBe('Adds a node.');
  });

  it('cuts long parts and drops what holds no letter', () => {
    const long = Array.from({ length: 150 }, (_, i) => `call(${i});`).join('\n');
    expect(brief(long)).toEqual([
      ['text', 'file', 1, 60],
      ['text', 'file', 61, 120],
      ['text', 'file', 121, 150],
    ]);
    expect(brief('{\n}\n\n;;')).toEqual([]);
    expect(brief('')).toEqual([]);
  });
});
