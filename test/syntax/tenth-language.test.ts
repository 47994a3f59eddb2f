import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { Language, Parser } from 'web-tree-sitter';
import { RepositoryIndex } from '../../src/corpus/calls/repository-index.js';
import { resolveFile } from '../../src/corpus/calls/resolve-calls.js';
import { extractFile } from '../../src/corpus/extraction/extract-file.js';
import { defineLanguage, SyntaxParser } from '../../src/syntax/index.js';

/** A language that the package doesn't know, on a grammar that is at hand: all that its one file would hold. */
const header = defineLanguage({
  extensions: ['.inc'],
  grammar: { package: '@repomix/tree-sitter-wasms', wasm: 'out/tree-sitter-go.wasm' },
  functionKinds: new Set(['function_declaration']),
  commentKinds: new Set(['comment']),
  callKinds: new Set(['call_expression']),
  fieldParents: new Set(['function_declaration', 'call_expression']),
  sharesFolderScope: true,
  describeCall: (tree, node) => ({
    name: tree.text(tree.child(node, 'function')),
    receiver: null,
    arity: -1,
    isConstruction: false,
  }),
});

describe('a tenth language', () => {
  it('is one object: functions, code without comments and calls follow from it', async () => {
    await Parser.init();
    const parser = new Parser();
    const wasm = createRequire(import.meta.url).resolve(`${header.grammar.package}/${header.grammar.wasm}`);
    parser.setLanguage(await Language.load(wasm));
    const tenth = new SyntaxParser('header', (source) => parser.parse(source), null, header);
    const texts = {
      'a.inc':
        'package p\nfunc one(a int) int {\n\t// Calls.\n\treturn two(a) + three()\n}\nfunc two(b int) int { return b }',
      'b.inc': 'package p\nfunc three() int { return 3 }',
    };
    let offset = 0;
    const files = Object.entries(texts).map(([path, text]) => {
      const facts = extractFile(tenth.read(text), tenth.definition, path);
      const file = { path, definition: tenth.definition, facts, offset };
      offset += facts.functions.length;
      return file;
    });
    const functions = files.flatMap(({ facts }) => facts.functions);
    expect(functions.map(({ name, signature }) => [name, signature])).toEqual([
      ['one', 'func one(a int) int'],
      ['two', 'func two(b int) int'],
      ['three', 'func three() int'],
    ]);
    expect(functions[0]!.code).toBe('func one(a int) int {\n\treturn two(a) + three()\n}');
    const index = new RepositoryIndex(files, { packages: new Map(), mains: new Map() });
    const calls = files.flatMap((file) => resolveFile(index, file));
    expect(calls.map(({ file, caller, callee, tier }) => [file.offset + caller, callee, tier])).toEqual([
      [0, 1, 'scope'],
      [0, 2, 'package'],
    ]);
  });

  it('needs its definition', () => {
    expect(() => new SyntaxParser('header', () => null)).toThrow('language must be one of python');
  });
});
