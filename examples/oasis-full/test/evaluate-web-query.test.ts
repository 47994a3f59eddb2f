import { join } from 'node:path';
import { classifyPairs } from 'oasis-embed/benchmarks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BenchmarkFolder, createBenchmarkFolder, functions } from './support/benchmark-folder.js';

let folder = '';
let model = '';
let put: BenchmarkFolder['put'];
let evaluate: BenchmarkFolder['evaluate'];
let remove: BenchmarkFolder['remove'];

/** Each text with its own function, and with another. */
const pairs = functions.flatMap(({ docstring, code }, i) =>
  [code, functions[(i + 7) % functions.length]!.code].map((answer, wrong) => ({
    idx: `webquery-test-${2 * i + wrong}`,
    doc: docstring.join(' '),
    code: answer.join(' '),
    label: 1 - wrong,
  })),
);

beforeAll(async () => {
  ({ folder, model, put, evaluate, remove } = await createBenchmarkFolder());
  for (const place of ['pairs', 'pairs-alone']) {
    await put(`${place}/test_webquery.json`, JSON.stringify(pairs.map(({ label: _, ...pair }) => pair)));
    await put(`${place}/webquery_answers.txt`, pairs.map(({ idx, label }) => `${idx}\t${label}\n`).join(''));
  }
  // Most of these are no answers, so that a threshold for them is a high one.
  await put(
    'pairs/cosqa-dev.json',
    JSON.stringify(pairs.map((pair, i) => ({ ...pair, label: i === 0 ? 1 : 0 }))),
  );
});
afterAll(() => remove());

describe('oasis-full evaluate on webquery', () => {
  const options = { benchmark: 'webquery', taskNames: [] } as const;

  it('classifies pairs next to BM25 and baselines, and says where thresholds come from', async () => {
    const [result, printed] = await evaluate({
      ...options,
      data: join(folder, 'pairs-alone'),
      baselines: [model],
    });
    const [task] = result.tasks;
    expect(task).toMatchObject({
      task: 'WebQueryTest',
      measure: 'accuracy',
      queries: 120,
      language: 'python',
    });
    expect(task!.systems.map(({ system }) => system)).toEqual(['BM25', 'tiny model', 'tiny model']);
    // Both words of a text stand in its own function alone.
    expect(task!.systems[0]).toMatchObject({
      value: 1,
      measures: { accuracy: 1, f1: 1, 'average precision': 1 },
    });
    const { value, low, high, measures } = task!.systems.at(-1)!;
    expect(measures.accuracy).toBeCloseTo(value, 12);
    expect([low <= value, value <= high]).toEqual([true, true]);
    expect(value).toBeGreaterThan(0.6);
    expect(task!.comparisons.map(({ against, difference }) => [against, difference])).toEqual([
      ['BM25', expect.closeTo(value - 1, 12)],
      ['tiny model', 0],
    ]);
    expect(printed).toMatch(/System, accuracy × 100 +WebQueryTest/);
    expect(printed).toContain('Thresholds were chosen on these pairs, which flatters');
    expect(printed).toContain('WebQueryTest has 1046 pairs in the literature, these files 120');
  });

  it('takes the thresholds of development pairs where they are there', async () => {
    const [result, printed] = await evaluate({ ...options, data: join(folder, 'pairs') });
    expect(printed).toContain('Thresholds were chosen on the 120 pairs of cosqa-dev.json.');
    const [alone] = await evaluate({ ...options, data: join(folder, 'pairs-alone') });
    const [own, flattered] = [result, alone].map(({ tasks }) => tasks[0]!.systems.at(-1)!);
    expect(own!.measures['average precision']).toBe(flattered!.measures['average precision']);
    expect(own!.value).toBeLessThan(flattered!.value);
    expect(own!.measures.recall).toBeLessThan(flattered!.measures.recall!);
  });

  it('refuses what only rankings have', async () => {
    const data = join(folder, 'pairs');
    for (const [given, flag] of [
      [{ writeRun: 'x' }, '--write-run'],
      [{ rerank: 'x' }, '--rerank'],
      [{ hardSubset: 10 }, '--hard-subset'],
    ] as const) {
      await expect(evaluate({ ...options, data, ...given })).rejects.toThrow(
        `${flag} does not apply: webquery classifies pairs and ranks nothing`,
      );
    }
    await expect(evaluate({ ...options, data, languages: ['python'] })).rejects.toThrow(
      '--language does not apply: webquery is a single task',
    );
    await expect(evaluate({ ...options, data: folder })).rejects.toThrow(
      /test_webquery\.json is missing\. Get NL-code-search-WebQuery/,
    );
  });
});

it('classifyPairs refuses scores that are not there', () => {
  expect(() => classifyPairs([true], [])).toThrow('scores must have shape [P] = [1], received [0]');
  expect(() => classifyPairs([true], [Number.NaN])).toThrow('scores[0] must be a number, received NaN');
});
