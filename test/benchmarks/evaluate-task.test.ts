import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  evaluateBm25,
  evaluateTask,
  hardQueries,
  type RetrievalText,
  resolveRelevance,
} from '../../src/benchmarks/index.js';
import { type RowProducts, relevantRanks, relevantRanksByBlocks } from '../../src/metrics/index.js';
import type { DenseMatrix } from '../../src/numerics/index.js';
import { taskOf } from '../support/retrieval-task.js';

const text = (id: string, content: string, key = id): RetrievalText => ({ id, text: content, key });

/** Counts of the letters a, b and c. */
const letters = (texts: readonly string[]): DenseMatrix => ({
  rows: texts.length,
  columns: 3,
  data: Float32Array.from(texts.flatMap((t) => ['a', 'b', 'c'].map((letter) => t.split(letter).length - 1))),
});
const encoder = { embedQueries: letters, embedDocuments: letters };

describe('evaluateTask', () => {
  const documents = [text('d0', 'aa', 'x'), text('d1', 'ab', 'y'), text('d2', 'c', 'z')];
  const queries = [text('q0', 'a', 'y'), text('q1', 'c', 'z')];

  test('ranks by dot product and scores by the measure of the benchmark', async () => {
    for (const batchSize of [1, 2, 64]) {
      const found = await evaluateTask(taskOf(queries, documents), encoder, {
        measures: ['recall@1'],
        batchSize,
      });
      expect(found).toMatchObject({ task: 'Demo', score: 0.75, queries: 2, documents: 3, notes: [] });
      expect(found.measures).toEqual({ 'mrr@1000': 0.75, 'recall@1': 0.5 });
      expect(Array.from(found.perQuery)).toEqual([0.5, 1]);
    }
  });

  test('leaves each program out of its own ranking, and those without another solution out of the mean', async () => {
    const programs = [text('0', 'aa', 'p'), text('1', 'ab', 'q'), text('2', 'aac', 'p'), text('3', 'b', 'r')];
    let encoded = 0;
    const counting = {
      embedQueries: letters,
      embedDocuments: (texts: readonly string[]) => {
        encoded += texts.length;
        return letters(texts);
      },
    };
    const self = taskOf(programs, programs, { selfRetrieval: true, measure: 'map' });
    const found = await evaluateTask(self, counting);
    // 0: 2 is first. 2: scores of 0, 1, 3 are 4, 2, 0.
    expect(found.score).toBe(1);
    expect(Array.from(found.perQuery)).toEqual([1, Number.NaN, 1, Number.NaN]);
    expect(found.notes).toEqual(['2 of 4 queries have no relevant document and are left out.']);
    expect(encoded).toBe(4);
  });

  test('tells the highest score of each query, their spread and the lead of the first, of what may be found', async () => {
    const confidence = async (options: object, task = taskOf(queries, documents)) => {
      const found = (await evaluateTask(task, encoder, { ...options, confidence: true })).confidence!;
      return [found.max, found.std, found.diff1].map((values) => Array.from(values));
    };
    // Scores of q0 are 2, 1, 0, those of q1 are 0, 0, 1.
    const deviation = [Math.sqrt(2 / 3), Math.sqrt(2 / 9)].map((value) => expect.closeTo(value, 12));
    expect(await confidence({})).toEqual([[2, 1], deviation, [1, 1]]);
    const candidates = new Map([['q0', new Map(['d1', 'd2'].map((id) => [id, 0] as const))]]);
    expect(await confidence({ candidates })).toEqual([
      [1, 0],
      [0.5, 0],
      [1, 0],
    ]);
    // Scores among two programs without the own one: 2 for either.
    const programs = [text('0', 'aa', 'p'), text('1', 'ab', 'p')];
    const self = taskOf(programs, programs, { selfRetrieval: true, measure: 'map' });
    expect(await confidence({}, self)).toEqual([
      [2, 2],
      [0, 0],
      [0, 0],
    ]);
    expect(await evaluateTask(self, encoder)).not.toHaveProperty('confidence');
  });

  test('ranks by the function it is given', async () => {
    const rank: NonNullable<Parameters<typeof evaluateTask>[2]>['rank'] = (q, c, relevance, options) =>
      relevantRanksByBlocks(
        () => [1, 2, 3, 1, 2, 3],
        { queries: q.rows, documents: c.rows },
        relevance,
        options,
      );
    const found = await evaluateTask(taskOf(queries, documents), encoder, { rank });
    expect(Array.from(found.perQuery)).toEqual([0.5, 1]);
  });

  test('says when the sizes are not those of the literature', async () => {
    const found = await evaluateTask(
      taskOf(queries, documents, { published: { queries: 500, documents: 6267 } }),
      encoder,
    );
    expect(found.notes).toEqual([
      'Demo has 500 queries and 6267 documents in the literature, these files 2 and 3: the number cannot be compared.',
    ]);
  });

  test('takes grades from qrels and leaves out documents with the id of the query', async () => {
    const qrels = new Map([['q0', new Map(Object.entries({ d1: 1, q0: 1 }))]]);
    const withSelf = [...documents, text('q0', 'aaa')];
    const found = await evaluateTask(
      taskOf(queries.slice(0, 1), withSelf, { qrels, ignoreIdenticalIds: true }),
      encoder,
    );
    expect(Array.from(found.ranks.ranks)).toEqual([2]);
  });

  test('gives the same with its vectors on disk and ranks in threads, and leaves no file behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evaluate-task-'));
    const inMemory = await evaluateTask(taskOf(queries, documents), encoder);
    let files: string[] = [];
    const onDisk = await evaluateTask(taskOf(queries, documents), encoder, {
      batchSize: 2,
      vectorFolder: folder,
      threads: 2,
      async onRanked({ queries: asked, documents: stored, queryLabels, documentLabels, relevance }) {
        files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.f32'));
        expect([asked.rows, stored.rows, stored.columns]).toEqual([2, 3, 3]);
        expect(queryLabels).toEqual([
          { id: 'q0', key: 'y' },
          { id: 'q1', key: 'z' },
        ]);
        expect(Array.from(documentLabels, ({ id }) => id)).toEqual(['d0', 'd1', 'd2']);
        expect(Array.from(relevance.document)).toEqual([1, 2]);
      },
    });
    expect(onDisk).toEqual(inMemory);
    expect(files.map((name) => basename(name)).sort()).toEqual(['documents.f32', 'queries.f32']);
    expect(await readdir(folder)).toEqual([]);
    const failing = {
      embedDocuments: letters,
      embedQueries: () => {
        throw new Error('out of memory');
      },
    };
    await expect(evaluateTask(taskOf(queries, documents), failing, { vectorFolder: folder })).rejects.toThrow(
      'out of memory',
    );
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
    await expect(
      evaluateTask(taskOf(queries, documents), encoder, { threads: 2, rank: relevantRanks }),
    ).rejects.toThrow('rank must be left out where vectorFolder, threads, products or candidates is given');
  });

  test('reports progress', async () => {
    const seen: string[] = [];
    await evaluateTask(taskOf(queries, documents), encoder, {
      batchSize: 2,
      onProgress: (stage, done) => seen.push(`${stage} ${done}`),
    });
    expect(seen).toEqual(['queries 2', 'documents 2', 'documents 3', 'ranking 2']);
  });

  test('gives the same by the products of others, asked for by the size of the ranking, and without where there are none', async () => {
    const task = taskOf(queries, documents);
    const expected = await evaluateTask(task, encoder);
    const asked: number[][] = [];
    let products = 0;
    const by = (given: RowProducts | null) =>
      evaluateTask(task, encoder, {
        products: async (...sizes) => {
          asked.push(sizes);
          return given;
        },
      });
    const multiply: RowProducts['multiply'] = (a, b, out) => {
      products += 1;
      for (let q = 0; q < a.rows; q++) {
        for (let d = 0; d < b.rows; d++) {
          let sum = 0;
          for (let t = 0; t < a.columns; t++) sum += a.data[q * a.columns + t]! * b.data[d * b.columns + t]!;
          out[q * b.rows + d] = sum;
        }
      }
    };
    expect(await by({ multiply })).toEqual(expected);
    expect(products).toBe(1);
    expect(await by(null)).toEqual(expected);
    expect(asked).toEqual([
      [2, 3],
      [2, 3],
    ]);
  });

  test('refuses encoders and tasks that do not fit', async () => {
    const short = { ...encoder, embedDocuments: (texts: readonly string[]) => letters(texts.slice(1)) };
    await expect(evaluateTask(taskOf(queries, documents), short)).rejects.toThrow(
      'the encoder must return 3 rows, received 2',
    );
    await expect(evaluateTask(taskOf([], documents), encoder)).rejects.toThrow(
      'Demo must have at least one query, received 0',
    );
    await expect(evaluateTask(taskOf(queries, []), encoder)).rejects.toThrow(
      'Demo must have at least one document, received 0',
    );
    await expect(evaluateTask(taskOf(queries, documents), encoder, { batchSize: 0 })).rejects.toThrow(
      'batchSize',
    );
  });
});

