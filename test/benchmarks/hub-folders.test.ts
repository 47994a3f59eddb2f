import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readParquetRows } from '../../src/benchmarks/files/parquet-rows.js';
import {
  evaluateBm25,
  evaluateTask,
  findHubTask,
  HUB_TASKS,
  hubTaskFolder,
  loadAdvTest,
  loadBeir,
  loadCodeSearchNet,
  loadHubTask,
  loadPoj104,
  mtebResult,
  type RetrievalTask,
  type RetrievalText,
  subsetsBelow,
  writeBeir,
} from '../../src/benchmarks/index.js';
import { queryConfidence } from '../../src/benchmarks/query-confidence.js';
import { measureRanks, relevantRanksBy } from '../../src/metrics/index.js';
import { taskOf } from '../support/retrieval-task.js';

const golden = resolve(dirname(fileURLToPath(import.meta.url)), 'golden');
const hub = join(golden, 'hub');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-folders-'));
});
afterAll(() => rm(folder, { recursive: true }));

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

const pairsOf = async (texts: AsyncIterable<RetrievalText>) =>
  (await all(texts)).map(({ id, text }) => [id, text]);

interface Expected {
  readonly corpus: readonly (readonly [string | number, readonly [string, string]])[];
  readonly queries: readonly (readonly [string | number, string])[];
  readonly qrels: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What MTEB's own loader reads from the same folder: golden/hub-folders.py. */
const expected = JSON.parse(await readFile(join(golden, 'hub-folders.golden.json'), 'utf8')) as Record<
  string,
  Expected
>;

const check = async (task: RetrievalTask, want: Expected) => {
  // MTEB puts a title before its text and trims both: `_corpus_to_dict`.
  expect(await pairsOf(task.documents())).toEqual(
    want.corpus.map(([id, [title, text]]) => [String(id), `${title} ${text}`.trim()]),
  );
  expect(await pairsOf(task.queries())).toEqual(want.queries.map(([id, text]) => [String(id), text.trim()]));
  expect(
    Object.fromEntries([...task.qrels!].map(([id, grades]) => [id, Object.fromEntries(grades)])),
  ).toEqual(want.qrels);
};

describe('loadBeir reads what MTEB’s loader reads', () => {
  test.each(Object.keys(expected))('from %s', async (name) => {
    const [directory = '', subset] = name.split(' ');
    await check(
      await loadBeir(join(hub, directory), subset === undefined ? {} : { subset }),
      expected[name]!,
    );
  });

  test('with qrels in a repository of their own, packed and in CoIR’s first form', async () => {
    await check(await loadBeir(join(hub, 'coir-old/cosqa-queries-corpus')), expected['coir-cosqa']!);
    await check(await loadBeir(join(hub, 'beir')), expected['coir-cosqa']!);
  });

  test('and another split', async () => {
    const task = await loadBeir(join(hub, 'coir-cosqa'), { split: 'train' });
    expect(await pairsOf(task.queries())).toEqual([['q1', 'not asked']]);
  });

  test('and says what is missing, or to be chosen', async () => {
    expect(await subsetsBelow(join(hub, 'mteb-csn'))).toEqual(['go', 'python']);
    expect(await subsetsBelow(join(hub, 'coir-cosqa'))).toEqual([]);
    await expect(loadBeir(join(hub, 'mteb-csn'))).rejects.toThrow(
      `subset must be one of go, python in ${join(hub, 'mteb-csn')}, received none`,
    );
    await expect(loadBeir(join(hub, 'mteb-csn'), { subset: 'ruby' })).rejects.toThrow(
      'ruby-corpus.jsonl is missing',
    );
    await expect(loadBeir(join(hub, 'coir-cosqa'), { split: 'dev' })).rejects.toThrow(
      /qrels\/dev\.tsv is missing\. There is test, train\. Get a data set/,
    );
    const torn = join(folder, 'torn');
    await cp(join(hub, 'mteb-csn'), torn, { recursive: true });
    await rm(join(torn, 'go-corpus/test-00001-of-00002.parquet'));
    await loadBeir(torn, { subset: 'python' });
    await expect(loadBeir(torn, { subset: 'go' })).rejects.toThrow(
      `${join(torn, 'go-corpus')}: test must have 2 files, received 1: download the rest`,
    );
  });
});

test.each(['delta', 'dictionary', 'snappy-v2', 'zstd'])(
  'rows of Parquet as pyarrow writes it: %s',
  async (name) => {
    const rows = await all(readParquetRows(join(hub, `encodings/${name}.parquet`)));
    expect(rows).toHaveLength(1200);
    for (const [i, { fields }] of rows.entries()) {
      expect({ ...fields, words: fields.words ?? null }).toEqual({
        plain: ['a', null, 'c'][i % 3],
        words: [['x', 'y'], [], null][i % 3],
        number: [1, null, 3][i % 3],
        large: String(i),
      });
    }
    expect(rows[700]!.place).toBe(`${join(hub, `encodings/${name}.parquet`)}, row 701`);
  },
);

test('a damaged Parquet file names file and rows', async () => {
  const path = join(folder, 'damaged.parquet');
  const bytes = await readFile(join(hub, 'encodings/zstd.parquet'));
  bytes.fill(0xff, 10, 60);
  await writeFile(path, bytes);
  await expect(all(readParquetRows(path))).rejects.toThrow(`${path}: rows 1 to 1200 cannot be read`);
});

describe('the hub’s copies of other benchmarks', () => {
  test('CodeSearchNet asks its test set, and says that it has no codebase', async () => {
    const task = await loadCodeSearchNet(join(hub, 'csn'), 'python');
    expect(await pairsOf(task.queries())).toEqual([0, 1, 2].map((i) => [`q${i}`, `Does ${i} .`]));
    expect(await pairsOf(task.documents())).toEqual([0, 1, 2].map((i) => [`d${i}`, `def f${i} ( ) : pass`]));
    const { score, notes } = await evaluateBm25(task);
    expect(score).toBeGreaterThan(0);
    expect(notes.join()).toContain('the number cannot be compared');
  });

  test('AdvTest and POJ-104', async () => {
    const advTest = await loadAdvTest(join(hub, 'advtest'));
    expect((await pairsOf(advTest.documents()))[0]).toEqual(['d0', 'def Func ( arg_0 )']);
    const poj = await loadPoj104(join(hub, 'poj104'));
    expect(poj).toMatchObject({ measure: 'map@r', selfRetrieval: true });
    expect(await all(poj.queries())).toMatchObject([
      { id: '0', text: 'int main() { // 0 return 0; }', key: '81' },
      { id: '1', key: '81' },
      { id: '2', key: '82' },
      { id: '3', key: '82' },
    ]);
    await expect(loadPoj104(folder)).rejects.toThrow(
      /test\.jsonl is missing\. Get Clone-detection-POJ-104 of CodeXGLUE/,
    );
  });
});

test('POJ-104 is measured as by CodeXGLUE’s evaluator', async () => {
  // The example of its README: 0.5833 for these predictions.
  const predictions = [
    ['3', '2'],
    ['0', '4'],
    ['0', '1'],
    ['4', '2'],
    ['1', '5'],
    ['4', '3'],
  ];
  await mkdir(join(folder, 'poj'));
  const rows = predictions.map((_, i) => ({
    index: String(i),
    label: i < 3 ? '65' : '66',
    code: `function${i}`,
  }));
  await writeFile(join(folder, 'poj/test.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'));
  const embed = () => ({
    data: Float32Array.from({ length: 36 }, (_, i) => (i % 7 === 0 ? 1 : 0)),
    rows: 6,
    columns: 6,
  });
  const { score } = await evaluateTask(
    await loadPoj104(join(folder, 'poj')),
    { embedQueries: embed, embedDocuments: embed },
    {
      rank: (_queries, corpus, relevance, options) => {
        return relevantRanksBy(
          (query, out) => {
            out.fill(0);
            predictions[query]!.forEach((answer, place) => {
              out[Number(answer)] = 2 - place;
            });
          },
          { queries: 6, documents: corpus.rows },
          relevance,
          options,
        );
      },
    },
  );
  expect(score).toBeCloseTo(0.5833, 4);
});

describe('documents that the qrels name and the corpus lacks', () => {
  const qrels = new Map([
    [
      'q0',
      new Map([
        ['d0', 1],
        ['gone', 1],
      ]),
    ],
    [
      'q1',
      new Map([
        ['lost', 2],
        ['judged', 0],
      ]),
    ],
  ]);
  const texts = (prefix: string, contents: readonly string[]) =>
    contents.map((text, i) => ({ id: `${prefix}${i}`, key: '', text }));
  const task = (extra: Partial<RetrievalTask>) =>
    taskOf(texts('q', ['sort list', 'read file']), texts('d', ['sort list', 'other words']), {
      measure: 'ndcg@10',
      qrels,
      ...extra,
    });

  test('are an error, or count as never found', async () => {
    await expect(evaluateBm25(task({}))).rejects.toThrow('the qrels name document gone, which is not there');
    const { ranks, notes, score, queries } = await evaluateBm25(task({ missingDocuments: 'miss' }));
    expect(Array.from(ranks.ranks)).toEqual([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(queries).toBe(2);
    // q0 finds one of two: DCG 1 over 1 + 1/log2(3); q1 finds nothing.
    expect(score).toBeCloseTo(1 / (1 + 1 / Math.log2(3)) / 2, 12);
    expect(measureRanks(ranks, ['recall@10', 'map'])).toEqual({ 'recall@10': 0.25, map: 0.25 });
    expect(notes).toContain(
      'Demo: the qrels name 2 relevant documents that are not there, for 2 queries; they count as not found.',
    );
  });

  test('stay in the qrels that are written', async () => {
    await writeBeir(join(folder, 'written'), task({ missingDocuments: 'miss' }));
    const again = await loadBeir(join(folder, 'written'), { missingDocuments: 'miss' });
    expect(again.qrels).toEqual(qrels);
    await expect(loadBeir(folder, { missingDocuments: 'skip' as 'miss' })).rejects.toThrow(
      'missingDocuments must be refuse or miss, received skip',
    );
  });
});

describe('tasks by name', () => {
  test('are found by CoIR’s and by MTEB’s names, and a misspelling gets a suggestion', () => {
    expect(findHubTask('coir', 'CosQA').repository).toBe('CoIR-Retrieval/cosqa');
    expect(findHubTask('mteb', 'StackOverflowQA').repository).toBe('mteb/StackOverflowQA');
    expect(() => findHubTask('coir', 'cosq')).toThrow(
      /^task must be one of apps, cosqa, .*, received cosq\. Did you mean cosqa\?$/,
    );
    expect(() => findHubTask('mteb', 'AppRetrieval')).toThrow('Did you mean AppsRetrieval?');
    expect(HUB_TASKS.filter(({ coir }) => coir !== null)).toHaveLength(10);
    expect(new Set(HUB_TASKS.map(({ name }) => name)).size).toBe(HUB_TASKS.length);
  });

  test('lie in folders of their name, of their repository, or in the hub’s cache', async () => {
    const cosqa = findHubTask('coir', 'cosqa');
    for (const place of [
      'a/cosqa',
      'b/CoIR-Retrieval/cosqa',
      'c/CoIR-Retrieval__cosqa',
      'd/CosQA',
      `e/datasets--CoIR-Retrieval--cosqa/snapshots/${cosqa.revision}`,
    ]) {
      await cp(join(hub, 'coir-cosqa'), join(folder, place), { recursive: true });
      expect(await hubTaskFolder(join(folder, place[0]!), cosqa)).toBe(join(folder, place));
    }
    expect(await hubTaskFolder(folder, cosqa)).toBeNull();
  });

  test('leave titles out in CoIR and put them first in MTEB', async () => {
    const cosqa = findHubTask('coir', 'cosqa');
    const directory = join(hub, 'coir-cosqa');
    const coir = await loadHubTask(directory, cosqa, { protocol: 'coir' });
    const mteb = await loadHubTask(directory, cosqa);
    expect([coir.name, mteb.name]).toEqual(['cosqa', 'CosQA']);
    expect((await pairsOf(coir.documents()))[1]![1]).toBe("def b():\n\treturn 'é😀\u3000'");
    expect((await pairsOf(mteb.documents()))[1]![1]).toBe("b def b():\n\treturn 'é😀\u3000'");
    expect([coir.ignoreIdenticalIds, mteb.ignoreIdenticalIds]).toEqual([true, false]);
    const joined = await loadHubTask(directory, cosqa, { protocol: 'coir', titles: 'join' });
    expect((await pairsOf(joined.documents()))[1]![1]).toMatch(/^b def/);
  });
});

test('results in MTEB’s form have MTEB’s numbers', async () => {
  interface Scores {
    readonly scores: readonly (readonly number[])[];
    readonly qrels: readonly (readonly number[])[];
    readonly expected: Readonly<Record<string, number | null>>;
  }
  // golden/mteb-scores.py: random runs with ties, grades, and queries without a relevant document.
  const cases = JSON.parse(
    await readFile(join(golden, 'mteb-scores.golden.json'), 'utf8'),
  ) as readonly Scores[];
  for (const { scores, qrels, expected: want } of cases) {
    const documents = scores[0]!.length;
    const query: number[] = [];
    const document: number[] = [];
    const gain: number[] = [];
    qrels.forEach((grades, q) => {
      grades.forEach((grade, d) => {
        query.push(q);
        document.push(d);
        gain.push(grade);
      });
    });
    const ranks = relevantRanksBy(
      (q, out) => out.set(scores[q]!),
      { queries: scores.length, documents },
      { query: Uint32Array.from(query), document: Uint32Array.from(document), gain },
      { documentIds: Array.from({ length: documents }, (_, d) => `d${d}`) },
    );
    // Each query asks for a column of the documents.
    const confidence = queryConfidence({
      queries: {
        rows: scores.length,
        columns: scores.length,
        data: Float32Array.from({ length: scores.length ** 2 }, (_, i) =>
          i % (scores.length + 1) === 0 ? 1 : 0,
        ),
      },
      documents: {
        rows: documents,
        columns: scores.length,
        data: Float32Array.from(
          { length: documents * scores.length },
          (_, i) => scores[i % scores.length]![Math.floor(i / scores.length)]!,
        ),
      },
    });
    const splits = { test: [{ subset: 'default', languages: [], ranks, confidence }] };
    const result = mtebResult({ task: 'CosQA', revision: '0', splits, seconds: 1 }).scores.test![0]!;
    expect(Object.keys(want)).toHaveLength(6 * 7 + 1 + 5 * 7 * 3);
    for (const [name, value] of Object.entries(want)) {
      expect([name, result[name]]).toEqual([name, value === null ? null : expect.closeTo(value, 5)]);
    }
  }
});

test('results in MTEB’s form have its names and cutoffs', async () => {
  const { ranks } = await evaluateBm25(await loadBeir(join(hub, 'coir-cosqa')));
  const result = mtebResult({
    task: 'CosQA',
    revision: findHubTask('mteb', 'CosQA').revision,
    splits: { test: [{ subset: 'default', languages: ['eng-Latn', 'python-Code'], ranks }] },
    seconds: 1.5,
  });
  const [scores] = result.scores.test!;
  expect(Object.keys(scores!)).toHaveLength(6 * 7 + 4);
  expect(scores).toMatchObject({
    hf_subset: 'default',
    main_score: scores!.ndcg_at_10,
    accuracy: scores!.recall_at_1,
  });
});
