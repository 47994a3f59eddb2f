import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransformerEncoder } from 'oasis-embed/encoders';
import { afterAll, expect, it } from 'vitest';
import { oasisFull } from './engines/pipeline-process.js';
import { writeRepositories } from './support/small-repositories.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-local-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('a local embedder is estimated, and asked for no text twice, like a service', async () => {
  const model = join(scratch, 'tiny');
  const texts = [
    'computes the median of all the given numbers',
    'function total(numbers) { return numbers; }',
  ];
  await TransformerEncoder.random({ texts, hiddenSize: 16, layers: 1, heads: 2 }).save(model);
  const repositories = writeRepositories(scratch);
  const cache = join(scratch, 'cache');
  const run = async (out: string, ...more: string[]): Promise<string> => {
    const place = ['--repos', ...repositories, '--out', join(scratch, out), '--model-cache', cache];
    const ended = oasisFull(
      ...place,
      '--until',
      'annotation',
      '--negatives',
      '2',
      '--embedder',
      model,
      ...more,
    );
    expect(await ended.ended, ended.said()).toBe(0);
    return ended.said();
  };
  const bytes = () =>
    readdirSync(join(cache, 'answers')).reduce(
      (sum, name) => sum + statSync(join(cache, 'answers', name)).size,
      0,
    );
  /** Calls and cached texts of the estimate's rows. */
  const counts = (said: string) =>
    said.split('\n').flatMap((line) => {
      const [, calls, cached] = /similarities.*tiny\D+(\d+)\D+(\d+)/.exec(line) ?? [];
      return calls === undefined ? [] : [[Number(calls), Number(cached)]];
    });
  expect(counts(await run('first', '--dry-run'))).toEqual([
    [1, 0],
    [1, 0],
  ]);
  await run('first');
  const kept = bytes();
  expect(kept).toBeGreaterThan(1000);
  const after = counts(await run('second', '--dry-run'));
  expect(after.map(([calls]) => calls)).toEqual([0, 0]);
  expect(after.every(([, cached]) => cached! > 0)).toBe(true);
  await run('second');
  expect(bytes()).toBe(kept);
});