describe('resolveRelevance', () => {
  const labels = (...ids: string[]) => ids.map((id) => ({ id, key: id }));

  test('pairs equal keys, but no program with itself', () => {
    const programs = ['p', 'q', 'p'].map((key, i) => ({ id: `${i}`, key }));
    const { relevance, exclude } = resolveRelevance(
      taskOf([], [], { selfRetrieval: true }),
      programs,
      programs,
    );
    expect([Array.from(relevance.query), Array.from(relevance.document)]).toEqual([
      [0, 2],
      [2, 0],
    ]);
    expect(exclude).toEqual({ query: [0, 1, 2], document: [0, 1, 2] });
  });

  test('refuses ids that repeat', () => {
    expect(() => resolveRelevance(taskOf([], []), labels('q', 'q'), labels('d'))).toThrow(
      'Demo: query ids must be distinct, received "q" 2 times',
    );
    expect(() => resolveRelevance(taskOf([], []), labels('q'), labels('d', 'e', 'd'))).toThrow(
      'Demo: document ids must be distinct, received "d" 2 times',
    );
  });

  test('refuses qrels that name what is not there', () => {
    const qrels = (query: string, document: string) => new Map([[query, new Map([[document, 1]])]]);
    expect(() =>
      resolveRelevance(taskOf([], [], { qrels: qrels('x', 'd') }), labels('q'), labels('d')),
    ).toThrow('Demo: the qrels name query x, which is not there');
    expect(() =>
      resolveRelevance(taskOf([], [], { qrels: qrels('q', 'x') }), labels('q'), labels('d')),
    ).toThrow('Demo: the qrels name document x, which is not there');
  });
});

