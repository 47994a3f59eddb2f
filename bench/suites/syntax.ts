import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Language, Parser } from 'web-tree-sitter';
import { type FlatTree, flattenTree } from '../../src/ast/index.js';
import {
  loadLanguage,
  type ParsedTree,
  SyntaxParser,
  type SyntaxTree,
  stripComments,
  subtokens,
} from '../../src/syntax/index.js';
import { loadPeer } from '../runner/peer-packages.js';
import { type Prepared, type Suite, sizes, work } from '../runner/suite.js';

const require = createRequire(import.meta.url);

/** The first so many kilobytes of a large file that is installed anyway, cut at a line: few syntax errors. */
const source = (kilobytes: number): string => {
  const text = readFileSync(require.resolve('@tensorflow/tfjs-core/dist/tf-core.js'), 'utf8');
  return text.slice(0, text.lastIndexOf('\n', kilobytes * 1000));
};
const javascript = sizes([50, null, 500], (kilobytes) => `${kilobytes} kB of JavaScript`);

const webTreeSitter = async (): Promise<Parser> => {
  await Parser.init();
  const grammar = require.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm');
  return new Parser().setLanguage(await Language.load(grammar));
};

/** What reading a tree is for: each named node's kind and extent, in pre-order. */
const readByCursor = (parser: Parser, text: string): { size: number; ends: number } => {
  const tree = parser.parse(text)!;
  const cursor = tree.walk();
  const kinds: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  walk: for (;;) {
    if (cursor.nodeIsNamed) {
      kinds.push(cursor.nodeTypeId);
      starts.push(cursor.startIndex);
      ends.push(cursor.endIndex);
    }
    if (cursor.gotoFirstChild()) continue;
    while (!cursor.gotoNextSibling()) if (!cursor.gotoParent()) break walk;
  }
  cursor.delete();
  tree.delete();
  return { size: kinds.length, ends: ends.reduce((sum, end) => sum + end, 0) };
};

interface NativeParser {
  setLanguage(language: unknown): void;
  parse(source: string, old: undefined, options: { readonly bufferSize: number }): ParsedTree;
}

const flattening = (parser: SyntaxParser, text: string): Prepared => ({
  run: () => parser.withTree(text, (cursor) => flattenTree(cursor)),
  outcome: ({ size }: FlatTree) => [size],
});

interface Acorn {
  tokenizer(
    text: string,
    options: {
      readonly ecmaVersion: 'latest';
      readonly sourceType: 'module';
      onComment(block: boolean, text: string, start: number, end: number): void;
    },
  ): Iterable<unknown>;
}

const cutComments = (acorn: Acorn, text: string): string => {
  const parts: string[] = [];
  let kept = 0;
  const onComment = (_block: boolean, _text: string, start: number, end: number) => {
    parts.push(text.slice(kept, start));
    kept = end;
  };
  const tokens = acorn.tokenizer(text, { ecmaVersion: 'latest', sourceType: 'module', onComment });
  for (const _ of tokens);
  return parts.join(' ') + text.slice(kept);
};

const characters = (text: string) => [text.replace(/\s/g, '').length];

export const syntax: Suite = {
  room: 'syntax',
  works: [
    work({
      name: 'read',
      title: 'Parsing and reading every named node with its kind and extent',
      sizes: javascript,
      input: source,
      tolerance: 0,
      note: 'Outcomes are the number of nodes and the sum of their ends.',
      contenders: [
        {
          name: 'SyntaxParser.read',
          async prepare(text) {
            const parser = await loadLanguage('javascript');
            return {
              run: () => parser.read(text),
              outcome: ({ size, ends }: SyntaxTree) => [
                size,
                ends.subarray(0, size).reduce((sum, end) => sum + end, 0),
              ],
            };
          },
        },
        {
          name: 'TreeCursor',
          package: 'web-tree-sitter',
          async prepare(text) {
            const parser = await webTreeSitter();
            return {
              run: () => readByCursor(parser, text),
              outcome: ({ size, ends }: ReturnType<typeof readByCursor>) => [size, ends],
            };
          },
        },
      ],
    }),
    work({
      name: 'bindings',
      title: 'Parsing a file and flattening its tree, by either binding of tree-sitter',
      sizes: javascript,
      input: source,
      tolerance: 0.01,
      note: 'Outcomes are the numbers of named nodes: the grammars of the two bindings differ a little.',
      contenders: [
        {
          name: 'flattenTree by web-tree-sitter',
          async prepare(text) {
            const parser = await loadLanguage('javascript');
            return flattening(parser, text);
          },
        },
        {
          name: 'flattenTree by the native binding',
          package: 'tree-sitter',
          prepare(text) {
            const native = new (loadPeer<new () => NativeParser>('tree-sitter'))();
            native.setLanguage(loadPeer('tree-sitter-javascript'));
            const parser = new SyntaxParser('javascript', (code) =>
              native.parse(code, undefined, { bufferSize: 2 * code.length + 2 }),
            );
            return flattening(parser, text);
          },
        },
      ],
    }),
    work({
      name: 'strip-comments',
      title: 'Removing comments',
      sizes: javascript,
      input: source,
      tolerance: 0,
      note: 'Outcomes are the numbers of characters that remain, without white space.',
      contenders: [
        {
          name: 'stripComments',
          async prepare(text) {
            const parser = await loadLanguage('javascript');
            return { run: () => stripComments(parser, text), outcome: characters };
          },
        },
        {
          name: 'tokenizer, its comments cut out',
          package: 'acorn',
          prepare(text) {
            const acorn = loadPeer<Acorn>('acorn');
            return { run: () => cutComments(acorn, text), outcome: characters };
          },
        },
      ],
    }),
    work({
      name: 'subtokens',
      title: 'Splitting into subtokens',
      sizes: javascript,
      input: source,
      tolerance: 0,
      contenders: [
        {
          name: 'subtokens',
          prepare: (text) => ({ run: () => subtokens(text), outcome: ({ length }: string[]) => [length] }),
        },
      ],
    }),
  ],
};
