import { describe, expect, it } from 'vitest';
import {
  createVocabulary,
  type FlatTree,
  type FlattenTreeOptions,
  flattenObject,
  flattenTree,
  type LabeledNode,
  type TreeJson,
  treeEditDistance,
  treeFromJson,
  treeToJson,
} from '../../src/ast/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { type LanguageId, loadLanguage } from '../../src/syntax/index.js';
import { chain, randomTree } from './trees.js';

const names = (tree: FlatTree) => Array.from(tree.labels, (id) => tree.vocabulary.name(id));
const flattenSource = async (language: LanguageId, source: string, options: FlattenTreeOptions = {}) => {
  const parser = await loadLanguage(language);
  return parser.withTree(source, (cursor) => flattenTree(cursor, options));
};

describe('flattenTree', () => {
  it('puts named nodes in postorder with their subtree sizes', async () => {
    const tree = await flattenSource('javascript', 'f(a, 1);');
    expect(names(tree)).toEqual([
      'identifier',
      'identifier',
      'number',
      'arguments',
      'call_expression',
      'expression_statement',
      'program',
    ]);
    expect([...tree.sizes]).toEqual([1, 1, 1, 3, 5, 6, 7]);
    expect(tree).toMatchObject({
      size: 7,
      labelMode: 'type',
      nodes: 'named',
      hasError: false,
      positions: null,
    });
  });

  it('keeps punctuation and keywords when all nodes are asked for', async () => {
    const tree = await flattenSource('javascript', 'f(a);', { nodes: 'all' });
    expect(names(tree)).toEqual([
      'identifier',
      '(',
      'identifier',
      ')',
      'arguments',
      'call_expression',
      ';',
      'expression_statement',
      'program',
    ]);
  });

  it.each([
    ['javascript', 'let a = 1; // one\n/* two */ f(/* three */); // four'],
    ['python', '# one\na = 1 # two\nf( # three\n)\n# four'],
    ['java', 'class A { /* one */ int f() { return 1; // two\n } /** three */ }'],
  ] as const)('drops comments of %s unless asked', async (language, source) => {
    const without = await flattenSource(language, source);
    expect(names(without).filter((name) => name.includes('comment'))).toEqual([]);
    const withThem = await flattenSource(language, source, { comments: true });
    expect(names(withThem).filter((name) => name.includes('comment')).length).toBeGreaterThanOrEqual(3);
    expect(withThem.size).toBe(
      without.size + names(withThem).filter((name) => name.includes('comment')).length,
    );
  });

  it('makes renaming free with type labels and visible with leaf labels', async () => {
    const distance = async (options: FlattenTreeOptions) =>
      treeEditDistance(
        await flattenSource('javascript', 'const a = b + 1', options),
        await flattenSource('javascript', 'const c = b + 2', options),
      );
    expect(await distance({})).toBe(0);
    expect(await distance({ labels: 'type+leaf' })).toBe(2);
  });

  it.each([
    ['javascript', 'x = a + b', 'x = a - b'],
    ['javascript', 'x += !a', 'x -= !a'],
    ['javascript', 'x = !a', 'x = ~a'],
    ['javascript', 'i++', 'i--'],
    ['python', 'x = a < b', 'x = a > b'],
    ['python', 'x = a and b', 'x = a or b'],
    ['java', 'class A { int f() { return a + b; } }', 'class A { int f() { return a * b; } }'],
    ['java', 'class A { void f() { i++; } }', 'class A { void f() { i--; } }'],
    ['c', 'int f() { return a << b; }', 'int f() { return a >> b; }'],
    ['go', 'package p\nfunc f() int { return a && b }', 'package p\nfunc f() int { return a || b }'],
    ['ruby', 'x = a + b', 'x = a - b'],
    ['php', '<?php $x = $a . $b + 1;', '<?php $x = $a . $b - 1;'],
    ['csharp', 'class A { int F() { return a + b; } }', 'class A { int F() { return a - b; } }'],
    ['csharp', 'class A { void F() { i++; } }', 'class A { void F() { i--; } }'],
    ['typescript', 'const x: number = a & b', 'const x: number = a | b'],
  ] as const)('tells operators of %s apart with operator labels: %s / %s', async (language, one, other) => {
    const distance = async (options: FlattenTreeOptions) =>
      treeEditDistance(
        await flattenSource(language, one, options),
        await flattenSource(language, other, options),
      );
    expect(await distance({})).toBe(0);
    expect(await distance({ labels: 'type+operator' })).toBe(1);
  });

  it('flags syntax errors and missing nodes', async () => {
    expect((await flattenSource('javascript', 'function ( {')).hasError).toBe(true);
    expect((await flattenSource('javascript', 'if (a { b }')).hasError).toBe(true);
    expect((await flattenSource('javascript', 'let x = (1;')).hasError).toBe(true);
    expect((await flattenSource('javascript', 'if (a) { b }')).hasError).toBe(false);
  });

  it('flattens only what is below the cursor and leaves the cursor there', async () => {
    const parser = await loadLanguage('javascript');
    parser.withTree('a; f(b, c); d;', (cursor) => {
      cursor.gotoFirstChild();
      cursor.gotoNextSibling();
      const tree = flattenTree(cursor);
      expect(names(tree).at(-1)).toBe('expression_statement');
      expect(tree.size).toBe(6);
      expect(cursor.nodeText).toBe('f(b, c);');
      expect(names(flattenTree(cursor))).toEqual(names(tree));
    });
  });

  it('records places in UTF-16 units when asked', async () => {
    const source = '"é😀"; f';
    const tree = await flattenSource('javascript', source, { positions: true });
    const texts = Array.from(tree.labels.keys(), (i) =>
      source.slice(tree.positions!.starts[i], tree.positions!.ends[i]),
    );
    expect(texts).toEqual(['é😀', '"é😀"', '"é😀";', 'f', 'f', source]);
  });

  it('reads cursors that give undefined for no field, as the native binding does', async () => {
    const parser = await loadLanguage('javascript');
    parser.withTree('x = a + b; y = 1', (cursor) => {
      const native = new Proxy(cursor, {
        get(target, key) {
          const value: unknown = Reflect.get(target, key, target);
          if (typeof value === 'function') return value.bind(target);
          return key === 'currentFieldName' ? (value ?? undefined) : value;
        },
      });
      const options = { labels: 'type+operator' } as const;
      expect(treeToJson(flattenTree(native, options))).toEqual(treeToJson(flattenTree(cursor, options)));
    });
  });

  it('takes source nested 200,000 deep', async () => {
    const depth = 200_000;
    const tree = await flattenSource('javascript', `${'['.repeat(depth)}${']'.repeat(depth)}`);
    expect(tree.size).toBeGreaterThan(depth);
    expect(tree.sizes.at(-1)).toBe(tree.size);
  });

  it('refuses unknown labels and nodes', async () => {
    await expect(flattenSource('javascript', 'a', { labels: 'kind' as 'type' })).rejects.toThrow(
      "labels must be 'type', 'type+leaf' or 'type+operator', received kind",
    );
    await expect(flattenSource('javascript', 'a', { nodes: 'some' as 'all' })).rejects.toThrow(
      "nodes must be 'named' or 'all', received some",
    );
  });
});

