import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyzeRepository, createAnalysisCache } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

describe('worker threads', () => {
  it('find what one thread finds, in the same order and with the same ids', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error) => warnings.push(message);
    process.on('warning', listen);
    for (const [workers, granularity] of [
      [2, 'function'],
      [1, 'class'],
    ] as const) {
      const one = await analyzeRepository(fixtures, { granularity });
      const paths: string[] = [];
      const two = await analyzeRepository(fixtures, {
        granularity,
        workers,
        cache: createAnalysisCache(),
        onProgress: ({ path }) => paths.push(path),
      });
      expect(one.functions.length).toBeGreaterThan(60);
      expect(two).toEqual(one);
      expect(paths).toEqual([...paths].sort());
    }
    process.off('warning', listen);
    expect(warnings.filter((message) => message.includes('extraction-worker'))).toEqual([]);
  });

  it('hand on why a file was left out, and stop when the signal aborts', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`f${at}.js`, `function f${at}() {}`]),
    );
    const root = await folderOf({ ...files, 'a.js': `function a() {}${'x=1;'.repeat(2000)}` });
    const controller = new AbortController();
    const run = analyzeRepository(root, {
      workers: 1,
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    await expect(run).rejects.toThrow(/abort/i);
    const { leftOut, functions } = await analyzeRepository(root, { workers: 1 });
    expect(leftOut).toEqual([{ path: 'a.js', reason: 'minified' }]);
    expect(functions).toHaveLength(50);
  });

  it('go on from one analysis to the next', async () => {
    let started = 0;
    const count = () => started++;
    process.on('worker', count);
    const first = await analyzeRepository(fixtures, { workers: 1 });
    const before = started;
    expect(await analyzeRepository(fixtures, { workers: 1 })).toEqual(first);
    process.off('worker', count);
    expect(started).toBe(before);
  });

  it('must be a whole number', async () => {
    await expect(analyzeRepository(fixtures, { workers: 1.5 })).rejects.toThrow(
      'workers must be a whole number of at least 0, received 1.5',
    );
  });
});
