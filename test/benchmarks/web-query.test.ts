import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evaluatePairs, type JudgedPair, loadWebQuery } from '../../src/benchmarks/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'web-query-'));
});
afterAll(() => rm(folder, { recursive: true }));

const put = (name: string, content: string) => writeFile(join(folder, name), content);

test('loadWebQuery joins pairs and answers, or takes the judgements of CoSQA', async () => {
  const rows = [
    { idx: 'webquery-test-1', doc: 'open a file', code: 'def f():\n  pass' },
    { idx: 'webquery-test-2', doc: 'count rows', code: 'x' },
  ];
  await put('test_webquery.json', JSON.stringify(rows));
  await put('webquery_answers.txt', 'webquery-test-1\t1\nwebquery-test-2\t0\n');
  await put('cosqa-dev.json', JSON.stringify([{ ...rows[0], label: 0 }]));
  expect(await loadWebQuery(folder)).toEqual([
    { id: 'webquery-test-1', query: 'open a file', code: 'def f():\n  pass', answers: true },
    { id: 'webquery-test-2', query: 'count rows', code: 'x', answers: false },
  ]);
  expect((await loadWebQuery(folder, 'dev')).map(({ answers }) => answers)).toEqual([false]);
  await put('webquery_answers.txt', 'webquery-test-1\t1\n');
  await expect(loadWebQuery(folder)).rejects.toThrow(
    'pair 2: webquery-test-2 must have an answer, received none',
  );
  await put('webquery_answers.txt', 'webquery-test-1 1\n');
  await expect(loadWebQuery(folder)).rejects.toThrow(
    'webquery_answers.txt:1: expected an id, a tab and 0 or 1',
  );
  await expect(loadWebQuery(folder, 'train')).rejects.toThrow(
    /cosqa-train\.json is missing\. Get NL-code-search-WebQuery/,
  );
});

/** Pairs with given cosines: unit vectors in the plane. */
const withScores = (rows: readonly (readonly [number, boolean])[]) => {
  const pairs = rows.map(
    ([score, answers], i): JudgedPair => ({ id: `${i}`, query: `${i}`, code: `${score}`, answers }),
  );
  const embed = (of: (text: string) => readonly [number, number]) => (texts: readonly string[]) => ({
    data: Float32Array.from(texts.flatMap(of)),
    rows: texts.length,
    columns: 2,
  });
  const encoder = {
    embedQueries: embed(() => [1, 0]),
    embedDocuments: embed((text) => [Number(text), Math.sqrt(1 - Number(text) ** 2)]),
  };
  return { pairs, encoder };
};

describe('evaluatePairs', () => {
  test('agrees with scikit-learn', async () => {
    const { pairs, encoder } = withScores([
      [0.9, true],
      [0.75, false],
      [0.75, true],
      [0.5, true],
      [0.25, false],
      [0.125, false],
    ]);
    const result = await evaluatePairs(pairs, encoder, { batchSize: 4 });
    // average_precision_score([1,0,1,1,0,0], [.9,.75,.75,.5,.25,.125]): 1/3·1 + 1/3·2/3 + 1/3·3/4
    expect(result.averagePrecision).toBeCloseTo(1 / 3 + 2 / 9 + 1 / 4, 12);
    expect(result).toMatchObject({ threshold: 0.375, accuracy: 5 / 6, precision: 0.75, recall: 1 });
    expect(result.f1).toBeCloseTo(6 / 7, 12);
    const strict = await evaluatePairs(pairs, encoder, { threshold: 0.8 });
    expect(strict).toMatchObject({ threshold: 0.8, accuracy: 4 / 6, precision: 1, recall: 1 / 3, f1: 0.5 });
  });

  test('finds no threshold that is better than its own', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
            fc.boolean(),
          ),
          { minLength: 1, maxLength: 12 },
        ),
        async (rows) => {
          const { pairs, encoder } = withScores(rows);
          const { accuracy } = await evaluatePairs(pairs, encoder);
          for (let threshold = -0.0625; threshold < 1.2; threshold += 0.125) {
            expect((await evaluatePairs(pairs, encoder, { threshold })).accuracy).toBeLessThanOrEqual(
              accuracy,
            );
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('refuses no pairs and other shapes', async () => {
    const { encoder } = withScores([]);
    await expect(evaluatePairs([], encoder)).rejects.toThrow('pairs must hold at least one pair, received 0');
    const wide = { ...encoder, embedDocuments: () => ({ data: new Float32Array(3), rows: 1, columns: 3 }) };
    await expect(evaluatePairs(withScores([[1, true]]).pairs, wide)).rejects.toThrow(
      'the encoder must return 1 rows of equal length, received [1, 2] and [1, 3]',
    );
  });
});
