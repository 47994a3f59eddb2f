import { describe, expect, it } from 'vitest';
import { outlinePieces } from '../search/entries/outline.js';

const outline = (
  text: string,
  functions: readonly (readonly [number, number])[] = [],
  findsCallables = false,
) =>
  outlinePieces(
    text,
    'file',
    functions.map(([startLine, endLine]) => ({ startLine, endLine })),
    findsCallables,
  );
const brief = (text: string, functions?: readonly (readonly [number, number])[], findsCallables?: boolean) =>
  outline(text, functions, findsCallables).map(({ role, name, startLine, endLine }) => [
    role,
    name,
    startLine,
    endLine,
  ]);

describe('the outline of a file', () => {
  it('has types with the heads of their members, and their docs', () => {
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
    const pieces = outline(text, [[6, 8]]);
    expect(pieces.map(({ role, name }) => [role, name])).toEqual([
      ['text', 'file'],
      ['type', 'Client'],
    ]);
    expect(pieces[1]).toMatchObject({ startLine: 3, endLine: 9, doc: 'Sends requests.' });
    expect(pieces[1]!.text).toContain('get(path) {');
    expect(pieces[1]!.text).not.toContain('secret');
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
  ])('reads %j', (text, piece) => {
    expect(brief(text)).toEqual([piece]);
  });

  it('finds functions by their keywords where no grammar does', () => {
    const rust =
      'pub struct Tree {\n  root: Node,\n}\n\n/// Adds a node.\npub fn insert(tree: &mut Tree) {\n  tree.add();\n}';
    expect(brief(rust, [], true)).toEqual([
      ['type', 'Tree', 1, 3],
      ['function', 'insert', 5, 8],
    ]);
    expect(outline(rust, [], true)[1]!.doc).toBe('Adds a node.');
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
