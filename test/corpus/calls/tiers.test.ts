import { describe, expect, it } from 'vitest';
import { analyzeRepository, callContext } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const edgesOf = async (files: Readonly<Record<string, string>>): Promise<string[]> => {
  const { functions, calls } = await analyzeRepository(await folderOf(files));
  const names = new Map(functions.map(({ id, path, qualifiedName }) => [id, `${path}:${qualifiedName}`]));
  return calls.map(({ caller, callee, tier }) => `${names.get(caller)} → ${names.get(callee)} ${tier}`);
};

describe('how a call is resolved', () => {
  it('takes the most trusted of a function’s calls to another', async () => {
    const source = 'class A { go(x) { x.compute(); this.compute(); x.compute(); } compute() {} }';
    expect(await edgesOf({ 'a.js': source })).toEqual(['a.js:A.go → a.js:A.compute receiver']);
  });

  it('trusts in the order receiver, scope, import, package, unique name', async () => {
    const root = await folderOf({
      'a.js':
        'import { taken } from "./b.js";\nfunction local() {}\nclass A { own() {} go(x) { x.unique(); taken(); local(); this.own(); } }',
      'b.js': 'export function taken() {}\nclass B { unique() {} }',
      'x.go': 'package p\nfunc run() { made() }',
      'y.go': 'package p\nfunc made() {}',
    });
    const { functions, calls } = await analyzeRepository(root);
    const go = functions.find(({ path, name }) => path === 'a.js' && name === 'go')!;
    expect(go.callees.map(({ name, tier }) => [name, tier])).toEqual([
      ['own', 'receiver'],
      ['local', 'scope'],
      ['taken', 'import'],
      ['unique', 'unique-name'],
    ]);
    const confidences = new Map(calls.map(({ tier, confidence }) => [tier, confidence]));
    expect(confidences.get('import')!).toBeGreaterThan(confidences.get('package')!);
    expect(confidences.get('package')!).toBeGreaterThan(confidences.get('unique-name')!);
    const byId = new Map(functions.map((found) => [found.id, found]));
    const mixed = {
      ...go,
      callees: [
        ...go.callees,
        { ...go.callees[0]!, id: byId.keys().next().value!, tier: 'package' as const },
      ],
    };
    const context = (leastTier: 'receiver' | 'scope' | 'import' | 'package' | 'unique-name') =>
      callContext(mixed, byId, { leastTier }).callees.length;
    expect([context('receiver'), context('scope'), context('import')]).toEqual([1, 2, 3]);
    expect([context('package'), context('unique-name')]).toEqual([4, 5]);
  });

  it('follows an alias to the name that was exported', async () => {
    expect(
      await edgesOf({
        'a.js': 'import { parse as read, other as parse } from "./b.js";\nfunction go() { read(); parse(); }',
        'b.js': 'function inner() {}\nexport function parse() {}\nexport { inner as other };',
      }),
    ).toEqual(['a.js:go → b.js:parse import', 'a.js:go → b.js:inner import']);
  });

  it('takes the last of what a module assigns', async () => {
    expect(
      await edgesOf({
        'a.js': 'const go = require("./b.js");\nfunction f() { go(); }',
        'b.js': 'function one() {}\nfunction two() {}\nmodule.exports = one;\nmodule.exports = two;',
      }),
    ).toEqual(['a.js:f → b.js:two import']);
  });

  it('takes what is imported from elsewhere for no function of the repository', async () => {
    expect(
      await edgesOf({
        'a.js':
          'import { parseText } from "elsewhere";\nimport lib from "other";\nfunction go() { parseText(); lib.formatText(); lib.deep.formatText(); }',
        'b.js': 'export function parseText() {}\nexport class B { formatText() {} }',
      }),
    ).toEqual([]);
  });

  it('takes a wrapper’s call to its namesake for none to itself', async () => {
    const source = 'class A { renderAll() { this.inner.renderAll(); } }';
    expect(await edgesOf({ 'a.js': source })).toEqual([]);
    expect(await edgesOf({ 'a.js': 'function again() { again(); }' })).toEqual([
      'a.js:again → a.js:again scope',
    ]);
  });

  it('sees what `this` and `super` mean', async () => {
    expect(
      await edgesOf({
        'a.js':
          'class A { run() {} }\nclass B extends A { run() { super.run(); } go() { this.run(); super.run(); } }\nfunction run() {}',
      }),
    ).toEqual([
      'a.js:B.run → a.js:A.run receiver',
      'a.js:B.go → a.js:B.run receiver',
      'a.js:B.go → a.js:A.run receiver',
    ]);
  });

  it('takes an abstract method for the only one that makes it concrete', async () => {
    const source =
      'abstract class A { go() { this.putLine(); } abstract putLine(): void; }\nclass B extends A { putLine() {} }';
    expect(await edgesOf({ 'a.ts': source })).toEqual(['a.ts:A.go → a.ts:B.putLine unique-name']);
    expect(await edgesOf({ 'a.ts': `${source}\nclass C extends A { putLine() {} }` })).toEqual([]);
  });

  it.each([
    [
      'of a class from elsewhere',
      { 'a.js': 'class A { runAll() {} }\nfunction f() { const m = new Remote(); m.runAll(); }' },
    ],
    ['with too many arguments', { 'a.js': 'class A { runAll(a) {} }\nfunction f(x) { x.runAll(1, 2); }' }],
    ['of two letters', { 'a.js': 'class A { go() {} }\nfunction f(x) { x.go(); }' }],
    [
      'that two functions bear',
      { 'a.js': 'class A { runAll() {} }\nclass B { runAll() {} }\nfunction f(x) { x.runAll(); }' },
    ],
    [
      'that is a function, not a method',
      { 'a.js': 'function runAll() {}', 'b.js': 'function f(x) { x.runAll(); }' },
    ],
    ['of another language', { 'a.js': 'class A { runAll() {} }', 'b.py': 'def f(x):\n    x.runAll()' }],
    [
      'that is static in another C file',
      { 'a.c': 'static void run_all(void) {}', 'b.c': 'void f(void) { run_all(); }' },
    ],
  ])('guesses no name %s', async (_, files) => {
    expect(await edgesOf(files)).toEqual([]);
  });

  it('guesses a method’s name that only one bears', async () => {
    const source = 'class A { runAll(a, b = 1) {} }\nfunction f(x) { x.runAll(1); }';
    expect(await edgesOf({ 'a.js': source })).toEqual(['a.js:f → a.js:A.runAll unique-name']);
  });

  it('chooses the overload that takes the arguments', async () => {
    const { functions, calls } = await analyzeRepository(
      await folderOf({
        'A.java': 'class A {\n void f(int a) {}\n void f(int a, int b) {}\n void go() { f(1, 2); }\n}',
      }),
    );
    const { id } = functions.find(({ startLine }) => startLine === 3)!;
    expect(calls.map(({ callee }) => callee)).toEqual([id]);
  });

  it('lists a call to itself among the calls, not among callers and callees', async () => {
    const root = await folderOf({ 'a.js': 'function again() { again(); }' });
    const { functions, calls } = await analyzeRepository(root);
    expect(calls).toHaveLength(1);
    expect(functions[0]).toMatchObject({ callers: [], callees: [] });
  });

  it('resolves calls before it filters', async () => {
    const root = await folderOf({
      'a.js':
        '/** Adds the two numbers. */\nfunction add(a, b) {\n  check(a);\n  return a + b;\n}\nfunction check() {}',
    });
    const { functions, calls, droppedByReason } = await analyzeRepository(root, { filters: {} });
    expect(functions.map(({ name }) => name)).toEqual(['add']);
    expect(functions[0]!.callees.map(({ name }) => name)).toEqual(['check']);
    expect(calls).toHaveLength(1);
    expect(droppedByReason).toEqual({ 'no-docstring': 1 });
  });
});
