import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CODE_TO_CODE_LANGUAGES,
  collectOasisPairs,
  evaluateBm25,
  loadAdvTest,
  loadBeir,
  loadCodeSearchNet,
  loadCodeToCode,
  loadCosqa,
  loadLibraryCode,
  MissingDataError,
  type RetrievalText,
  readCodeXGluePredictions,
  readOasisPairs,
  writeBeir,
  writeCodeXGluePredictions,
} from '../../src/benchmarks/index.js';
import { checkDataset } from '../../src/training/oasis-dataset.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'benchmarks-'));
});
afterAll(() => rm(folder, { recursive: true }));

const put = async (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
};

const lines = (...rows: readonly unknown[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Texts without the places that they were read from. */
const allTexts = async (texts: AsyncIterable<RetrievalText>) =>
  (await all(texts)).map(({ place, ...text }) => {
    expect(place).toMatch(/^\/.+(:\d+|, query \d+)$/);
    return text;
  });

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
};

describe('loadCodeSearchNet', () => {
  test('joins tokens by a space and keys by url', async () => {
    await put(
      'csn/ruby/test.jsonl',
      lines({ url: 'u1', docstring_tokens: ['Adds', 'two'], code_tokens: ['x'] }),
    );
    await put(
      'csn/ruby/codebase.jsonl',
      lines({ url: 'u0', code_tokens: ['def', 'f'] }, { url: 'u1', function_tokens: ['def', 'add'] }),
    );
    const task = await loadCodeSearchNet(join(folder, 'csn'), 'ruby');
    expect(task).toMatchObject({
      name: 'CSN Ruby',
      measure: 'mrr@1000',
      published: { queries: 1261, documents: 4360 },
    });
    expect(await allTexts(task.queries())).toEqual([
      { id: 'q0', text: 'Adds two', key: 'u1', prediction: 'u1' },
    ]);
    expect(await allTexts(task.documents())).toEqual([
      { id: 'd0', text: 'def f', key: 'u0', prediction: '0' },
      { id: 'd1', text: 'def add', key: 'u1', prediction: '1' },
    ]);
    expect((await all(task.documents())).length).toBe(2);
  });

  test('says which file to get and where to put it', async () => {
    const failure = loadCodeSearchNet(join(folder, 'nowhere'), 'go');
    await expect(failure).rejects.toThrow(MissingDataError);
    await expect(failure).rejects.toThrow(
      `${join(folder, 'nowhere', 'go/test.jsonl')} is missing. Get the CodeSearchNet data as cleaned for ` +
        'GraphCodeBERT (microsoft/CodeBERT on GitHub, GraphCodeBERT/codesearch, dataset.zip and its ' +
        `preprocess.py) and put go/test.jsonl and go/codebase.jsonl into ${join(folder, 'nowhere')}.`,
    );
  });

  test('reports a malformed line with file and line number', async () => {
    const path = await put(
      'bad/php/test.jsonl',
      `${lines({ url: 'u', docstring_tokens: ['a'] })}\n{"url": \n`,
    );
    await put('bad/php/codebase.jsonl', lines({ url: 'u' }, 7));
    const task = await loadCodeSearchNet(join(folder, 'bad'), 'php');
    await expect(all(task.queries())).rejects.toThrow(`${path}:3: not valid JSON`);
    await expect(all(task.documents())).rejects.toThrow(
      'codebase.jsonl:1: code_tokens must be an array of strings, received nothing',
    );
  });

  test('refuses a language it does not have', async () => {
    await expect(loadCodeSearchNet(folder, 'cobol' as 'go')).rejects.toThrow(
      'language must be one of python, java, javascript, php, go, ruby, received cobol',
    );
  });
});

test('loadAdvTest takes queries and candidates from one file', async () => {
  await put(
    'adv/test.jsonl.gz',
    gzipSync(lines({ url: 'u1', docstring_tokens: ['d'], function_tokens: ['def', 'Func'] })),
  );
  const task = await loadAdvTest(join(folder, 'adv'));
  expect(await allTexts(task.queries())).toEqual([{ id: 'q0', text: 'd', key: 'u1', prediction: 'u1' }]);
  expect(await allTexts(task.documents())).toEqual([
    { id: 'd0', text: 'def Func', key: 'u1', prediction: '0' },
  ]);
  expect(task.published).toEqual({ queries: 19210, documents: 19210 });
  await expect(loadAdvTest(join(folder, 'none'))).rejects.toThrow('put test.jsonl into');
});

describe('loadCosqa', () => {
  test('takes code with its docstring, white space collapsed as in the published script, and retrieval indices', async () => {
    await put(
      'cosqa/cosqa-retrieval-test-500.json',
      JSON.stringify([{ idx: 'x', doc: 'python sort list', code: 'c', retrieval_idx: 1, label: 1 }]),
    );
    await put('cosqa/code_idx_map.txt', JSON.stringify({ 'def a():\n  """A."""': 0, 'def b(): pass': 1 }));
    const task = await loadCosqa(join(folder, 'cosqa'));
    expect(await allTexts(task.queries())).toEqual([{ id: 'q0', text: 'python sort list', key: '1' }]);
    expect(await all(task.documents())).toEqual([
      { id: 'd0', text: 'def a(): """A."""', key: '0' },
      { id: 'd1', text: 'def b(): pass', key: '1' },
    ]);
    const kept = await loadCosqa(join(folder, 'cosqa'), { whiteSpace: 'keep' });
    expect((await all(kept.documents()))[0]!.text).toBe('def a():\n  """A."""');
    await expect(loadCosqa(folder, { whiteSpace: 'trim' as 'keep' })).rejects.toThrow(
      'whiteSpace must be collapse or keep, received trim',
    );
  });

  test('reports what is malformed', async () => {
    await put('cosqa2/cosqa-retrieval-test-500.json', JSON.stringify([{ doc: 5, retrieval_idx: 1 }]));
    await put('cosqa2/code_idx_map.txt', '{');
    const task = await loadCosqa(join(folder, 'cosqa2'));
    await expect(all(task.queries())).rejects.toThrow(/query 1: doc must be a string, received 5/);
    await expect(all(task.documents())).rejects.toThrow(/code_idx_map.txt: not valid JSON/);
    await expect(loadCosqa(join(folder, 'none'))).rejects.toThrow('code_idx_map.txt into');
  });
});

describe('loadCodeToCode', () => {
  test('strips comments by the function it is given and collapses white space', async () => {
    await put(
      'c2c/c_with_func.jsonl',
      lines({ index: 7, label: 3, func: 'int f() { // one\n\n  return 1;\t}\n' }),
    );
    const task = await loadCodeToCode(join(folder, 'c2c'), 'c', {
      stripComments: async (code) => code.replace(/\/\/.*/g, ''),
    });
    expect(task).toMatchObject({ name: 'Code2Code C', measure: 'map', selfRetrieval: true });
    expect(await allTexts(task.queries())).toEqual([{ id: '7', text: 'int f() { return 1; }', key: '3' }]);
  });

  test('has the nine languages of the paper', () => {
    expect(CODE_TO_CODE_LANGUAGES).toEqual([
      'python',
      'java',
      'javascript',
      'typescript',
      'csharp',
      'c',
      'ruby',
      'php',
      'go',
    ]);
  });
});

describe('loadLibraryCode', () => {
  test('asks each program for those of its name, without itself', async () => {
    const programs = [
      { index: 0, label: 'last', func: 'const f = (list) =>\n  list.at(-1);' },
      { index: 1, label: 'last', func: 'function f(array) { return array.at(-1); }' },
      { index: 2, label: 'sum', func: 'const f = (a, b) => a + b;' },
      { index: 3, label: 'sum', func: 'function f(a, b) { return a + b; }' },
    ];
    await put('library-code/all.jsonl', lines(...programs));
    const task = await loadLibraryCode(join(folder, 'library-code'));
    expect((await allTexts(task.queries()))[0]).toEqual({
      id: '0',
      text: 'const f = (list) => list.at(-1);',
      key: 'last',
    });
    expect(task).toMatchObject({ measure: 'map', selfRetrieval: true });
    expect((await evaluateBm25(task)).score).toBe(1);
  });

  test('says how a missing set is made, and which sets there are', async () => {
    const missing = loadLibraryCode(join(folder, 'library-code'), 'independent');
    await expect(missing).rejects.toThrow(/independent\.jsonl is missing.*make-set\.ts/s);
    await expect(loadLibraryCode(folder, 'both' as 'all')).rejects.toThrow(
      'set must be one of all, independent, renamed-clones, received both',
    );
  });
});

describe('loadBeir', () => {
  const corpus = lines({ _id: 'd1', title: 'Title', text: 'text' }, { _id: 'd2', text: 'plain' });
  const queries = lines({ _id: 'q1', text: 'asked' }, { _id: 'q2', text: 'not judged' });

  test('joins title and text and asks only the queries of the qrels', async () => {
    await put('beir/corpus.jsonl', corpus);
    await put('beir/queries.jsonl', queries);
    await put('beir/qrels/dev.tsv', 'query-id\tcorpus-id\tscore\nq1\td2\t2\n');
    const task = await loadBeir(join(folder, 'beir'), { split: 'dev' });
    expect(task).toMatchObject({ name: 'beir', measure: 'ndcg@10', ignoreIdenticalIds: true });
    expect((await all(task.queries())).map(({ text }) => text)).toEqual(['asked']);
    expect((await all(task.documents())).map(({ text }) => text)).toEqual(['Title text', 'plain']);
    const omitted = await loadBeir(join(folder, 'beir'), { split: 'dev', titles: 'omit' });
    expect((await all(omitted.documents())).map(({ text }) => text)).toEqual(['text', 'plain']);
    await expect(loadBeir(folder, { titles: 'skip' as 'omit' })).rejects.toThrow(
      'titles must be join or omit',
    );
    expect(task.qrels).toEqual(new Map([['q1', new Map([['d2', 2]])]]));
    await expect(loadBeir(join(folder, 'beir'))).rejects.toThrow('qrels/test.tsv is missing');
  });

  test('ends lines at line feeds alone: JSON may hold U+2028, U+0085 and carriage returns in pairs', async () => {
    const text = 'a\u2028b\u2029c\u0085d';
    await put('separators/corpus.jsonl', `{"_id":"d0","text":"${text}"}\r\n{"_id":"d1","text":"é"}`);
    await put('separators/queries.jsonl', '\uFEFF{"_id":"q0","text":"x"}\n\n');
    await put('separators/qrels/test.tsv', 'query-id\tcorpus-id\tscore\r\nq0\td1\t1\r\n');
    const task = await loadBeir(join(folder, 'separators'));
    expect((await all(task.documents())).map((one) => one.text)).toEqual([text, 'é']);
    expect((await all(task.queries())).map(({ id }) => id)).toEqual(['q0']);
  });

  test('keeps documents with the id of a query where the qrels name one, says so, and can be told', async () => {
    await put('numbered/corpus.jsonl', lines({ _id: '0', text: 'a' }, { _id: '1', text: 'b' }));
    await put('numbered/queries.jsonl', lines({ _id: '0', text: 'a' }, { _id: '1', text: 'b' }));
    await put('numbered/qrels/test.tsv', 'query-id\tcorpus-id\tscore\n0\t0\t1\n1\t1\t1\n');
    const task = await loadBeir(join(folder, 'numbered'));
    expect(task.ignoreIdenticalIds).toBe(false);
    const { score, notes } = await evaluateBm25(task);
    expect(score).toBe(1);
    expect(notes[0]).toContain('the qrels name 2 of them as relevant');
    const told = await loadBeir(join(folder, 'numbered'), { ignoreIdenticalIds: true });
    expect((await evaluateBm25(told)).score).toBeNaN();
  });

  test.each([
    ['q1\td2\n', ':2: expected 3 tab-separated columns (query-id corpus-id score), received 2'],
    ['q1\td2\tx\n', ':2: score must be a finite number, received "x"'],
    ['q1\td2\t1\nq1\td2\t2\n', ':3: document d2 of query q1 must have one score, received 1 and 2'],
  ])('reports malformed qrels by file and line: %j', async (body, message) => {
    await put('beir2/corpus.jsonl', corpus);
    await put('beir2/queries.jsonl', queries);
    const path = await put('beir2/qrels/test.tsv', `query-id\tcorpus-id\tscore\n${body}`);
    await expect(loadBeir(join(folder, 'beir2'))).rejects.toThrow(new SyntaxError(`${path}${message}`));
  });
});

test('loadBeir lets errors name the line of the qrels', async () => {
  const load = async (qrels: string) => {
    await put('beir3/corpus.jsonl', lines({ _id: 'd1', text: 'a' }));
    await put('beir3/queries.jsonl', lines({ _id: 'q1', text: 'a' }));
    await put('beir3/qrels/test.tsv', `query-id\tcorpus-id\tscore\n${qrels}`);
    return loadBeir(join(folder, 'beir3'));
  };
  await expect(evaluateBm25(await load('q1\td1\t1\nq9\td1\t1\n'))).rejects.toThrow(
    `${join(folder, 'beir3/qrels/test.tsv')}:3: beir3: the qrels name query q9, which is not there`,
  );
  await expect(evaluateBm25(await load('q1\td1\t1\n\nq1\td7\t1\n'))).rejects.toThrow(
    'qrels/test.tsv:4: beir3: the qrels name document d7, which is not there',
  );
});

describe('writeBeir', () => {
  test('writes what loadBeir reads back with the same number', async () => {
    await put('beir-from/corpus.jsonl', lines({ _id: 'd1', text: 'one' }, { _id: 'd2', text: 'two three' }));
    await put('beir-from/queries.jsonl', lines({ _id: 'q1', text: 'two' }));
    await put('beir-from/qrels/test.tsv', 'query-id\tcorpus-id\tscore\nq1\td2\t2\nq1\td1\t0\n');
    const task = await loadBeir(join(folder, 'beir-from'));
    const target = join(folder, 'beir-to/new');
    await writeBeir(target, task, { split: 'dev' });
    const again = await loadBeir(target, { split: 'dev' });
    expect(await allTexts(again.queries())).toEqual(await allTexts(task.queries()));
    expect(await allTexts(again.documents())).toEqual(await allTexts(task.documents()));
    expect(again.qrels).toEqual(task.qrels);
    expect((await readdir(target, { recursive: true })).sort()).toEqual([
      'corpus.jsonl',
      'qrels',
      'qrels/dev.tsv',
      'queries.jsonl',
    ]);
  });

  test('turns keys into qrels, and programs that are their own queries into pairs without themselves', async () => {
    await put(
      'beir-keys/ruby.jsonl',
      lines(...['a', 'b', 'a'].map((label, index) => ({ index, label, func: `f${index}` }))),
    );
    const target = join(folder, 'beir-programs');
    await writeBeir(target, await loadCodeToCode(join(folder, 'beir-keys'), 'ruby'));
    expect(await readFile(join(target, 'qrels/test.tsv'), 'utf8')).toBe(
      'query-id\tcorpus-id\tscore\n0\t2\t1\n2\t0\t1\n',
    );
  });

  test('leaves nothing half written when an id cannot be written or repeats', async () => {
    const write = async (name: string, ...ids: readonly string[]) => {
      await put(`${name}/corpus.jsonl`, lines(...ids.map((_id) => ({ _id, text: 't' }))));
      await put(`${name}/queries.jsonl`, lines({ _id: 'q', text: 't' }));
      await put(`${name}/qrels/test.tsv`, `query-id\tcorpus-id\tscore\nq\t${ids[0]}\t1\n`);
      return writeBeir(join(folder, `${name}-out`), await loadBeir(join(folder, name)));
    };
    await expect(write('beir-tab', 'd', 'a\tb')).rejects.toThrow(
      'ids must be neither empty nor hold a tab or a line break, received "a\\tb"',
    );
    await expect(write('beir-twice', 'd', 'e', 'd')).rejects.toThrow(
      /corpus\.jsonl:3: beir-twice: document ids must be distinct, received "d" again, first at .*corpus\.jsonl:1/,
    );
    for (const name of ['beir-tab-out', 'beir-twice-out']) {
      expect((await readdir(join(folder, name), { recursive: true })).sort()).toEqual([
        'qrels',
        'queries.jsonl',
      ]);
    }
  });
});

describe('readOasisPairs', () => {
  const row = { poss_docstring: 'Adds.', snippet_wo_comment: 'a+b', similarity: 0.5, lang: 'c', is_gt: 1 };

  test('reads the released columns, packed or not', async () => {
    const expected = [
      { docstring: 'Adds.', code: 'a+b', similarity: 0.5, language: 'c', positive: true },
      { docstring: 'Adds.', code: 'a+b', similarity: 0.5, language: 'c', positive: false },
    ];
    const text = lines({ ...row, extra: 1 }, { ...row, is_gt: false });
    expect(await all(readOasisPairs(await put('pairs.jsonl', text)))).toEqual(expected);
    expect(await all(readOasisPairs(await put('pairs.jsonl.gz', gzipSync(text))))).toEqual(expected);
  });

  test.each([
    [{ ...row, similarity: 'high' }, 'similarity must be a finite number, received "high"'],
    [{ ...row, similarity: 1.5 }, 'similarity must be in [-1, 1], received 1.5'],
    [{ ...row, is_gt: 'yes' }, 'is_gt must be true, false, 1 or 0, received "yes"'],
    [{ ...row, lang: undefined }, 'lang must be a string, received nothing'],
  ])('reports a malformed row by file and line: %#', async (bad, message) => {
    const path = await put('bad.jsonl', lines(row, bad));
    await expect(all(readOasisPairs(path))).rejects.toThrow(new SyntaxError(`${path}:2: ${message}`));
  });

  test('can be left early', async () => {
    const path = await put('long.jsonl', lines(...Array(5000).fill(row)));
    let seen = 0;
    for await (const _ of readOasisPairs(path)) if (++seen === 3) break;
    expect(seen).toBe(3);
  });

  test('says what to get', async () => {
    await expect(all(readOasisPairs(join(folder, 'none.jsonl')))).rejects.toThrow(
      /none.jsonl is missing. Get OASIS-53M-dataset/,
    );
  });

  test('fails on a damaged archive instead of ending early', async () => {
    const packed = gzipSync(lines(...Array.from({ length: 2000 }, (_, i) => ({ ...row, lang: `c${i}` }))));
    const path = await put('cut.jsonl.gz', packed.subarray(0, packed.length >> 1));
    await expect(all(readOasisPairs(path))).rejects.toThrow();
  });
});

describe('collectOasisPairs', () => {
  const row = (docstring: string, code: string, similarity: number, positive = false, language = 'c') => ({
    ...{ docstring, code, similarity, positive, language },
  });

  test('makes what trainOasis takes: a text once, rows of one docstring together', async () => {
    const rows = [
      row('adds', 'a+b', 0.75, true),
      row('adds', 'a-b', 0.5),
      row('takes away', 'a-b', 0.875, true),
      row('adds', 'a-b', 0.25, true),
    ];
    const found = await collectOasisPairs(rows);
    expect(found).toEqual({
      queries: ['adds', 'takes away'],
      documents: ['a+b', 'a-b'],
      pairs: {
        query: Uint32Array.of(0, 0, 1),
        document: Uint32Array.of(0, 1, 1),
        similarity: Float32Array.of(0.75, 0.5, 0.875),
        // One of its two rows is the docstring's own code.
        positive: Uint8Array.of(1, 1, 1),
      },
      repeated: 1,
    });
    expect(() => checkDataset(found)).not.toThrow();
  });

  test('takes a part of a set that is too large', async () => {
    let read = 0;
    async function* rows() {
      for (; read < 1000; read++) yield row(`${read}`, 'code', 0.5, true, read % 2 === 0 ? 'c' : 'go');
    }
    const { queries } = await collectOasisPairs(rows(), { languages: ['go'], limit: 3 });
    expect(queries).toEqual(['1', '3', '5']);
    expect(read).toBe(5);
    await expect(collectOasisPairs([], { limit: 0 })).rejects.toThrow(
      'limit must be a whole number of at least 1, received 0',
    );
  });
});

describe('CodeXGLUE predictions', () => {
  test('survive being written and read, best answer first', async () => {
    const run = new Map([
      [
        'url0',
        new Map([
          ['7', 0.2],
          ['x', 0.9],
          ['3', 0.5],
        ]),
      ],
      ['url1', new Map([['007', 1]])],
    ]);
    const path = join(folder, 'predictions.jsonl');
    await writeCodeXGluePredictions(path, run);
    expect(await readFile(path, 'utf8')).toBe(
      '{"url":"url0","answers":["x",3,7]}\n{"url":"url1","answers":["007"]}\n',
    );
    expect(await readCodeXGluePredictions(path)).toEqual(
      new Map([
        [
          'url0',
          new Map([
            ['x', -0],
            ['3', -1],
            ['7', -2],
          ]),
        ],
        ['url1', new Map([['007', -0]])],
      ]),
    );
    await writeCodeXGluePredictions(path, run, 'index');
    expect([...(await readCodeXGluePredictions(path)).keys()]).toEqual(['url0', 'url1']);
  });

  test.each([
    ['{"url": "u"}', 'answers must be an array of strings or numbers, received nothing'],
    ['{"url": "u", "answers": [null]}', 'answers must be an array of strings or numbers, received [null]'],
    ['{"url": "u", "answers": [1, "1"]}', 'answer 1 appears twice'],
    ['{"url": "first", "answers": []}', 'query first appears twice'],
    ['{"answers": []}', 'url must be a string or a number, received nothing'],
  ])('report a malformed line by file and number: %s', async (line, message) => {
    const path = await put('wrong.jsonl', `{"url": "first", "answers": [1]}\n${line}\n`);
    await expect(readCodeXGluePredictions(path)).rejects.toThrow(new SyntaxError(`${path}:2: ${message}`));
  });
});

describe('readOasisPairs from Parquet', () => {
  const write = async (name: string, sql: string) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const database = await DuckDBInstance.create(':memory:');
    const connection = await database.connect();
    await connection.run(`COPY (${sql}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet)`);
    connection.closeSync();
    database.closeSync();
    return path;
  };
  const pairs = (rows: number, extra = '') =>
    `SELECT 'Adds ' || i AS poss_docstring, 'a+' || i AS snippet_wo_comment, (i / 10000.0)::FLOAT AS similarity,
     'c' AS lang, (i % 2)::BIGINT AS is_gt ${extra} FROM range(${rows}) t(i)`;

  test('reads columns in the order of the rows, past the first chunk', async () => {
    const path = await write("it's/pairs.parquet", pairs(5000, ', 7 AS other'));
    const found = await all(readOasisPairs(path));
    expect(found).toHaveLength(5000);
    expect(found[4321]).toEqual({
      docstring: 'Adds 4321',
      code: 'a+4321',
      similarity: Math.fround(0.4321),
      language: 'c',
      positive: true,
    });
    expect(found[4322]!.positive).toBe(false);
  });

  test('reads a folder of shards in the order of their names, whatever their form', async () => {
    await write('shards/b.parquet', pairs(2));
    await put(
      'shards/a.jsonl',
      lines({ poss_docstring: 'First', snippet_wo_comment: 'x', similarity: 0, lang: 'c', is_gt: true }),
    );
    await put('shards/README.md', 'not data');
    const found = await all(readOasisPairs(join(folder, 'shards')));
    expect(found.map(({ docstring }) => docstring)).toEqual(['First', 'Adds 0', 'Adds 1']);
    await mkdir(join(folder, 'empty'), { recursive: true });
    await expect(all(readOasisPairs(join(folder, 'empty')))).rejects.toThrow(
      /empty holds no \.parquet, \.jsonl, \.jsonl\.gz file\. Get OASIS-53M-dataset/,
    );
  });

  test('names file and row of a bad value, and a file that is no Parquet or lacks a column', async () => {
    const bad = await write('bad.parquet', `${pairs(3)} UNION ALL SELECT 'x', 'y', 2.5, 'c', 1`);
    await expect(all(readOasisPairs(bad))).rejects.toThrow(
      `${bad}, row 4: similarity must be in [-1, 1], received 2.5`,
    );
    const torn = await put('torn.parquet', 'PAR1 and no more');
    await expect(all(readOasisPairs(torn))).rejects.toThrow(torn);
    const narrow = await write('narrow.parquet', 'SELECT 1 AS similarity');
    await expect(all(readOasisPairs(narrow))).rejects.toThrow(
      /narrow\.parquet, row 1: poss_docstring must be a string, received nothing/,
    );
  });
});
