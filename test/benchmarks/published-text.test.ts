import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type CodeToCodeLanguage,
  loadAdvTest,
  loadCodeToCode,
  loadCosqa,
  loadPoj104,
  type RetrievalText,
} from '../../src/benchmarks/index.js';

/** What the published scripts make of the same rows: golden/published-text.py. */
const golden = JSON.parse(
  await readFile(
    resolve(dirname(fileURLToPath(import.meta.url)), 'golden/published-text.golden.json'),
    'utf8',
  ),
) as {
  readonly codeToCode: readonly (readonly [CodeToCodeLanguage, string, string])[];
  readonly codeSearch: readonly (readonly [
    {
      readonly code_tokens: string | readonly string[];
      readonly docstring_tokens: string | readonly string[];
      readonly doc?: string;
    },
    string,
    string,
  ])[];
  readonly poj104: readonly (readonly [string, string])[];
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'published-'));
});
afterAll(() => rm(folder, { recursive: true }));

const put = async (name: string, content: string) => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), content);
};
const lines = (rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const textsOf = async (texts: AsyncIterable<RetrievalText>): Promise<string[]> => {
  const list: string[] = [];
  for await (const { text } of texts) list.push(text);
  return list;
};

test.each([...new Set(golden.codeToCode.map(([language]) => language))])(
  'Code2Code in %s reads programs as the published script does',
  async (language) => {
    const rows = golden.codeToCode.filter(([of]) => of === language);
    await put(`c2c/${language}.jsonl`, lines(rows.map(([, func], index) => ({ index, label: 1, func }))));
    const task = await loadCodeToCode(join(folder, 'c2c'), language);
    expect(await textsOf(task.queries())).toEqual(rows.map(([, , text]) => text));
  },
);

test('Code2Code keeps comments when it is told to', async () => {
  await put('keep/python.jsonl', lines([{ index: 0, label: 1, func: 'def f():\n  """doc"""  # c\n' }]));
  const kept = await loadCodeToCode(join(folder, 'keep'), 'python', { comments: 'keep' });
  expect(await textsOf(kept.queries())).toEqual(['def f(): """doc""" # c']);
  const published = await loadCodeToCode(join(folder, 'keep'), 'python');
  expect(await textsOf(published.queries())).toEqual(['def f():']);
  await expect(loadCodeToCode(folder, 'python', { comments: 'strip' as 'keep' })).rejects.toThrow(
    'comments must be published or keep, received strip',
  );
});

test('Code2Code across languages asks one for the programs of the other', async () => {
  await put(
    'cross/ruby.jsonl',
    lines([
      { index: 's1', label: 1, func: 'puts 1' },
      { index: 's2', label: 9, func: 'x' },
    ]),
  );
  await put(
    'cross/java.jsonl',
    lines([
      { index: 's3', label: 1, func: 'int a; // c' },
      { index: 's1', label: 1, func: 'b' },
    ]),
  );
  const task = await loadCodeToCode(join(folder, 'cross'), 'ruby', { candidates: 'java' });
  expect(task).toMatchObject({
    name: 'Code2Code Ruby → Java',
    measure: 'map',
    selfRetrieval: false,
    // The script leaves a candidate with the query's index out.
    ignoreIdenticalIds: true,
    published: { queries: 11744, documents: 23530 },
  });
  expect(await textsOf(task.documents())).toEqual(['int a;', 'b']);
  await expect(loadCodeToCode(folder, 'ruby', { candidates: 'cobol' as 'c' })).rejects.toThrow(
    'candidates must be one of python, java,',
  );
});

test('POJ-104 and CoSQA collapse white space as the published scripts do', async () => {
  await put('poj/test.jsonl', lines(golden.poj104.map(([code], index) => ({ index, label: 1, code }))));
  const task = await loadPoj104(join(folder, 'poj'));
  expect(await textsOf(task.queries())).toEqual(golden.poj104.map(([, text]) => text));
  const [row, code, query] = golden.codeSearch.find(([{ code_tokens }]) => typeof code_tokens === 'string')!;
  await put('cosqa/code_idx_map.txt', JSON.stringify({ [row.code_tokens as string]: 0 }));
  await put('cosqa/cosqa-retrieval-test-500.json', JSON.stringify([{ doc: row.doc, retrieval_idx: 0 }]));
  const cosqa = await loadCosqa(join(folder, 'cosqa'));
  expect(await textsOf(cosqa.documents())).toEqual([code]);
  expect(await textsOf(cosqa.queries())).toEqual([query]);
});

test('AdvTest joins tokens as the published script does', async () => {
  const rows = golden.codeSearch.filter(([{ code_tokens }]) => typeof code_tokens !== 'string');
  await put('adv/test.jsonl', lines(rows.map(([row], i) => ({ ...row, url: `u${i}` }))));
  const task = await loadAdvTest(join(folder, 'adv'));
  expect(await textsOf(task.documents())).toEqual(rows.map(([, code]) => code));
  expect(await textsOf(task.queries())).toEqual(rows.map(([, , query]) => query));
});
