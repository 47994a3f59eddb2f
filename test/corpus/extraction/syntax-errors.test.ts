import { expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const SOURCE = 'function a() { return 1; }\nfunction b() { return (1; }\nfunction c() { let = = 2; }\n';

it('a function whose text holds a syntax error says so, is counted, and can be dropped', async () => {
  const root = await folderOf({ 'a.js': SOURCE });
  const { functions, functionsWithErrors } = await analyzeRepository(root);
  expect(functions.map(({ name, hasSyntaxError }) => [name, hasSyntaxError])).toEqual([
    ['a', undefined],
    ['b', true],
    ['c', true],
  ]);
  expect(functionsWithErrors).toBe(2);
  const filters = { requireDocstring: false, minCodeLines: 1 };
  const dropped = await analyzeRepository(root, { filters: { ...filters, removeSyntaxErrors: true } });
  expect(dropped.functions.map(({ name }) => name)).toEqual(['a']);
  expect(dropped.droppedByReason).toEqual({ 'syntax-error': 2 });
  expect((await analyzeRepository(root, { filters })).functions).toHaveLength(3);
});