test('evaluateBm25 puts the lexical baseline beside any encoder', async () => {
  const documents = [
    text('d0', 'readFile(path)', 'x'),
    text('d1', 'sortList(items)', 'y'),
    text('d2', 'sort', 'z'),
  ];
  const queries = [
    text('q0', 'sort a list', 'y'),
    text('q1', 'read a file', 'x'),
    text('q2', 'nothing shared', 'z'),
  ];
  const found = await evaluateBm25(taskOf(queries, documents));
  // The third query shares no term with any document, so nothing is retrieved for it.
  expect(Array.from(found.perQuery)).toEqual([1, 1, 0]);
  const { measures } = await evaluateBm25(taskOf(queries, documents), { measures: ['recall@1'] });
  expect(measures['recall@1']).toBeCloseTo(2 / 3, 12);
});

test('hardQueries are those that every system ranks below r', async () => {
  const documents = [text('d0', 'a', 'x'), text('d1', 'b', 'y'), text('d2', 'c', 'z')];
  const queries = [text('q0', 'b', 'x'), text('q1', 'b', 'y'), text('q2', 'c', 'none')];
  const { ranks: good } = await evaluateTask(taskOf(queries, documents), encoder, { ties: 'pessimistic' });
  const { ranks: bad } = await evaluateTask(
    taskOf(queries, documents),
    {
      ...encoder,
      embedQueries: (texts) => ({ ...letters(texts), data: letters(texts).data.map((x) => -x) }),
    },
    { ties: 'pessimistic' },
  );
  expect(Array.from(hardQueries([good], 1))).toEqual([0]);
  expect(Array.from(hardQueries([bad], 1))).toEqual([0, 1]);
  expect(Array.from(hardQueries([good, bad], 1))).toEqual([0]);
  expect(Array.from(hardQueries([good, bad], 3))).toEqual([]);
  expect(() => hardQueries([], 1)).toThrow('systems must hold at least one system, received 0');
});