describe('flattenObject', () => {
  it('puts children before their parent', () => {
    const tree = flattenObject({
      label: 'r',
      children: [{ label: 'a', children: [{ label: 'b' }] }, { label: 'c' }],
    });
    expect(names(tree)).toEqual(['b', 'a', 'c', 'r']);
    expect([...tree.sizes]).toEqual([1, 2, 1, 4]);
  });

  it('copies an object that stands in several places', () => {
    const shared = { label: 's', children: [{ label: 't' }] };
    expect(flattenObject({ label: 'r', children: [shared, shared] }).size).toBe(5);
  });

  it('takes null as the empty tree and chains 200,000 deep', () => {
    expect(flattenObject(null).size).toBe(0);
    expect(flattenObject(chain(200_000, 'x')).size).toBe(200_000);
  });

  it('refuses cycles and what is no node', () => {
    const node = { label: 'loop', children: [] as LabeledNode[] };
    node.children.push({ label: 'inner', children: [node] });
    expect(() => flattenObject(node)).toThrow(
      "root must be a tree, received a node 'loop' that contains itself",
    );
    expect(() => flattenObject({ label: 1 } as unknown as LabeledNode)).toThrow('label must be a string');
    expect(() => flattenObject({ label: 'a', children: 'b' } as unknown as LabeledNode)).toThrow(
      'must be an array',
    );
    expect(() => flattenObject({ label: 'a', children: [null] } as unknown as LabeledNode)).toThrow(
      'a node must be { label, children }, received null',
    );
  });
});

describe('tree JSON', () => {
  it('survives the round trip, into any vocabulary', () => {
    const random = createRandom(12);
    for (let run = 0; run < 30; run++) {
      const tree = flattenObject(randomTree(random, 1 + random.below(40), 5, random.uniform()));
      const text = JSON.stringify(treeToJson(tree));
      expect(treeFromJson(JSON.parse(text))).toEqual(tree);
      const elsewhere = treeFromJson(JSON.parse(text), { vocabulary: createVocabulary() });
      expect(names(elsewhere)).toEqual(names(tree));
      expect(elsewhere.sizes).toEqual(tree.sizes);
    }
    expect(treeFromJson(treeToJson(flattenObject(null))).size).toBe(0);
  });

  it.each([
    [{ sizes: [1, 1] }, 'sizes must have the length of labels, 3, received 2'],
    [{ sizes: [1, 1, 2] }, 'one tree, received a forest of 2'],
    [{ sizes: [1, 2, 2] }, 'json.sizes[2] must be the size of a subtree, received 2'],
    [{ sizes: [1, 1, 4] }, 'json.sizes[2] must be the size of a subtree, received 4'],
    [{ sizes: [1, 1, 0] }, 'json.sizes[2] must be the size of a subtree, received 0'],
    [{ labels: [0, 1, 7] }, 'json.labels[2] must be a place in names, received 7'],
    [{ names: ['a', 1, 'c'] }, 'json.names must be strings, received number'],
    [{ names: undefined }, 'json must hold the arrays names, labels and sizes'],
    [{ labelMode: 'kind' }, 'json.labelMode must be one of'],
    [{ nodes: 'some' }, "json.nodes must be 'named' or 'all', received some"],
  ])('refuses %o', (change, message) => {
    const json = {
      names: ['a', 'b', 'c'],
      labels: [0, 1, 2],
      sizes: [1, 1, 3],
      labelMode: 'custom',
      nodes: 'all',
    };
    expect(() => treeFromJson({ ...json, hasError: false, ...change } as unknown as TreeJson)).toThrow(
      message,
    );
  });
});

describe('a vocabulary', () => {
  it('gives one id per name and refuses unknown ids', () => {
    const vocabulary = createVocabulary();
    expect([vocabulary.id('a'), vocabulary.id('b'), vocabulary.id('a')]).toEqual([0, 1, 0]);
    expect(vocabulary.size).toBe(2);
    expect(vocabulary.name(1)).toBe('b');
    expect(() => vocabulary.name(2)).toThrow('id must be in [0, 2), received 2');
  });
});
