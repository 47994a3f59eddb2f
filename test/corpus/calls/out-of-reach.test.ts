import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const edges = async (files: Readonly<Record<string, string>>) => {
  const { functions } = await analyzeRepository(await folderOf(files));
  return functions.flatMap(({ name, path, callees }) =>
    callees.map((callee) => `${path}#${name} > ${callee.name} (${callee.tier})`),
  );
};

describe('tests of a repository', () => {
  it('are not called by its program, by whichever guess', async () => {
    expect(
      await edges({
        'src/a.js': 'export function a(x) { x.computeTotal(1); makeTotals(1); }',
        'tests/polyfill.js': 'class Shim { computeTotal(n) {} }\nfunction makeTotals(n) {}',
        'src/b.go': 'package p\nfunc b() { prepare() }',
        'src/b_test.go': 'package p\nfunc prepare() {}\nfunc c() { b() }',
        'src/D.java': 'class D { void d() { new Helper().help(); } }',
        'src/HelperTest.java': 'class Helper { void help() {} }',
      }),
    ).toEqual(['src/b_test.go#c > b (package)']);
  });

  it('call each other and the program', async () => {
    expect(
      await edges({
        'src/a.js': 'class A { computeTotal(n) {} }',
        'test/one.test.js': 'class B { measure(n) {} }\nfunction one(x) { x.computeTotal(1); x.measure(2); }',
      }),
    ).toEqual([
      'test/one.test.js#one > computeTotal (unique-name)',
      'test/one.test.js#one > measure (unique-name)',
    ]);
  });
});

describe('objects of the platform', () => {
  it('have no methods of the repository', async () => {
    const store = 'export class Store { persist(key) {} }';
    const call = (before: string) => `${before}export function f() { navigator.persist(1); }`;
    expect(await edges({ 'a.js': store, 'b.js': call('') })).toEqual([]);
    // A variable of the same name is one's own.
    expect(
      await edges({ 'a.js': store, 'b.js': call("import { navigator } from './c.js';\n"), 'c.js': '' }),
    ).toEqual(['b.js#f > persist (unique-name)']);
  });
});
