import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SubtokenBagEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import { vi } from 'vitest';
import { type EvaluateOptions, evaluateModel } from '../../evaluation/evaluate-model.js';
import type { EvaluationResult } from '../../evaluation/evaluation-result.js';

export const jsonLines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const topics = ['sort', 'reverse', 'parse', 'merge', 'count', 'split', 'join', 'filter', 'hash', 'copy'];
const things = ['list', 'file', 'tree', 'date', 'url', 'matrix'];
/** Small functions, each with words of its own and words that others share. */
export const functions = topics.flatMap((topic) =>
  things.map((thing) => ({
    url: `https://example.org/${topic}/${thing}`,
    docstring: [topic, 'the', thing],
    code: ['def', `${topic}_${thing}`, '(', thing, ')', ':', 'return', `do_${topic}`, '(', thing, ')'],
  })),
);

/** A folder with the files of several benchmarks and a small model, and the command on them. */
export const createBenchmarkFolder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'oasis-full-evaluate-test-'));
  await selectBackend('wasm');
  const put = async (name: string, content: string) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  };
  const model = join(folder, 'tiny model');
  const encoder = SubtokenBagEncoder.fit(
    {
      queries: functions.map(({ docstring }) => docstring.join(' ')),
      documents: functions.map(({ code }) => code.join(' ')),
    },
    { dimensions: 32 },
  );
  await encoder.save(model);
  encoder.dispose();
  await put(
    'cosqa/cosqa-retrieval-test-500.json',
    JSON.stringify(functions.map(({ docstring }, i) => ({ doc: docstring.join(' '), retrieval_idx: i }))),
  );
  await put(
    'cosqa/code_idx_map.txt',
    JSON.stringify(Object.fromEntries(functions.map(({ code }, i) => [code.join(' '), i]))),
  );
  for (const [language, size] of [
    ['ruby', 12],
    ['go', 30],
  ] as const) {
    const rows = functions.slice(0, size).map(({ url, docstring, code }, idx) => ({
      url,
      idx: `${language}-${idx}`,
      docstring_tokens: docstring,
      code_tokens: code,
    }));
    await put(`csn/${language}/test.jsonl`, jsonLines(rows.slice(0, size / 2)));
    await put(`csn/${language}/codebase.jsonl`, jsonLines(rows));
  }
  await put(
    'c2c/python.jsonl',
    jsonLines(
      functions.map(({ code }, index) => ({
        index,
        label: index % things.length,
        func: `${code.slice(0, 6).join(' ')}\n  # a comment\n  ${code.slice(6).join(' ')}\n`,
      })),
    ),
  );
  await put(
    'beir/corpus.jsonl',
    jsonLines(functions.map(({ code }, i) => ({ _id: `d ${i}`, text: code.join(' ') }))),
  );
  await put(
    'beir/queries.jsonl',
    jsonLines(functions.map(({ docstring }, i) => ({ _id: `q${i}`, text: docstring.join(' ') }))),
  );
  await put(
    'beir/qrels/test.tsv',
    `query-id\tcorpus-id\tscore\n${functions.map((_, i) => `q${i}\td ${i}\t1\n`).join('')}`,
  );

  /** What the command returns and what it prints. */
  const evaluate = async (options: Partial<EvaluateOptions>): Promise<[EvaluationResult, string]> => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    const quiet = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    try {
      const result = await evaluateModel({
        benchmark: 'cosqa',
        data: join(folder, 'cosqa'),
        model,
        baselines: [],
        queryPrompt: null,
        download: false,
        taskNames: [],
        languages: [],
        candidates: null,
        comments: 'published',
        split: 'test',
        identicalIds: 'auto',
        titles: 'auto',
        missingDocuments: 'refuse',
        measures: ['recall@1'],
        hardSubset: null,
        batchSize: 16,
        threads: 1,
        backend: 'wasm',
        engine: 'auto',
        seed: 1,
        json: false,
        writeRun: null,
        writeQrels: null,
        writePredictions: null,
        writeMteb: null,
        depth: 60,
        rerank: null,
        ...options,
      });
      return [result, String(print.mock.calls[0]![0])];
    } finally {
      print.mockRestore();
      quiet.mockRestore();
    }
  };

  return { folder, model, put, evaluate, remove: () => rm(folder, { recursive: true }) };
};

export type BenchmarkFolder = Awaited<ReturnType<typeof createBenchmarkFolder>>;
