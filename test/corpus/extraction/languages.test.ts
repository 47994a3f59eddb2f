import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

/** Name, kind, parameters, summary and callees of each function. */
const read = async (language: string) => {
  const root = fileURLToPath(new URL(`../fixtures/${language}`, import.meta.url));
  const { functions, filesWithErrors } = await analyzeRepository(root);
  expect(filesWithErrors).toEqual([]);
  const names = new Map(functions.map(({ id, qualifiedName }) => [id, qualifiedName]));
  return functions.map(({ qualifiedName, kind, parameters, summary, callees }) => [
    qualifiedName,
    kind,
    parameters.join(),
    summary,
    callees.map(({ id, tier }) => `${names.get(id)} ${tier}`).join(),
  ]);
};

it('reads Rust: docs above attributes, impl and trait, paths of modules', async () => {
  const found = await read('rust');
  expect(found).toEqual([
    [
      'total',
      'function',
      'items,extra',
      'Sums all.',
      'Square.area receiver,add scope,Square.new import,area import,half import',
    ],
    ['add', 'function', 'x', null, ''],
    ['tests.works', 'function', '', null, 'add import'],
    ['Area.twice', 'method', '', null, 'Square.area unique-name'],
    ['Square.new', 'method', 'side', 'Makes one.', 'Square.check receiver'],
    ['Square.check', 'method', 'side', null, ''],
    ['Square.area', 'method', '', null, ''],
    ['area', 'function', 'of', null, 'Area.twice receiver'],
    ['half', 'function', 'x', null, ''],
  ]);
});

it('reads C++: members in and out of classes, templates, operators, macros, headers by content', async () => {
  const found = await read('cpp');
  expect(found).toEqual([
    ['geo.Shape.area', 'method', '', 'Computes the area.', 'geo.square scope'],
    ['geo.square', 'function', 'x,times', null, ''],
    ['geo.make', 'function', '', null, 'geo.Shape.area receiver'],
    ['Suite.Case', 'function', '', null, 'geo.Shape.area receiver'],
    ['geo.Shape.Shape', 'constructor', 'side', null, ''],
    ['geo.Shape.operator==', 'method', 'other', null, 'geo.Shape.area receiver'],
    ['geo.Shape.operator bool', 'method', '', null, ''],
  ]);
});

it('reads Kotlin: extensions, constructors, accessors, companions, imports by package', async () => {
  const found = await read('kotlin');
  expect(found).toEqual([
    ['Shape.Shape', 'constructor', '', null, 'Shape.check receiver'],
    ['Shape.twice', 'accessor', '', 'Twice the side.', 'Shape.double receiver'],
    ['Shape.double', 'method', 'x,times', null, ''],
    ['Shape.check', 'method', '', null, ''],
    ['Shape.create', 'method', '', null, 'Shape.Shape scope'],
    ['Shape.grow', 'method', 'by', 'Grows a shape.', 'Shape.double receiver'],
    ['with spaces', 'function', '', null, ''],
    ['main', 'function', '', null, 'helper scope,Shape.create import'],
    ['helper', 'function', 'x,f', null, ''],
  ]);
});

it('reads Swift: extensions, initializers, computed properties, subscripts, operators', async () => {
  const found = await read('swift');
  expect(found).toEqual([
    ['Shape.init', 'constructor', 'side', null, ''],
    ['Shape.area', 'accessor', '', 'The area.', 'Shape.square receiver'],
    ['Shape.log', 'accessor', '', null, 'Shape.check receiver'],
    ['Shape.subscript', 'accessor', '', null, ''],
    ['Shape.subscript', 'accessor', '', null, 'Shape.check receiver'],
    ['Shape.==', 'method', 'l,r', null, ''],
    ['Shape.square', 'method', 'x,times', 'Squares a number.', ''],
    ['Shape.check', 'method', '', null, ''],
    ['make', 'function', '', null, 'Shape.check receiver,Shape.init scope'],
  ]);
});

it('reads Scala 2 and 3: braces and indentation, several parameter lists, imports by package', async () => {
  const found = await read('scala');
  expect(found).toEqual([
    ['Shape.this', 'constructor', '', null, ''],
    ['Shape.area', 'method', 'times,scale', 'Its area.', 'Shape.square receiver'],
    ['Shape.square', 'method', 'x', null, ''],
    ['Shape.create', 'method', '', null, ''],
    ['main', 'function', 'args', null, 'helper scope,Shape.create import,Shape.area unique-name'],
    ['Color.code', 'method', '', null, 'helper scope'],
    ['helper2', 'method', 'y', null, ''],
    ['helper', 'function', 'x', null, ''],
  ]);
});

it('names the languages that it does not read, with their files', async () => {
  const root = await folderOf({
    'a.js': 'function f() {}',
    'a.lua': '',
    'b.lua': '',
    'c.zig': '',
    '.gitignore': 'd.zig',
    'd.zig': '',
    'e.md': '',
  });
  expect((await analyzeRepository(root)).unreadLanguages).toEqual([
    { language: 'Lua', files: 2, package: null },
    { language: 'Zig', files: 1, package: null },
  ]);
});
